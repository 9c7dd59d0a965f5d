/** Sessions in Redis, for Node. Takes a client of ioredis or node-redis, or any other by a small port. */
export type { DedicatedRedis, RedisCommand, RedisMulti, RedisPort } from './sessions/redis/port.ts';
export {
  type IoredisClient,
  type NodeRedisClient,
  type RedisClient,
  type RedisSessionsOptions,
  redisSessions,
} from './sessions/redis/redis-sessions.ts';
export type * from './sessions/store.ts';
