/** Reads a `holdfast-recording`, which is foreign input: every field is checked. */
import * as v from 'valibot';
import { ConfigError, type ConfigProblem } from '../base/errors.ts';
import { RECORDING_VERSION, type Recording } from './recording-format.ts';
import { listSchemas, shellSchema } from './recording-schema.ts';

const READABLE: readonly unknown[] = [1, 2, RECORDING_VERSION];

/** Throws `ConfigError` with every problem; unknown fields, such as those of a later version, are left out. */
export function parseRecording(text: string): Recording {
  const steps = parsing(text);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/**
 * The same in steps of less than a millisecond, but for the first one, so that a page can show how far it is: each yields the part
 * that is done, from 0 to 1. Of each list only the newest `most` entries are looked at and kept.
 */
export function* parsing(text: string, most = Number.POSITIVE_INFINITY): Generator<number, Recording> {
  const shell = shellOf(parseJson(text));
  const problems: ConfigProblem[] = [];
  const lists = shell.connections.flatMap((connection, at) =>
    names.map((name) => ({ connection, name, path: `connections.${at}.${name}` })),
  );
  const total = lists.reduce((sum, { connection, name }) => sum + connection[name].length, 0);
  let done = 0;
  for (const { connection, name, path } of lists) {
    const all = connection[name];
    const from = Math.max(0, all.length - most);
    const kept: unknown[] = [];
    for (let at = from; at < all.length; at++) {
      kept.push(checked(listSchemas[name], all[at], `${path}.${at}`, problems));
      if (at % STEP === 0) yield (done + at) / total;
    }
    done += all.length;
    connection[name] = kept;
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return distinct({ ...shell, version: RECORDING_VERSION } as unknown as Recording);
}

/** Entries that are checked in a step. */
const STEP = 64;
const names = Object.keys(listSchemas) as (keyof typeof listSchemas)[];

function shellOf(value: unknown): v.InferOutput<typeof shellSchema> {
  const version = v.safeParse(v.object({ version: v.number() }), value);
  if (version.success && !READABLE.includes(version.output.version)) {
    throw refused('version', version.output.version, `one of ${READABLE.join(', ')}`);
  }
  const problems: ConfigProblem[] = [];
  const shell = checked(shellSchema, value, '', problems);
  if (problems.length > 0) throw new ConfigError(problems);
  return shell as v.InferOutput<typeof shellSchema>;
}

/** Adds the problems of a value; the result is meaningless then. */
function checked(schema: v.GenericSchema, value: unknown, path: string, problems: ConfigProblem[]): unknown {
  const result = v.safeParse(schema, value);
  for (const issue of result.issues ?? []) {
    const at = [path, v.getDotPath(issue) ?? ''].filter(Boolean).join('.');
    problems.push({ path: at || 'recording', value: issue.input, expected: expectationOf(issue) });
  }
  return result.output;
}

/** The library expects the name of a field that is missing. */
function expectationOf({ expected, input, message, path }: v.BaseIssue<unknown>): string {
  const isMissing = input === undefined && expected === JSON.stringify(path?.at(-1)?.key);
  return isMissing ? 'a value, as the field is required' : (expected ?? message);
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
