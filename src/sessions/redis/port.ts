/** The port between the store and a client of Redis. Adapters make it of ioredis and node-redis; other clients bring their own. */

/** A command and its arguments. Text is UTF-8. */
export type RedisCommand = readonly (string | Uint8Array)[];

/** A client of Redis, as the store uses it. */
export interface RedisPort {
  /**
   * Sends one command, with its keys as they are. Resolves with the reply: integers as numbers, lists as arrays, bulk strings as bytes. Rejects
   * with an error whose message is that of the server, such as `NOSCRIPT No matching script`, or with any other error when there was no reply.
   */
  command(command: RedisCommand): Promise<unknown>;
  /** Opens a connection of its own, for transactions. It must not reconnect by itself: what it watches would be forgotten. */
  dedicated(): Promise<DedicatedRedis>;
  /** Comes before the store's prefix: that of the client's own keys. Default: nothing. */
  readonly keyPrefix?: string;
}

/** A connection that one transaction uses at a time. */
export interface DedicatedRedis {
  /** As `command` of `RedisPort`. */
  command(command: RedisCommand): Promise<unknown>;
  /** Sends WATCH, with the key as it is. */
  watch(key: string): Promise<unknown>;
  /** Begins to gather commands. */
  multi(): RedisMulti;
  /** Ends the connection at once, also in the middle of a transaction. */
  close(): void;
}

/** Commands that run together, or not at all. */
export interface RedisMulti {
  /** Handed to the callback of `session.handled`: what `multi()` of the client returns. */
  readonly transaction: object;
  /** Adds HSET, with the key as it is. */
  hset(key: string, ...fields: readonly string[]): void;
  /**
   * Sends MULTI, the commands and EXEC. Resolves with `false` when a watched key has changed, with `true` when all commands ran, and with the
   * error of the first that failed, which undoes none of the others. Rejects when it is not known, or when EXEC was refused.
   */
  exec(): Promise<boolean | Error>;
}
