/** The last moves of a connection: what its recorder is told, and what it gives back. A recorder is foreign code. */
import type { HistoryEntry, Move, Tape } from '../incarnation/recorder.ts';
import type { SupervisorPort } from './port.ts';

type Recording = Pick<SupervisorPort, 'recorder' | 'timekeeper' | 'journal'>;

/** The tape with one more move. */
export function recorded({ recorder, timekeeper, journal }: Recording, tape: Tape, move: Move): Tape {
  if (recorder === undefined) return tape;
  let longer = tape;
  journal.shield('recorder', () => {
    longer = recorder.record(tape, move, timekeeper.now());
    return longer;
  });
  return longer;
}

/** The moves on the tape, oldest first; none without a recorder. */
export function historyOn(
  { recorder, timekeeper, journal }: Recording,
  tape: Tape,
  incarnation: number,
): readonly HistoryEntry[] {
  let entries: readonly HistoryEntry[] = [];
  journal.shield('recorder', () => {
    const reading = { incarnation, now: timekeeper.now(), wall: timekeeper.clock.wall() };
    const read: unknown = recorder?.read(tape, reading);
    if (Array.isArray(read)) entries = read;
    return read;
  });
  return entries;
}
