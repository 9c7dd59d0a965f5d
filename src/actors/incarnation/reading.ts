/** The part `readers`: loops over messages, and what the socket of an incarnation does while one of them is full. */
import { limitsOf, readerOf } from '../../messages/reader.ts';
import type { Incarnation } from './incarnation.ts';

type Read = Pick<Incarnation, 'deadlines' | 'socket'>;

/** `full`: what else the peer sends stays in the kernel. Otherwise the socket is read. */
function regulate(incarnation: Read, full: boolean): void {
  const { deadlines, socket } = incarnation;
  const { paused } = deadlines.pulse;
  if (full && !paused && socket !== undefined) pause(incarnation);
  else if (!full && paused) resume(incarnation);
}

function pause({ deadlines, socket }: Read): void {
  socket?.pause();
  deadlines.pulse.pause();
  deadlines.setAlarm();
}

function resume({ deadlines, socket }: Read): void {
  deadlines.businessAt = deadlines.timekeeper.now();
  deadlines.pulse.resume(deadlines.businessAt);
  socket?.resume();
  deadlines.setAlarm();
}

/** The part `readers`: loops over messages, which pause the socket while they are slow. */
export const readers = { readers: { limitsOf, readerOf, regulate } };
