/** Redis stores over either client, each with keys of its own, and time that passes for a store at once. */
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { afterEach } from 'vitest';
import { portOf } from '../../../src/sessions/redis/adapt.ts';
import type { RedisClient } from '../../../src/sessions/redis/redis-sessions.ts';
import { RedisStore, type RedisStoreSettings } from '../../../src/sessions/redis/redis-store.ts';
import { systemClock } from '../../../src/time/clock.ts';
import { redisServer } from './redis-server.ts';
import type { Server } from './server.ts';

/** What the store demands of a server. */
export const durable = ['--appendonly', 'yes', '--appendfsync', 'always'];

export const durableRedis = (more: readonly string[] = []): Promise<Server> =>
  redisServer({ args: [...durable, ...more] });

export interface Dialled {
  readonly client: RedisClient;
  command(...words: string[]): Promise<unknown>;
}

const dialled: (() => void)[] = [];
afterEach(() => {
  for (const close of dialled.splice(0)) close();
});

export type Library = 'ioredis' | 'node-redis';
export const libraries: readonly Library[] = ['ioredis', 'node-redis'];

/** A client that reconnects at once and for ever, as a server would have it. Ended after the test. */
export async function dial(library: Library, port: number, more: object = {}): Promise<Dialled> {
  return library === 'ioredis' ? dialIoredis(port, more) : dialNodeRedis(port, more);
}

async function dialIoredis(port: number, more: object): Promise<Dialled> {
  const client = new Redis({ port, lazyConnect: true, retryStrategy: () => 20, ...more });
  client.on('error', () => {});
  dialled.push(() => client.disconnect());
  await client.connect();
  return { client, command: (name = '', ...args) => client.call(name, ...args) };
}

async function dialNodeRedis(port: number, more: object): Promise<Dialled> {
  const client = createClient({ socket: { port, host: '127.0.0.1', reconnectStrategy: () => 20 }, ...more });
  client.on('error', () => {});
  dialled.push(() => client.destroy());
  await client.connect();
  return { client, command: (...words) => client.sendCommand(words) };
}

let stores = 0;
const settings = (): RedisStoreSettings => ({
  prefix: `test${++stores}:`,
  unsafe: false,
  timeout: 5000,
  leaseMs: 2000,
  orphanMs: 60_000,
});

export interface RedisWorld {
  readonly store: RedisStore;
  readonly settings: RedisStoreSettings;
  pass(ms: number): Promise<void>;
  join(process: string): Promise<void>;
}

/** A store that the processes share, of which `p1` has joined. */
export async function redisWorld(
  { client, command }: Dialled,
  more: Partial<RedisStoreSettings> = {},
): Promise<RedisWorld> {
  const all = { ...settings(), ...more };
  const store = new RedisStore(portOf(client), all);
  const join = (process: string) => store.begin({ process, clock: systemClock });
  const pass = async (ms: number) => {
    await command('EVAL', PASS, '0', all.prefix, String(ms));
  };
  await join('p1');
  return { store, settings: all, pass, join };
}

/** Moves all times that a store has noted into the past. */
const PASS = `
local P, ms = ARGV[1], tonumber(ARGV[2])
for _, key in ipairs(redis.call('KEYS', P .. '{*}')) do
  local at = redis.call('HGET', key, 'detachedAt')
  if at then redis.call('HINCRBY', key, 'detachedAt', -ms) end
end
local zsets = redis.call('KEYS', P .. 'identity:*')
zsets[#zsets + 1] = P .. 'sessions'
zsets[#zsets + 1] = P .. 'leases'
for _, key in ipairs(zsets) do
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', key, '-inf', '(+inf')) do
    redis.call('ZINCRBY', key, -ms, member)
  end
end`;
