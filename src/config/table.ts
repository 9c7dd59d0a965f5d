/**
 * The policy, leaf by leaf: path, kind, accepted values, lower bound and default. Types, both readers, the JSON Schema
 * and the tables of `docs/policy.md` come from this table, and the sentence for each path from `sentences.ts`.
 * `npm run schema` writes what is generated.
 */
import { reasonClasses } from '../policy/exits.ts';
import type { Group, PathsOf } from './kinds.ts';

const base = { kind: 'duration', least: 1, default: 1000 } as const;
const cap = { kind: 'duration', least: 1, default: 30_000, floor: 'base' } as const;
const classes = ['normal', 'retryable', 'fatal'] as const;
const jitter = { words: ['full', 'equal', 'none'], default: 'full' } as const;

function only<T extends string>(type: T) {
  return { words: [type], default: type } as const;
}

export const backoffTypes = {
  exponential: {
    type: only('exponential'),
    base,
    factor: { kind: 'factor', least: 1, default: 2 },
    cap,
    jitter,
  },
  decorrelated: {
    type: only('decorrelated'),
    base,
    cap,
  },
  fixed: {
    type: only('fixed'),
    delay: { kind: 'duration', least: 1, default: 5000 },
    jitter,
  },
  table: {
    type: only('table'),
    delays: { kind: 'durations', least: 1, default: [1000, 2000, 5000, 10_000, 30_000] },
    jitter,
  },
} as const satisfies Group;

export const policyTable = {
  heartbeat: {
    mode: { words: ['auto', 'probe', 'listen', 'announce'], default: 'auto' },
    reply: { kind: 'boolean', default: true },
    interval: { kind: 'duration', least: 1, default: 10_000, off: true },
    suspectAfter: {
      min: { kind: 'duration', least: 1, default: 500 },
      max: { kind: 'duration', least: 1, default: 2000, floor: 'min' },
    },
    probes: { kind: 'count', least: 0, default: 3 },
    condemnAfter: { kind: 'duration', least: 0, default: 10_000 },
    transitMax: { kind: 'duration', least: 0, default: 30_000 },
  },
  deadlines: {
    connect: { kind: 'duration', least: 1, default: 10_000 },
    handshake: { kind: 'duration', least: 1, default: 10_000 },
    write: { kind: 'duration', least: 1, default: 10_000, off: true },
    close: { kind: 'duration', least: 1, default: 2000 },
    halfClosed: { kind: 'duration', least: 1, default: null, off: true },
    provider: { kind: 'duration', least: 1, default: 10_000 },
    idle: { kind: 'duration', least: 1, default: null, off: true },
    maxAge: { kind: 'duration', least: 1, default: null, off: true },
  },
  reconnect: {
    restart: { words: ['permanent', 'transient', 'temporary'], default: 'permanent' },
    backoff: { types: backoffTypes },
    maxAttempts: { kind: 'count', least: 0, default: null, off: true },
    maxElapsed: { kind: 'duration', least: 1, default: null, off: true },
    stableAfter: { kind: 'duration', least: 0, default: 10_000 },
    maxHint: { kind: 'duration', least: 0, default: 300_000 },
    crashes: {
      max: { kind: 'count', least: 0, default: 5 },
      within: { kind: 'duration', least: 1, default: 60_000 },
    },
    classes: wordByKey(reasonClasses, classes),
    codes: { code: { words: classes, default: undefined } },
    pardons: { kind: 'count', least: 0, default: 5 },
    hedge: { kind: 'boolean', default: false },
  },
  endpoints: {
    order: { words: ['listed', 'shuffled'], default: 'listed' },
    returnToFirst: { kind: 'boolean', default: true },
  },
  gate: {
    enabled: { kind: 'boolean', default: true },
  },
  outbox: {
    messages: { kind: 'count', least: 1, default: 1000 },
    bytes: { kind: 'bytes', least: 1, default: 16 * 1024 * 1024 },
    age: { kind: 'duration', least: 1, default: null, off: true },
    overflow: { words: ['reject', 'drop-oldest', 'drop-newest'], default: 'reject' },
  },
} as const satisfies Group;

/** A document: the policy, and two keys that no policy has. */
export const documentTable = {
  $schema: { kind: 'string', default: undefined },
  profile: { words: ['lan', 'wan', 'mobile'], default: 'wan' },
  ...policyTable,
} as const satisfies Group;

/** Dotted, as in `heartbeat.interval`. */
export type PolicyPath = PathsOf<typeof documentTable>;

function wordByKey<K extends string, const W extends string>(
  keys: Readonly<Record<K, W>>,
  words: readonly W[],
) {
  const leaf = { words, default: undefined } as const;
  return Object.fromEntries(Object.keys(keys).map((key) => [key, leaf])) as Readonly<Record<K, typeof leaf>>;
}
