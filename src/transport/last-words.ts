/**
 * A failed write ends no socket before the input that waits in the kernel was read: it may hold the peer's reason,
 * a close frame or a last line before its reset. Node destroys a socket with the callback of a failed write, and
 * discards all input from there on. So that callback waits here until the input was read.
 */
import type { Socket } from 'node:net';
import { systemClock } from '../time/clock.ts';

type Done = (error?: Error | null) => void;

/** The part of a stream that its implementation writes with, as Node documents it for implementers. */
interface Writing {
  _write(chunk: unknown, encoding: BufferEncoding, done: Done): void;
  _writev(chunks: readonly unknown[], done: Done): void;
}

/** From here on `socket` is read to the end of what waits before a failed write destroys it. */
export function readBeforeFailing<Any extends Socket>(socket: Any): Any {
  return Object.assign(socket, { _write, _writev });
}

function _write(this: Socket, chunk: unknown, encoding: BufferEncoding, done: Done): void {
  inherited(this)._write.call(this, chunk, encoding, afterInput(this, done));
}

function _writev(this: Socket, chunks: readonly unknown[], done: Done): void {
  inherited(this)._writev.call(this, chunks, afterInput(this, done));
}

function inherited(socket: Socket): Writing {
  return Object.getPrototypeOf(socket);
}

/** Sockets with a failed write that are still read. */
const failing = new WeakSet<Socket>();

/** Whether a failed write will destroy `socket`: its end of stream is then that of a reset. */
export function isFailing(socket: Socket): boolean {
  return failing.has(socket);
}

function afterInput(socket: Socket, done: Done): Done {
  return (error) => {
    if (!error) return done();
    failing.add(socket);
    readOn(socket, () => done(error), -1);
  };
}

/** Goes on while each poll of the event loop yields more. The peer has reset the connection: what waits is all. */
function readOn(socket: Socket, then: () => void, bytesBefore: number): void {
  const { bytesRead } = socket;
  // While reading is paused, what waits cannot be read.
  if (socket.destroyed || socket.isPaused() || bytesRead === bytesBefore) then();
  // Two turns: the first ends the poll phase in which the write may have failed, the second follows a whole one.
  else afterPoll(() => afterPoll(() => readOn(socket, then, bytesRead)));
}

const afterPoll = systemClock.afterIo;
