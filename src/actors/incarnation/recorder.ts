/** The port to a flight recorder, which keeps the last moves of each connection. */
import type { StateValue } from 'xstate';
import type { ConnectionEvent, Deadline } from '../../machines/port.ts';
import type { SupervisionEvent, SupervisionState } from '../../machines/supervision.ts';
import type { ExitReason, Failure } from '../../policy/exits.ts';

/** A move of a connection's chart, or of the supervision chart of its id. */
export interface HistoryEntry {
  /** Present on a move of the supervision chart. */
  readonly chart?: 'supervision';
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** On the oldest entry, where the recorder has dropped older ones: the time of the first move of all. */
  readonly firstAt?: number;
  readonly incarnation: number;
  /** The event that caused it; `start` for the first of an incarnation. */
  readonly event: ConnectionEvent['type'] | SupervisionEvent['type'] | 'start';
  /** States with their substates, as in `suspect.silent`. Absent at a start, and on the oldest one. */
  readonly from?: string;
  readonly to: string;
  /** Which one expired. */
  readonly deadline?: Deadline;
  /** Why it ended, on the way out. */
  readonly reason?: ExitReason;
  /** To the reason, on the way to `closed`; of the newest few exits. */
  readonly code?: string | number;
  readonly detail?: string;
}

/** An event of a connection's chart, and where it led. */
export interface ConnectionMove {
  readonly chart: 'connection';
  /** Undefined: the incarnation begins. */
  readonly event: ConnectionEvent | undefined;
  readonly from: StateValue | undefined;
  readonly to: StateValue;
  /** Why it ends, once that is known. */
  readonly verdict: Failure | undefined;
}

/** A step of the supervision chart of an id. */
export interface SupervisionMove {
  readonly chart: 'supervision';
  readonly event: SupervisionEvent;
  readonly from: SupervisionState;
  /** Equal to `from` for a step that only acts. */
  readonly to: SupervisionState;
}

export type Move = ConnectionMove | SupervisionMove;

/** The data of a recorder for one connection, opaque to the core. */
export type Tape = unknown;

/** The present, to turn the times of a tape into dates. */
export interface Reading {
  /** The number of the newest incarnation. */
  readonly incarnation: number;
  /** Monotonic milliseconds. */
  readonly now: number;
  /** Milliseconds since the epoch, at `now`. */
  readonly wall: number;
}

/** Keeps the last moves of connections. An exception of a recorder is reported, and changes no connection. */
export interface Recorder {
  /**
   * Called for each move of either chart, with monotonic milliseconds. Returns the tape to keep from here on; the
   * first one is undefined.
   */
  record(tape: Tape, move: Move, now: number): Tape;
  /** The moves on a tape, oldest first. */
  read(tape: Tape, reading: Reading): HistoryEntry[];
}
