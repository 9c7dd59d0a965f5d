/**
 * Joins the small writes of one turn of the event loop into one system call, which costs more than a small
 * message. The first write of a turn leaves at once: a single message is not delayed.
 */
import type { Socket as NetSocket } from 'node:net';

/** Bytes. Longer chunks get a system call of their own, so that their progress is visible. */
const MAX_GATHERED_BYTES = 16 * 1024;

/** Writes in one batch, well below the 1024 that the kernel takes in one call (IOV_MAX). */
const MAX_GATHERED_WRITES = 256;

/** Call before a write of `bytes` to `socket`. `unreported`: earlier writes whose callbacks have not run yet. */
export function gather(socket: NetSocket, bytes: number, unreported: number): void {
  if (bytes > MAX_GATHERED_BYTES || (unreported > 0 && unreported % MAX_GATHERED_WRITES === 0))
    socket.uncork();
  else if (unreported > 0) hold(socket);
}

/** Call before several writes: the first of them leaves with the others, at the end of this turn. */
export function hold(socket: NetSocket): void {
  if (socket.writableCorked > 0) return;
  socket.cork();
  process.nextTick(release, socket);
}

function release(socket: NetSocket): void {
  socket.uncork();
}
