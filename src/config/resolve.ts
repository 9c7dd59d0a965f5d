/**
 * From what a user wrote to a policy in milliseconds. Finds every problem before it complains, and
 * walks the defaults: a key that is not there does not exist.
 */
import { ConfigError, type ConfigProblem } from '../errors.ts';
import { type ExitReason, reasonClasses } from '../policy/exits.ts';
import { defaultPolicy, type Policy, type PolicyConfig, type ProfileName, profiles } from './policy.ts';

/** Returns the accepted value, or undefined: not acceptable. */
type Rule = readonly [expected: string, accept: (value: unknown) => unknown];

const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/;
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
/** About 31 years; keeps sums of durations exact. */
const LONGEST = 1e12;

/** Milliseconds of a duration as configs and the command line write it, or undefined if it is none. */
export function parseDuration(value: unknown): number | undefined {
  const match = typeof value === 'string' ? DURATION.exec(value) : null;
  const ms = match === null ? value : Number(match[1]) * (UNITS[match[2] ?? ''] ?? Number.NaN);
  return typeof ms === 'number' && ms >= 0 && ms <= LONGEST ? ms : undefined;
}

const orNull = ([expected, accept]: Rule): Rule => [
  `${expected}, or null for off`,
  (value) => (value === null ? null : accept(value)),
];
const atLeast = (least: number, what: string, accept: (value: unknown) => unknown): Rule => [
  what,
  (value) => {
    const accepted = accept(value);
    return typeof accepted === 'number' && accepted >= least ? accepted : undefined;
  },
];
const number = (value: unknown) => (typeof value === 'number' && Number.isFinite(value) ? value : undefined);
const whole = (value: unknown) => (Number.isSafeInteger(value) ? value : undefined);
const oneOf = (...words: string[]): Rule => [
  `one of ${words.map((word) => `"${word}"`).join(', ')}`,
  (value) => (words.includes(value as string) ? value : undefined),
];

const duration: Rule = ['a duration such as "250ms", "10s" or 2000 (ms)', parseDuration];
const span = atLeast(1, 'a duration of at least 1ms, such as "250ms", "10s" or 2000 (ms)', parseDuration);
const count = atLeast(0, 'a whole number, 0 or more', whole);
const positive = atLeast(1, 'a whole number, 1 or more', whole);
const flag: Rule = ['true or false', (value) => (typeof value === 'boolean' ? value : undefined)];
const classes: Rule = [
  'a map of exit reasons to "normal", "retryable" or "fatal"',
  (value) => (isClasses(value) ? { ...value } : undefined),
];

const rules: Readonly<Record<string, Rule>> = {
  'heartbeat.mode': oneOf('auto', 'probe', 'listen', 'announce'),
  'heartbeat.reply': flag,
  'heartbeat.interval': orNull(span),
  'heartbeat.suspectAfter.min': span,
  'heartbeat.suspectAfter.max': span,
  'heartbeat.probes': count,
  'heartbeat.condemnAfter': duration,
  'deadlines.connect': span,
  'deadlines.handshake': span,
  'deadlines.write': orNull(span),
  'deadlines.close': span,
  'deadlines.idle': orNull(span),
  'deadlines.maxAge': orNull(span),
  'reconnect.restart': oneOf('permanent', 'transient', 'temporary'),
  'reconnect.backoff.type': oneOf('exponential'),
  'reconnect.backoff.base': span,
  'reconnect.backoff.factor': atLeast(1, 'a number, 1 or more', number),
  'reconnect.backoff.cap': span,
  'reconnect.backoff.jitter': oneOf('full', 'equal', 'none'),
  'reconnect.maxAttempts': orNull(count),
  'reconnect.stableAfter': duration,
  'reconnect.maxHint': duration,
  'reconnect.crashes.max': count,
  'reconnect.crashes.within': span,
  'reconnect.classes': classes,
  'outbox.messages': positive,
  'outbox.bytes': positive,
  'outbox.age': orNull(span),
  'outbox.overflow': oneOf('reject', 'drop-oldest', 'drop-newest'),
};

/** A value that is a tree of policies, or a part of one. */
type Tree = Readonly<Record<string, unknown>>;

/**
 * The policy that `config` describes, over its profile, over `base`. Throws `ConfigError` with every
 * problem: path, value, and what was expected.
 */
export function resolvePolicy(config: PolicyConfig = {}, base: Policy = defaultPolicy): Policy {
  const problems: ConfigProblem[] = [];
  if (!isTree(config)) throw new ConfigError([{ path: 'policy', value: config, expected: 'an object' }]);
  if (Object.keys(config).length === 0) return base;
  const { profile, ...own } = config as PolicyConfig & Tree;
  const from = profile === undefined ? base : profileOver(profile, base, problems);
  const policy = merged(own, from as unknown as Tree, '', problems) as unknown as Policy;
  checkOrder(policy, problems);
  if (problems.length > 0) throw new ConfigError(problems);
  return policy;
}

function profileOver(name: ProfileName, base: Policy, problems: ConfigProblem[]): Policy {
  if (typeof name === 'string' && Object.hasOwn(profiles, name)) {
    return merged(profiles[name] as Tree, base as unknown as Tree, '', problems) as unknown as Policy;
  }
  problems.push({ path: 'profile', value: name, expected: oneOf(...Object.keys(profiles))[0] });
  return base;
}

function merged(own: Tree, base: Tree, prefix: string, problems: ConfigProblem[]): Tree {
  const result: Record<string, unknown> = { ...base };
  for (const key of Object.keys(own)) {
    const value = own[key];
    const path = prefix + key;
    if (value === undefined) continue;
    const rule = Object.hasOwn(rules, path) ? rules[path] : undefined;
    if (!Object.hasOwn(base, key)) problems.push({ path, value, expected: unknownKey(base) });
    else if (rule !== undefined) result[key] = over(base[key], accepted(value, rule, path, problems));
    else if (!isTree(value)) problems.push({ path, value, expected: 'an object' });
    else result[key] = merged(value, base[key] as Tree, `${path}.`, problems);
  }
  return result;
}

/** A map of reasons adds to the one below it; anything else replaces it. */
function over(below: unknown, value: unknown): unknown {
  return isTree(below) && isTree(value) ? { ...below, ...value } : value;
}

function accepted(value: unknown, [expected, accept]: Rule, path: string, problems: ConfigProblem[]) {
  const result = accept(value);
  if (result === undefined) problems.push({ path, value, expected });
  return result;
}

function unknownKey(base: Tree): string {
  return `one of the keys ${Object.keys(base).join(', ')}`;
}

function checkOrder({ heartbeat, reconnect }: Policy, problems: ConfigProblem[]): void {
  const { min, max } = heartbeat.suspectAfter;
  const { base, cap } = reconnect.backoff;
  if (max < min) {
    problems.push({ path: 'heartbeat.suspectAfter.max', value: max, expected: `at least min (${min} ms)` });
  }
  if (cap < base) {
    problems.push({ path: 'reconnect.backoff.cap', value: cap, expected: `at least base (${base} ms)` });
  }
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isClasses(value: unknown): value is Policy['reconnect']['classes'] {
  if (!isTree(value)) return false;
  return Object.entries(value).every(
    ([reason, exitClass]) =>
      Object.hasOwn(reasonClasses, reason as ExitReason) &&
      ['normal', 'retryable', 'fatal'].includes(exitClass as string),
  );
}
