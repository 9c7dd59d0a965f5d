/** Reads a `holdfast-recording`, which is foreign input: every field is checked. */
import * as v from 'valibot';
import { ConfigError } from '../base/errors.ts';
import { RECORDING_VERSION, type Recording } from './recording-format.ts';
import { recordingSchema } from './recording-schema.ts';

const READABLE: readonly unknown[] = [1, 2, RECORDING_VERSION];

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
    gates.map(({ endpoint, route = '', reporter = '' }) => `${reporter} ${endpoint}${route}`.trimStart()),
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
