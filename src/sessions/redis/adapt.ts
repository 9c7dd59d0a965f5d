/** Tells clients of Redis apart by their shape: none of them is imported. */
import { badConfig } from '../../base/errors.ts';
import { ioredisPort } from './ioredis.ts';
import { nodeRedisPort } from './node-redis.ts';
import type { RedisPort } from './port.ts';

type Shape = Readonly<Record<string, unknown>>;

const EXPECTED = 'a client of ioredis or node-redis for one server, or a `RedisPort`';

/** Throws `ConfigError` for what is none, and for clients of a cluster: the keys of a script would be in several slots. */
export function portOf(client: unknown): RedisPort {
  if (typeof client !== 'object' || client === null) throw badConfig('client', client, EXPECTED);
  const shape = client as Shape;
  if (isCluster(shape)) throw badConfig('client', 'a cluster', EXPECTED);
  if (has(shape, 'command', 'dedicated')) return client as RedisPort;
  if (has(shape, 'callBuffer', 'duplicate', 'multi')) return ioredisPort(client);
  if (has(shape, 'sendCommand', 'duplicate', 'multi') && !has(shape, 'getMasterNode'))
    return nodeRedisPort(client);
  throw badConfig('client', client, EXPECTED);
}

function has(shape: Shape, ...methods: readonly string[]): boolean {
  return methods.every((method) => typeof shape[method] === 'function');
}

function isCluster(shape: Shape): boolean {
  return shape.isCluster === true || Array.isArray(shape.masters);
}
