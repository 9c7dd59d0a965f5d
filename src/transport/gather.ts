/**
 * Small writes of one turn of the event loop leave together: a system call costs more than a small
 * message. The first one leaves at once, so that a message alone waits for nothing.
 */
import type { Socket as NetSocket } from 'node:net';

/** Longer chunks are worth a system call of their own, and their progress is to be seen. */
const SMALL = 16 * 1024;

/** Before a write of `bytes` to `socket`; `busy`: an earlier write has not been reported yet. */
export function gather(socket: NetSocket, bytes: number, busy: boolean): void {
  if (bytes > SMALL) socket.uncork();
  else if (busy && socket.writableCorked === 0) {
    socket.cork();
    process.nextTick(release, socket);
  }
}

function release(socket: NetSocket): void {
  socket.uncork();
}
