/**
 * The file format `holdfast-recording`: JSON, described in docs/inspector.md. A recording is foreign input, so
 * every field is checked.
 */
import * as v from 'valibot';
import type { HistoryEntry } from '../actors/incarnation/recorder.ts';
import { ConfigError } from '../base/errors.ts';
import { recordingSchema } from './recording-schema.ts';
import type { Gate, Row } from './rows.ts';
import type {
  LifecycleMessage,
  Sample,
  SupervisionMessage,
  SuspicionMessage,
  TransitionMessage,
} from './wire.ts';

/** Version 1 has no supervision chart. Both are read. */
export const RECORDING_VERSION = 2;
const READABLE: readonly unknown[] = [1, RECORDING_VERSION];

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

/** Throws `ConfigError` with every problem; unknown fields, such as those of a later version, are left out. */
export function parseRecording(text: string): Recording {
  const value = parseJson(text);
  const version = v.safeParse(v.object({ version: v.number() }), value);
  if (version.success && !READABLE.includes(version.output.version)) {
    throw refused('version', version.output.version, `one of ${READABLE.join(', ')}`);
  }
  const result = v.safeParse(recordingSchema, value);
  if (result.success) return distinct({ ...result.output, version: RECORDING_VERSION } as Recording);
  throw new ConfigError(
    result.issues.map((issue) => ({
      path: v.getDotPath(issue) ?? 'recording',
      value: issue.input,
      expected: issue.expected ?? issue.message,
    })),
  );
}

/** Ids and gates are the keys of the page's lists. */
function distinct(recording: Recording): Recording {
  const { connections, gates } = recording;
  refuseTwice(
    connections.map(({ row }) => row.id),
    (at) => `connections.${at}.row.id`,
  );
  refuseTwice(
    gates.map(({ endpoint, route = '' }) => endpoint + route),
    (at) => `gates.${at}`,
  );
  return recording;
}

function refuseTwice(names: readonly string[], pathOf: (at: number) => string): void {
  const known = new Map<string, number>();
  for (const [at, name] of names.entries()) {
    const first = known.get(name);
    if (first !== undefined) throw refused(pathOf(at), name, `another name than ${pathOf(first)} has`);
    known.set(name, at);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw refused('recording', text, 'a JSON document');
  }
}

function refused(path: string, value: unknown, expected: string): ConfigError {
  return new ConfigError([{ path, value, expected }]);
}
