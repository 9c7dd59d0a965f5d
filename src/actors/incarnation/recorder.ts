/** The port to a flight recorder, which keeps the last moves of each connection. */
import type { StateValue } from 'xstate';
import type { ConnectionSnapshot } from '../../machines/connection.ts';
import type { ConnectionEvent, Deadline } from '../../machines/port.ts';
import type { SupervisionEvent, SupervisionState } from '../../machines/supervision.ts';
import type { ExitReason, Failure } from '../../policy/exits.ts';
import type { Timekeeper } from '../../time/timekeeper.ts';

/** A move of a connection's chart, of the supervision chart of its id, or of the chart of its session. */
export interface HistoryEntry {
  /** Absent on a move of the connection chart. */
  readonly chart?: 'supervision' | 'session';
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** On the oldest entry, where the recorder has dropped older ones: the time of the first move of all. */
  readonly firstAt?: number;
  readonly incarnation: number;
  /** The event that caused it; `start` for the first of an incarnation. */
  readonly event: ConnectionEvent['type'] | SupervisionEvent['type'] | SessionMove['event'] | 'start';
  /** States with their substates, as in `suspect.silent`. Absent at a start, and on the oldest one. */
  readonly from?: string;
  readonly to: string;
  /** Which one expired. */
  readonly deadline?: Deadline;
  /** Why it ended, on the way out. */
  readonly reason?: ExitReason;
  /** To the reason, on the way to `closed`; of the newest few exits. The reason of a session that is over is a `detail`. */
  readonly code?: string | number;
  readonly detail?: string;
  /** A session was attached, and goes on with what was before. */
  readonly resumed?: true;
  /** Messages that left again as the session was attached; absent for none. */
  readonly replayed?: number;
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

/** A move of the chart of a connection's session. */
export interface SessionMove {
  readonly chart: 'session';
  readonly event: 'greeted' | 'cut' | 'over';
  readonly to: 'attached' | 'detached' | 'ended';
  /** On the way to `attached`. */
  readonly resumed: boolean;
  /** Messages that leave again, on the way to `attached`. */
  readonly replayed: number;
  /** Why it is over, on the way to `ended`. */
  readonly reason?: string | undefined;
}

export type Move = ConnectionMove | SupervisionMove | SessionMove;

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

/** A recorder at work for one supervisor. */
export interface Recording {
  /** The tape with one more move. */
  record(tape: Tape, move: Move): Tape;
  /** The moves on the tape, oldest first. */
  read(tape: Tape, incarnation: number): readonly HistoryEntry[];
  /** What an event has moved, at the start without an event; undefined for one that stayed in its state. */
  moveOf(
    event: ConnectionEvent | undefined,
    before: ConnectionSnapshot | undefined,
    after: ConnectionSnapshot,
  ): ConnectionMove | undefined;
}

/** Begins to tell a recorder. */
export type Recordings = (recorder: Recorder, port: RecordingPort) => Recording;

/** The supervisor that is recorded. */
export interface RecordingPort {
  readonly timekeeper: Timekeeper;
  readonly journal: { shield(where: string, code: () => unknown): void };
}

/** Keeps the last moves of connections. An exception of a recorder is reported, and changes no connection. */
export interface Recorder {
  /**
   * Called for each move of a chart, with monotonic milliseconds. Returns the tape to keep from here on; the
   * first one is undefined.
   */
  record(tape: Tape, move: Move, now: number): Tape;
  /** The moves on a tape, oldest first. */
  read(tape: Tape, reading: Reading): HistoryEntry[];
  /** The part `recordings`: `flightRecorder` brings it, and a page hands it in beside a recorder of its own. */
  readonly recordings?: Recordings;
}
