/** The file format `holdfast-recording`: JSON, described in docs/inspector.md. Apart from its version this file has types only. */
import type { HistoryEntry } from '../actors/incarnation/recorder.ts';
import type { Gate, Row } from './rows.ts';
import type {
  LifecycleMessage,
  Sample,
  SupervisionMessage,
  SuspicionMessage,
  TransitionMessage,
} from './wire.ts';

/** Version 1 has no supervision chart, version 2 no sessions. All are read. */
export const RECORDING_VERSION = 3;

/** The moves of connections, as the inspector plays them. */
export interface Recording {
  readonly format: 'holdfast-recording';
  readonly version: typeof RECORDING_VERSION;
  /** When it was made, in milliseconds since the epoch. */
  readonly at: number;
  /** Such as `holdfast 0.1.0`. */
  readonly madeBy: string;
  /** As they were when the recording was made. */
  readonly gates: readonly Gate[];
  readonly connections: readonly RecordedConnection[];
}

/** A connection of a recording. */
export interface RecordedConnection {
  /** As it was when the recording was made. */
  readonly row: Row;
  /** Entries of the flight recorder, oldest first. */
  readonly history: readonly HistoryEntry[];
  /** Messages to a page that watched it, oldest first; empty in a recording made by the process. */
  readonly transitions: readonly TransitionMessage[];
  /** Messages to a page that watched it, oldest first; empty in a recording of version 1. */
  readonly supervision: readonly SupervisionMessage[];
  readonly samples: readonly Sample[];
  readonly suspicions: readonly SuspicionMessage[];
  readonly lifecycle: readonly LifecycleMessage[];
}
