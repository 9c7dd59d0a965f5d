/** What the core needs of a flight recorder: somebody who keeps the last moves of each connection. */
import type { ConnectionSnapshot } from '../machines/connection.ts';
import type { ConnectionEvent, Deadline } from '../machines/port.ts';
import type { ExitReason } from '../policy/exits.ts';

/** One move of a connection's chart. */
export interface HistoryEntry {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly incarnation: number;
  /** The event that caused it; `start` for the first of an incarnation. */
  readonly event: ConnectionEvent['type'] | 'start' | 'stop';
  /** States with their substates, as in `suspect.silent`. Absent on the first of an incarnation. */
  readonly from?: string;
  readonly to: string;
  /** Which one expired. */
  readonly deadline?: Deadline;
  /** Why it ended, on the way to `closed`. */
  readonly reason?: ExitReason;
  readonly code?: string | number;
  readonly detail?: string;
}

/** What a recorder keeps for one connection. Only the recorder looks into it. */
export type Tape = unknown;

/** Keeps the last moves of connections. Called for each event of a chart, so it has to be quick. */
export interface Recorder {
  /** Returns the tape to keep from here on. `before` is undefined for the first move of an incarnation. */
  record(tape: Tape, move: Move): Tape;
  /** What is on a tape, oldest first. */
  read(tape: Tape, reading: Reading): HistoryEntry[];
}
export interface Move {
  readonly event: ConnectionEvent | undefined;
  readonly before: ConnectionSnapshot | undefined;
  readonly after: ConnectionSnapshot;
  /** Monotonic milliseconds. */
  readonly now: number;
}

/** What turns a tape into history. */
export interface Reading {
  /** The number of the newest incarnation. */
  readonly incarnation: number;
  readonly now: number;
  /** Milliseconds since the epoch, at `now`. */
  readonly wall: number;
}
