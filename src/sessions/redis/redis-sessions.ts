/** `redisSessions` of `holdfast/session/redis`. */

import { type Duration, parseDuration } from '../../base/duration.ts';
import { badConfig } from '../../base/errors.ts';
import { checked, type Kinds } from '../../base/options.ts';
import type { SessionStore } from '../store.ts';
import { portOf } from './adapt.ts';
import type { RedisPort } from './port.ts';
import { RedisStore } from './redis-store.ts';

/** Options of `redisSessions`. */
export interface RedisSessionsOptions {
  /** Comes before the names of all keys. Processes that share sessions have the same. Default `"holdfast:"`. */
  readonly prefix?: string;
  /**
   * Permits a server that may forget what it has confirmed, and with that messages that are lost or repeated unnoticed: settings are
   * not checked. Default `false`.
   */
  readonly unsafe?: boolean;
  /** For how long a call waits for its answer; then the store counts as unreachable. At least 100 ms. Default 2 s. */
  readonly timeout?: Duration;
}

/** The classes of ioredis, by the methods that tell them from others. */
export interface IoredisClient {
  callBuffer(...args: never[]): unknown;
  duplicate(...args: never[]): unknown;
  multi(...args: never[]): unknown;
}

/** The clients of node-redis, by the methods that tell them from others. */
export interface NodeRedisClient {
  sendCommand(...args: never[]): unknown;
  duplicate(...args: never[]): unknown;
  multi(...args: never[]): unknown;
}

/** A client of one server, neither of a cluster nor a pool. */
export type RedisClient = IoredisClient | NodeRedisClient | RedisPort;

const kinds: Kinds<RedisSessionsOptions> = { prefix: 'a string', unsafe: 'a boolean', timeout: 0 };

const LEASE = 2000;
const ORPHAN = 60_000;

/**
 * Keeps sessions in Redis, by a client that the program has: it connects the client, listens to its errors, and ends it after the
 * supervisor was stopped. Throws `ConfigError` for other options, and for a client of a cluster. `listen` rejects with
 * `ConfigError` when the server would forget what it has confirmed.
 */
export function redisSessions(client: RedisClient, options: RedisSessionsOptions = {}): SessionStore {
  const { prefix = 'holdfast:', unsafe = false, timeout = 2000 } = checked('options', options, kinds);
  const ms = parseDuration(timeout);
  if (ms === undefined || ms < 100) throw badConfig('timeout', timeout, 'a duration of at least 100 ms');
  return new RedisStore(portOf(client), { prefix, unsafe, timeout: ms, leaseMs: LEASE, orphanMs: ORPHAN });
}
