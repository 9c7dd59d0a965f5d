/** The policy as TypeScript has it: its types, its defaults, and the profiles. All follow from the policy table. */

import type { Duration } from '../base/duration.ts';
import type { BackoffPolicy } from '../policy/backoff.ts';
import { defaultsOf, type Value } from './kinds.ts';
import type { PolicyOf } from './policy-types.ts';
import { backoffTypes, type documentTable, policyTable } from './table.ts';

export type { Duration } from '../base/duration.ts';

/** How a connection is kept, with durations in milliseconds: what `resolvePolicy` makes of a `PolicyConfig`. */
export interface Policy extends PolicyOf<number> {}

export type HeartbeatPolicy = Policy['heartbeat'];
/** Which of several URLs is dialled. Without effect for a single one. */
export type EndpointsPolicy = Policy['endpoints'];
export type OutboxPolicy = Policy['outbox'];

/**
 * The choice when a message finds no room in the outbox.
 *
 * - `reject`: the new message is refused as `never-sent`. No accepted message is lost.
 * - `drop-oldest`: the messages that have waited longest leave as `evicted`, until the new one has room.
 * - `drop-newest`: the new message leaves as `evicted`.
 *
 * A message larger than the whole outbox is refused as `never-sent`, and evicts none.
 */
export type Overflow = OutboxPolicy['overflow'];

/** A part of a policy as a document has it: every key optional. */
type Written<G> = {
  readonly [K in keyof G]?: G[K] extends readonly unknown[]
    ? G[K]
    : G[K] extends object
      ? Written<G[K]>
      : G[K];
};
type WrittenReconnect = PolicyOf<Duration>['reconnect'];
type WrittenBackoff = WrittenReconnect['backoff'];
type BackoffType = WrittenBackoff['type'];

/** A policy as one writes it: every key optional, durations as numbers or strings. */
export interface PolicyConfig extends Written<Omit<PolicyOf<Duration>, 'reconnect'>> {
  /** Deltas to start from. Default `wan`, which has none. */
  readonly profile?: ProfileName;
  /** The steps after the end of a connection. */
  readonly reconnect?: Written<Omit<WrittenReconnect, 'backoff'>> & {
    /** The wait before each attempt. */
    readonly backoff?: BackoffConfig;
  };
}

/** A `type` other than the one below starts from that type's defaults; without one, it is kept. */
export type BackoffConfig =
  | Written<Extract<WrittenBackoff, { type: 'exponential' }>>
  | OfType<Exclude<BackoffType, 'exponential'>>;

type OfType<T extends BackoffType> = T extends BackoffType
  ? { readonly type: T } & Written<Omit<Extract<WrittenBackoff, { type: T }>, 'type'>>
  : never;

/** The policy of each type of backoff, when a document sets nothing but the type. */
export const backoffDefaults: { readonly [T in BackoffPolicy['type']]: BackoffPolicy & { type: T } } =
  /* @__PURE__ */ defaultsOf(backoffTypes);

/** The policy without any configuration, which is that of the profile `wan`. */
export const defaultPolicy: Policy = defaultsOf(policyTable);

/** The names of the profiles. */
export type ProfileName = Value<(typeof documentTable)['profile']>;

/** The changes that each profile makes. */
export const profiles: Readonly<Record<ProfileName, PolicyConfig>> = {
  /** Short round trips, stable links: everything sooner. */
  lan: {
    heartbeat: { interval: '2s', suspectAfter: { min: '200ms', max: '1s' }, condemnAfter: '4s' },
    deadlines: { connect: '3s', handshake: '3s', write: '4s' },
    reconnect: { backoff: { base: '250ms', cap: '10s' } },
  },
  wan: {},
  /** Radios that sleep: fewer heartbeats, more patience. */
  mobile: {
    heartbeat: { interval: '25s', suspectAfter: { min: '1s', max: '4s' }, condemnAfter: '15s' },
    deadlines: { connect: '20s', handshake: '20s', write: '20s' },
    reconnect: { backoff: { cap: '1m' } },
  },
};
