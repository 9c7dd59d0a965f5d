/** The messages to a Redis server and from it, as users see it. */

/**
 * A command and its arguments, such as `['SET', 'key', 'value']`. Numbers are sent as their decimal text. Not copied: it
 * must stay as it is until its reply has come.
 */
export type RedisCommand = readonly [name: string, ...args: readonly RedisArgument[]];

/** An argument of a command; numbers are sent as their decimal text. */
export type RedisArgument = string | Uint8Array | number | bigint;

/** A command, or several that are sent as one piece, with nothing between them: a pipeline, or a transaction. */
export type RedisRequest = RedisCommand | readonly RedisCommand[];

/** A string of the server: text by default, bytes with the option `bulk: 'bytes'`. */
type Bulk = string | Uint8Array;

/**
 * A value of RESP. Null is `null`, a double a number, an integer beyond `Number.MAX_SAFE_INTEGER` and a big number a
 * `bigint`, a map a `Map` in the server's order, a set an array. RESP2 has no maps: a hash is a flat array there.
 * An error inside of a reply, as one of the results of EXEC, is a `RedisError`.
 */
export type RedisValue<B extends Bulk = string> =
  | B
  | string
  | number
  | bigint
  | boolean
  | null
  | RedisError
  | readonly RedisValue<B>[]
  | ReadonlyMap<RedisValue<B>, RedisValue<B>>;

/** An error as a value: what the server wrote after the `-`. */
export class RedisError {
  /** The first word, such as `ERR` or `WRONGTYPE`. */
  readonly code: string;
  /** The whole text, the code included. */
  readonly message: string;

  constructor(message: string) {
    this.message = message;
    this.code = /^\S*/.exec(message)?.[0] ?? '';
  }
}

/** The messages that a connection receives. */
export type RedisMessage<B extends Bulk = string> =
  | RedisReply<B>
  | RedisFailure
  | RedisRedirect
  | RedisPublication<B>
  | RedisSubscription
  | RedisPush<B>;

/** The reply to a command. Replies come in the order in which the commands left. */
export interface RedisReply<B extends Bulk = string> {
  readonly kind: 'reply';
  /** The very array that was sent, so that `===` finds it. */
  readonly command: RedisCommand;
  readonly value: RedisValue<B>;
}

/** The error that a command was answered with. */
export interface RedisFailure {
  readonly kind: 'error';
  readonly command: RedisCommand;
  /** The first word of the text, such as `ERR`, `WRONGTYPE` or `READONLY`. */
  readonly code: string;
  /** The whole text, the code included. */
  readonly message: string;
}

/** A node of a cluster does not serve this key. It is not followed. */
export interface RedisRedirect {
  readonly kind: 'redirect';
  readonly command: RedisCommand;
  /** `moved`: for good. `ask`: this once, after ASKING. */
  readonly how: 'moved' | 'ask';
  /** A slot from 0 to 16383. */
  readonly slot: number;
  /** The host of the URL where the server names none. */
  readonly host: string;
  readonly port: number;
}

/** A message of a subscribed channel, in RESP2 and RESP3 alike. */
export interface RedisPublication<B extends Bulk = string> {
  readonly kind: 'message';
  readonly channel: string;
  /** The pattern of PSUBSCRIBE that fits the channel. */
  readonly pattern?: string;
  readonly message: B;
}

/** The server confirms a change of the subscriptions of this connection, one channel at a time. */
export interface RedisSubscription {
  readonly kind: 'subscription';
  readonly change: SubscriptionChange;
  /** The channel or pattern; `null` where there was none to leave. */
  readonly channel: string | null;
  /** Channels and patterns that this connection has now; shard channels are counted apart. */
  readonly count: number;
}

/** The confirmation of a subscription or its end. */
export type SubscriptionChange =
  | 'subscribe'
  | 'psubscribe'
  | 'ssubscribe'
  | 'unsubscribe'
  | 'punsubscribe'
  | 'sunsubscribe';

/** The messages that the server sends unasked, such as `invalidate` with the keys that client tracking found changed; `null`: all keys. */
export interface RedisPush<B extends Bulk = string> {
  readonly kind: 'push';
  readonly type: string;
  readonly values: readonly RedisValue<B>[];
}

/** The facts that the handshake learnt: `connection.agreed`. */
export interface RedisInfo {
  /** Such as `redis` or `valkey`. */
  readonly server: string;
  /** Such as `7.0.15`; empty when a server before Redis 6 does not tell. */
  readonly version: string;
  readonly resp: 2 | 3;
  /** `standalone`, `sentinel` or `cluster`; empty when not told. */
  readonly mode: string;
  /** `master` or `replica`; empty when not told. */
  readonly role: string;
  /** The id of this connection in `CLIENT LIST`, where the server tells it. */
  readonly id?: number;
}
