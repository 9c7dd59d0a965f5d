/** What a user may write, what it means when left out, and the profiles. */
import type { BackoffPolicy, Jitter } from '../policy/backoff.ts';
import type { ExitClass, ExitReason } from '../policy/exits.ts';
import type { ReconnectPolicy } from '../policy/restart.ts';
import { defaultsOf } from './kinds.ts';
import { backoffTypes, policyTable } from './table.ts';

/** Milliseconds, or a number with a unit: `"250ms"`, `"10s"`, `"2m"`, `"1h"`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h'}`;

/** How a connection is kept, in milliseconds: what `resolvePolicy` makes of a `PolicyConfig`. */
export interface Policy {
  readonly heartbeat: HeartbeatPolicy;
  readonly deadlines: DeadlinePolicy;
  readonly reconnect: ReconnectPolicy & { readonly classes: Partial<Record<ExitReason, ExitClass>> };
  readonly endpoints: EndpointsPolicy;
  readonly gate: GatePolicy;
  readonly outbox: OutboxPolicy;
}

export interface HeartbeatPolicy {
  /** `auto`: the protocol's own mode for the side we are on. Default `auto`. */
  readonly mode: 'auto' | 'probe' | 'listen' | 'announce';
  /** Whether pings are answered. A dialling side in `auto` announces when they are not. Default true. */
  readonly reply: boolean;
  /** A heartbeat is due after `interval * U(0.9, 1)` of silence; `null`: no heartbeats. Default 10 s. */
  readonly interval: number | null;
  /** Bounds of `SRTT + max(4 * RTTVAR, 1 ms)`, the wait from a probe to the suspicion. Default 500 ms, 2 s. */
  readonly suspectAfter: { readonly min: number; readonly max: number };
  /** Further probes after the first unanswered one. Default 3. */
  readonly probes: number;
  /** From the first unanswered probe to the verdict; 0: condemned as soon as suspected. Default 10 s. */
  readonly condemnAfter: number;
}

export interface DeadlinePolicy {
  /** From dialling to an open socket. Default 10 s. */
  readonly connect: number;
  /** From an open socket to the protocol's hello or first proof. Default 10 s. */
  readonly handshake: number;
  /** Without any progress of our writes, before suspicion; `null`: no limit. Default 10 s. */
  readonly write: number | null;
  /** For the goodbye, before the socket is destroyed. Default 2 s. */
  readonly close: number;
  /** For the functions that provide URL, headers, protocols and credentials, together. Default 10 s. */
  readonly provider: number;
  /** Without business data in either direction; heartbeats do not count. Default `null`: no limit. */
  readonly idle: number | null;
  /** Lifetime of a healthy connection. Default `null`: no limit. */
  readonly maxAge: number | null;
}

/** Which of several URLs is dialled. Without effect for a single one. */
export interface EndpointsPolicy {
  /** `shuffled`: in an order drawn once for each connection. Default `listed`. */
  readonly order: 'listed' | 'shuffled';
  /**
   * After a stable connection ended: back to the first endpoint, or again to the one that served. After
   * any other exit the next one follows. Default true.
   */
  readonly returnToFirst: boolean;
}

/** How connections that share an endpoint take turns. */
export interface GatePolicy {
  /** Whether they do; else each dials when its own backoff says so. Default true. */
  readonly enabled: boolean;
}

export interface OutboxPolicy {
  /** Messages waiting at most. Default 1000. */
  readonly messages: number;
  /** Bytes waiting at most. Default 16 MiB. */
  readonly bytes: number;
  /** For how long a message may wait before it expires. Default `null`: without limit. */
  readonly age: number | null;
  /** Who gives way when a message finds no room. Default `reject`. */
  readonly overflow: Overflow;
}

/**
 * - `reject`: the new message, as `never-sent`. Nothing that was accepted is lost.
 * - `drop-oldest`: whoever has waited longest, as `evicted`, until the new one has room.
 * - `drop-newest`: the new message, as `evicted`.
 *
 * A message larger than the whole outbox is refused as `never-sent`, and evicts nobody.
 */
export type Overflow = 'reject' | 'drop-oldest' | 'drop-newest';

/** A policy as one writes it: every key optional, durations as numbers or strings. */
export interface PolicyConfig {
  /** Deltas to start from; `wan` is the defaults. */
  readonly profile?: ProfileName;
  readonly heartbeat?: Partial<
    Omit<HeartbeatPolicy, 'interval' | 'suspectAfter' | 'condemnAfter'> & {
      interval: Duration | null;
      suspectAfter: Partial<Durations<HeartbeatPolicy['suspectAfter']>>;
      condemnAfter: Duration;
    }
  >;
  readonly deadlines?: Partial<Durations<DeadlinePolicy>>;
  readonly reconnect?: Partial<
    Pick<ReconnectPolicy, 'restart' | 'maxAttempts'> & {
      backoff: BackoffConfig;
      maxElapsed: Duration | null;
      stableAfter: Duration;
      maxHint: Duration;
      crashes: { readonly max?: number; readonly within?: Duration };
      classes: Partial<Record<ExitReason, ExitClass>>;
    }
  >;
  readonly endpoints?: Partial<EndpointsPolicy>;
  readonly gate?: Partial<GatePolicy>;
  readonly outbox?: Partial<Omit<OutboxPolicy, 'age'> & { age: Duration | null }>;
}

/** A `type` other than the one below starts from that type's defaults; without one, it is kept. */
export type BackoffConfig =
  | {
      readonly type?: 'exponential';
      readonly base?: Duration;
      readonly factor?: number;
      readonly cap?: Duration;
      readonly jitter?: Jitter;
    }
  | { readonly type: 'decorrelated'; readonly base?: Duration; readonly cap?: Duration }
  | { readonly type: 'fixed'; readonly delay?: Duration; readonly jitter?: Jitter }
  | { readonly type: 'table'; readonly delays?: readonly Duration[]; readonly jitter?: Jitter };

type Durations<T> = { readonly [K in keyof T]: Duration | Extract<T[K], null> };

/** The policy of each type of backoff, when a document sets nothing but the type. */
export const backoffDefaults: { readonly [T in BackoffPolicy['type']]: BackoffPolicy & { type: T } } =
  /* @__PURE__ */ defaultsOf(backoffTypes);

export const defaultPolicy: Policy = defaultsOf(policyTable);

export type ProfileName = 'lan' | 'wan' | 'mobile';

/** What each profile changes. */
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
