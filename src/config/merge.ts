/**
 * From what a user wrote to a policy in milliseconds, in as few bytes as a page should have to load. It
 * walks the policy below, and takes what is there for the kind that it asks for: a key that is not there
 * does not exist. `resolve.ts` says more about mistakes.
 */
import { ConfigError, type ConfigProblem } from '../base/errors.ts';
import { reasonClasses } from '../policy/exits.ts';
import { parseDuration } from './duration.ts';
import { backoffDefaults, defaultPolicy, type Policy, type PolicyConfig, profiles } from './policy.ts';

/** Reads a configuration over the policy that it changes. Throws `ConfigError`. */
export type ResolvePolicy = (config: PolicyConfig, base: Policy) => Policy;

/** A value that is a tree of policies, or a part of one. */
type Tree = Readonly<Record<string, unknown>>;
type Bounds = Policy['heartbeat']['suspectAfter'];

/** Of the top level, and no part of a policy. */
const notes = ['profile', '$schema'];
/** May be null for off. */
const OFF = /interval|write|idle|maxAge|maxAttempts|maxElapsed|\.age/;
/** Numbers, and no durations. */
const NUMBERS = /probes|maxAttempts|crashes.max|messages|bytes|factor/;
/** May be zero. */
const ZERO = /probes|maxAttempts|crashes.max|condemnAfter|stableAfter|maxHint/;
/** What may stand in place of each other. */
const words = [
  'auto probe listen announce',
  'permanent transient temporary',
  'full equal none',
  'normal retryable fatal',
  'listed shuffled',
  'reject drop-oldest drop-newest',
];

/**
 * The policy that `config` describes, over its profile, over `base`. Throws `ConfigError` with every
 * problem: path, value, and what was expected.
 */
export function mergePolicy(config: PolicyConfig = {}, base: Policy = defaultPolicy): Policy {
  const problems: ConfigProblem[] = [];
  const policy = policyOver(config, base, problems);
  checkOrder(policy.heartbeat.suspectAfter, policy.reconnect.backoff, problems);
  if (problems.length > 0) throw new ConfigError(problems);
  return policy;
}

/** Adds what it finds to `problems`, and leaves it out of the policy. */
export function policyOver(config: PolicyConfig, base: Policy, problems: ConfigProblem[]): Policy {
  if (!isTree(config)) {
    problems.push({ path: 'policy', value: config, expected: 'an object' });
    return base;
  }
  if (Object.keys(config).length === 0) return base;
  return over(config as Tree, profiled(config, base, problems), '', problems) as unknown as Policy;
}

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A profile says nothing about a backoff of another type: what it cannot change stays. */
function profiled({ profile }: PolicyConfig, base: Policy, problems: ConfigProblem[]): Tree {
  const below = base as unknown as Tree;
  if (profile === undefined) return below;
  if (typeof profile === 'string' && Object.hasOwn(profiles, profile)) {
    return over(profiles[profile] as Tree, below, '', []);
  }
  problems.push({ path: 'profile', value: profile, expected: oneOf(Object.keys(profiles)) });
  return below;
}

/** `known`: the keys that there may be, each with a value of its kind. */
function over(own: Tree, below: Tree, prefix: string, problems: ConfigProblem[], known = below): Tree {
  const result: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(own)) {
    const path = prefix + key;
    if (value === undefined || notes.includes(path)) continue;
    if (Object.hasOwn(known, key)) result[key] = valueOver(value, below[key], path, problems, known[key]);
    else problems.push({ path, value, expected: `one of the keys ${Object.keys(known).join(', ')}` });
  }
  return result;
}

function valueOver(value: unknown, below: unknown, path: string, problems: ConfigProblem[], like: unknown) {
  const tree = isTree(like);
  if (tree && isTree(value)) return treeOver(value, below as Tree, path, problems);
  const accepted = tree ? undefined : leaf(value, like, path);
  if (accepted !== undefined) return accepted;
  problems.push({ path, value, expected: tree ? 'an object' : likeness(like) });
  return below;
}

function likeness(like: unknown): string {
  return typeof like === 'string' ? oneOf(alike(like)) : `a value such as ${JSON.stringify(like)}`;
}

function treeOver(own: Tree, below: Tree, path: string, problems: ConfigProblem[]): Tree {
  const prefix = `${path}.`;
  if (path.endsWith('classes')) return over(own, below, prefix, problems, reasonClasses);
  if (!path.endsWith('backoff')) return over(own, below, prefix, problems);
  const { type = below.type, ...rest } = own;
  if (type === below.type) return over(rest, below, prefix, problems);
  if (typeof type === 'string' && Object.hasOwn(backoffDefaults, type)) {
    return over(rest, backoffDefaults[type as keyof typeof backoffDefaults], prefix, problems);
  }
  problems.push({ path: `${prefix}type`, value: type, expected: oneOf(Object.keys(backoffDefaults)) });
  return below;
}

/** What `value` means in place of `like`; undefined: nothing. */
function leaf(value: unknown, like: unknown, path: string): unknown {
  if (value === null) return OFF.test(path) ? null : undefined;
  if (typeof like === 'boolean') return typeof value === 'boolean' ? value : undefined;
  if (typeof like === 'string') return alike(like).includes(value as string) ? value : undefined;
  if (!Array.isArray(like)) return amount(value, path);
  const delays = Array.isArray(value) ? value.map((each) => amount(each, path)) : [];
  return delays.length > 0 && !delays.includes(undefined) ? delays : undefined;
}

function amount(value: unknown, path: string): number | undefined {
  const count = NUMBERS.test(path);
  const number = count ? value : parseDuration(value);
  const fits = count && !path.endsWith('factor') ? Number.isSafeInteger : Number.isFinite;
  return fits(number) && (number as number) >= (ZERO.test(path) ? 0 : 1) ? (number as number) : undefined;
}

function alike(word: string): readonly string[] {
  return words.map((group) => group.split(' ')).find((group) => group.includes(word)) ?? [];
}

function oneOf(names: readonly string[]): string {
  return `one of ${names.join(', ')}`;
}

/** What all layers together must agree on. Bounds that are missing agree with everything. */
export function checkOrder(suspectAfter: Bounds, backoff: object, problems: ConfigProblem[]): void {
  const check = (path: string, value: number, name: string, least: number) => {
    if (value < least) problems.push({ path, value, expected: `at least ${name} (${least} ms)` });
  };
  const { base, cap } = backoff as { readonly base: number; readonly cap: number };
  check('heartbeat.suspectAfter.max', suspectAfter.max, 'min', suspectAfter.min);
  check('reconnect.backoff.cap', cap, 'base', base);
}
