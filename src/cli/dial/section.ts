/** The part `dial` of a configuration: what the command line presents when it dials. The policy is beside it. */
import { ConfigError, type ConfigProblem } from '../../base/errors.ts';
import { checked, type Kinds } from '../../base/options.ts';

/** Values of `headers`, `token` and `password` may be references: `env:NAME` or `file:PATH`. */
export interface DialSection {
  readonly headers?: Readonly<Record<string, string>>;
  readonly subprotocols?: readonly string[];
  readonly token?: string;
  readonly user?: string;
  readonly password?: string;
  readonly tls?: TlsSection;
}

/** Paths of PEM files, and settings. */
export interface TlsSection {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
  readonly insecure?: boolean;
}

const kinds: Kinds<DialSection> = {
  headers: 'an object',
  subprotocols: 'a list',
  token: 'a string',
  user: 'a string',
  password: 'a string',
  tls: 'an object',
};

const tlsKinds: Kinds<TlsSection> = {
  ca: 'a string',
  cert: 'a string',
  key: 'a string',
  servername: 'a string',
  insecure: 'a boolean',
};

/** The problems of a `dial`, whose shape alone is looked at: no file is opened and no variable is read. `at` is its path. */
export function sectionProblems(given: unknown, at = 'dial'): readonly ConfigProblem[] {
  if (given === undefined) return [];
  const shape = problemOf(() => checked(at, given, kinds, `${at}.`));
  if (shape.length > 0) return shape;
  const { headers = {}, subprotocols = [], tls = {} } = given as DialSection;
  return [
    ...texts(headers, `${at}.headers`),
    ...texts(subprotocols, `${at}.subprotocols`),
    ...problemOf(() => checked(`${at}.tls`, tls, tlsKinds, `${at}.tls.`)),
  ];
}

function texts(values: object, at: string): readonly ConfigProblem[] {
  return Object.entries(values)
    .filter(([, value]) => typeof value !== 'string')
    .map(([key]) => ({ path: `${at}.${key}`, value: '***', expected: 'a text' }));
}

/** A value may be a secret in a wrong place: it is not shown. */
function problemOf(check: () => unknown): readonly ConfigProblem[] {
  try {
    check();
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map((problem) => ({ ...problem, value: shown(problem.value) }));
  }
}

function shown(value: unknown): unknown {
  return typeof value === 'string' ? '***' : value;
}
