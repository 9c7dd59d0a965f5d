/**
 * Small writes of one turn of the event loop leave together: a system call costs more than a small
 * message. The first one leaves at once, so that a message alone waits for nothing.
 */
import type { Socket as NetSocket } from 'node:net';

/** Longer chunks are worth a system call of their own, and their progress is to be seen. */
const SMALL = 16 * 1024;

/** The kernel takes 1024 pieces in one call; the rest would wait for another turn. */
const MOST = 256;

/** Before a write of `bytes` to `socket`; `unreported`: earlier writes that have not been reported yet. */
export function gather(socket: NetSocket, bytes: number, unreported: number): void {
  if (bytes > SMALL || unreported % MOST === 0) socket.uncork();
  else if (socket.writableCorked === 0) {
    socket.cork();
    process.nextTick(release, socket);
  }
}

function release(socket: NetSocket): void {
  socket.uncork();
}
