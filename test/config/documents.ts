/** Helpers for the tests of policies: documents made from paths, and problems as bare rows. */
import * as fc from 'fast-check';
import { ConfigError } from '../../src/base/errors.ts';
import { defaultPolicy, type Policy, type PolicyConfig } from '../../src/config/policy.ts';
import { resolvePolicy } from '../../src/config/resolve.ts';
import { reasonClasses } from '../../src/policy/exits.ts';

type Row = readonly [path: string, value: unknown, expected: string];

/** Resolves what no type checker has seen. */
export function resolve(document: unknown, base?: Policy): Policy {
  return resolvePolicy(document as PolicyConfig, base);
}

/** The document that has `value` at a dotted path, and nothing else. */
export function at(path: string, value: unknown): Record<string, unknown> {
  const [key = '', ...rest] = path.split('.');
  return { [key]: rest.length === 0 ? value : at(rest.join('.'), value) };
}

/** The value at a dotted path. */
export function pick(tree: unknown, path: string): unknown {
  return path.split('.').reduce((node: unknown, key) => (node as Record<string, unknown>)[key], tree);
}

/** The problems that `resolvePolicy` reports; an empty list if it accepts the document. */
export function problemsOf(document: unknown, base?: Policy): Row[] {
  try {
    resolve(document, base);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ path, value, expected }): Row => [path, value, expected]);
  }
}

/** Dotted paths of all leaves; an empty object is a leaf. */
export function leavesOf(tree: object, prefix = ''): string[] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'object' && value !== null && Object.keys(value).length > 0
      ? leavesOf(value, `${prefix}${key}.`)
      : [prefix + key],
  );
}

/** The leaves in which two policies differ, with the values of the first. */
export function differences(policy: Policy, from: Policy): Record<string, unknown> {
  const changed = leavesOf(policy).filter((path) => pick(policy, path) !== pick(from, path));
  return Object.fromEntries(changed.map((path) => [path, pick(policy, path)]));
}

export function deepFreeze<T extends object>(tree: T): T {
  for (const value of Object.values(tree)) if (typeof value === 'object' && value !== null) deepFreeze(value);
  return Object.freeze(tree);
}

const words = (...each: string[]) => fc.constantFrom(...each);
const longest = 10 ** 12;
const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** A duration in any notation: a number, or text with a unit. */
function written(least: number, most = longest) {
  const number = fc.double({ min: least, max: most, noNaN: true });
  const text = fc
    .tuple(fc.integer({ min: Math.max(1, least), max: most }), words('ms', 's', 'm', 'h'))
    .map(([ms, unit]) => `${Math.max(1, Math.floor(ms / units[unit as keyof typeof units]))}${unit}`);
  return fc.oneof(number, fc.integer({ min: least, max: most }), most === longest ? text : number);
}

const span = written(1);
const duration = written(0);
const orNull = <T>(some: fc.Arbitrary<T>) => fc.option(some, { nil: null });
const jitter = words('full', 'equal', 'none');
const optional = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(model, { requiredKeys: [], noNullPrototype: true });
/** Low and high ones that fit together, also with bounds that a profile or a default sets. */
const low = written(1, 200);
const high = written(30_000, 1e9);

const backoff = fc.oneof(
  optional({
    base: low,
    factor: fc.double({ min: 1, noNaN: true, noDefaultInfinity: true }),
    cap: high,
    jitter,
  }),
  optional({ type: fc.constant('exponential'), base: low, cap: high, jitter }),
  fc.record({ type: fc.constant('decorrelated'), base: low, cap: high }, { noNullPrototype: true }),
  fc.record({ type: fc.constant('fixed'), delay: span, jitter }, { noNullPrototype: true }),
  fc.record(
    { type: fc.constant('table'), delays: fc.array(span, { minLength: 1, maxLength: 5 }), jitter },
    { noNullPrototype: true },
  ),
);

/** Any valid document. */
export const anyDocument: fc.Arbitrary<PolicyConfig> = optional({
  $schema: fc.constant('https://example.org/policy.schema.json'),
  profile: words('lan', 'wan', 'mobile'),
  heartbeat: optional({
    mode: words('auto', 'probe', 'listen', 'announce'),
    reply: fc.boolean(),
    interval: orNull(span),
    suspectAfter: optional({ min: low, max: high }),
    probes: fc.nat(),
    condemnAfter: duration,
    transitMax: duration,
  }),
  deadlines: optional({
    connect: span,
    handshake: span,
    write: orNull(span),
    close: span,
    provider: span,
    idle: orNull(span),
    maxAge: orNull(span),
    halfClosed: orNull(span),
  }),
  reconnect: optional({
    restart: words('permanent', 'transient', 'temporary'),
    backoff,
    maxAttempts: orNull(fc.nat()),
    maxElapsed: orNull(span),
    stableAfter: duration,
    maxHint: duration,
    crashes: optional({ max: fc.nat(), within: span }),
    classes: fc.dictionary(words(...Object.keys(reasonClasses)), words('normal', 'retryable', 'fatal'), {
      noNullPrototype: true,
    }),
    codes: fc.dictionary(
      words('4004', '403', '4100-4199', 'ECONNRESET'),
      words('normal', 'retryable', 'fatal'),
      {
        noNullPrototype: true,
      },
    ),
    pardons: fc.nat(),
    hedge: fc.boolean(),
  }),
  endpoints: optional({ order: words('listed', 'shuffled'), returnToFirst: fc.boolean() }),
  gate: optional({ enabled: fc.boolean() }),
  outbox: optional({
    messages: fc.integer({ min: 1 }),
    bytes: fc.maxSafeNat().map((bytes) => bytes + 1 - (bytes === Number.MAX_SAFE_INTEGER ? 1 : 0)),
    age: orNull(span),
    overflow: words('reject', 'drop-oldest', 'drop-newest'),
  }),
}) as unknown as fc.Arbitrary<PolicyConfig>;

const keys = leavesOf(defaultPolicy).flatMap((path) => [path, ...path.split('.')]);
const key = words('profile', 'lan', 'toString', '__proto__', 'length', 'delays', 'refused', ...keys);
const value = fc.constantFrom<unknown>(
  ...[
    null,
    0,
    1,
    -1,
    0.5,
    1.5,
    1e300,
    '10s',
    '0.5ms',
    '',
    'lan',
    'full',
    'fixed',
    'fatal',
    true,
    [],
    ['1s'],
    {},
  ],
);
const json = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof({ depthSize: 'small' }, value, fc.dictionary(key, tie('tree'), { noNullPrototype: true })),
})).tree;

/** A valid document with a single value replaced. */
const damaged = fc.tuple(anyDocument, key, fc.nat(), value).map(([document, name, where, wrong]) => {
  const copy = structuredClone(document) as Record<string, unknown>;
  const trees = [copy, ...Object.values(copy)].filter((each) => typeof each === 'object' && each !== null);
  const tree = trees[where % trees.length] as Record<string, unknown>;
  const own = Object.keys(tree);
  Object.defineProperty(tree, where % 3 === 0 ? name : (own[where % (own.length || 1)] ?? name), {
    value: wrong,
    enumerable: true,
    configurable: true,
    writable: true,
  });
  return copy;
});

/** JSON that has something of a policy, and may be one. */
export const almostDocument: fc.Arbitrary<unknown> = fc
  .oneof(json, damaged, fc.jsonValue())
  .map((document) => JSON.parse(JSON.stringify(document)));
