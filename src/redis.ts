/** The protocol of Redis, over TCP and TLS. */
export {
  type RedisArgument,
  type RedisCommand,
  RedisError,
  type RedisFailure,
  type RedisInfo,
  type RedisMessage,
  type RedisPublication,
  type RedisPush,
  type RedisRedirect,
  type RedisReply,
  type RedisRequest,
  type RedisSubscription,
  type RedisValue,
  type SubscriptionChange,
} from './protocols/redis/messages.ts';
export { type RedisOptions, redis } from './protocols/redis/redis.ts';
