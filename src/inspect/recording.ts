/**
 * The file `holdfast-recording`: what happened to connections, to be looked at later and elsewhere.
 * JSON; `docs/inspector.md` describes it. What reads one trusts nothing in it.
 */
import type { HistoryEntry } from '../actors/recorder.ts';
import type { Row, Sample, SuspicionMessage, TransitionMessage } from './wire.ts';

export const RECORDING_VERSION = 1;

export interface Recording {
  readonly format: 'holdfast-recording';
  readonly version: typeof RECORDING_VERSION;
  /** When it was made, in milliseconds since the epoch. */
  readonly at: number;
  /** Such as `holdfast 0.1.0`. */
  readonly madeBy: string;
  readonly connections: readonly RecordedConnection[];
}

export interface RecordedConnection {
  /** As it was when the recording was made. */
  readonly row: Row;
  /** From the flight recorder, oldest first. */
  readonly history: readonly HistoryEntry[];
  /** From a page that watched it, oldest first; empty in a recording made by the process. */
  readonly transitions: readonly TransitionMessage[];
  readonly samples: readonly Sample[];
  readonly suspicions: readonly SuspicionMessage[];
}
