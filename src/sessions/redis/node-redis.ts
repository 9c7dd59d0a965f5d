/** node-redis 4 and later as a `RedisPort`. */
import type { DedicatedRedis, RedisCommand, RedisMulti, RedisPort } from './port.ts';

/** The part of its class that is used. */
interface NodeRedis {
  readonly options?: { readonly socket?: object; readonly keyPrefix?: string };
  sendCommand(args: readonly (string | Buffer)[], options: object): Promise<unknown>;
  duplicate(options: object): NodeRedis;
  on(event: 'error', listener: () => void): unknown;
  connect(): Promise<unknown>;
  /** Versions from 5 on. */
  destroy?(): void;
  /** Up to 4. */
  disconnect?(): Promise<void>;
  multi(): Chain;
}

interface Chain {
  addCommand(args: readonly string[]): unknown;
  exec(): Promise<unknown>;
}

/** The errors of a transaction, known by their shape, as no class is imported. */
interface ChainError extends Error {
  readonly replies?: readonly unknown[];
}

/** Bulk strings as bytes: the option of version 4, and that of later ones, by the byte of the type. */
const asBytes = { returnBuffers: true, typeMapping: { 36: Buffer } };

export function nodeRedisPort(client: object): RedisPort {
  const redis = client as NodeRedis;
  return {
    keyPrefix: redis.options?.keyPrefix ?? '',
    command: (command) => send(redis, command),
    async dedicated() {
      // Ends with its socket: a connection that is opened anew watches nothing.
      const socket = { ...redis.options?.socket, reconnectStrategy: false };
      const own = redis.duplicate({ socket, disableOfflineQueue: true });
      // Commands reject with it.
      own.on('error', () => {});
      await own.connect();
      return dedicatedOf(own);
    },
  };
}

function dedicatedOf(own: NodeRedis): DedicatedRedis {
  return {
    command: (command) => send(own, command),
    watch: (key) => send(own, ['WATCH', key]),
    multi: () => multiOf(own.multi()),
    close: () => close(own),
  };
}

function multiOf(chain: Chain): RedisMulti {
  const exec = chain.exec.bind(chain);
  return {
    transaction: chain,
    hset: (...args) => void chain.addCommand(['HSET', ...args]),
    exec: () => exec().then(() => true, outcomeOf),
  };
}

function outcomeOf(error: ChainError): boolean | Error {
  if (error.message.includes('watched keys')) return false;
  const failed = error.replies?.find((reply) => reply instanceof Error);
  if (failed instanceof Error) return failed;
  throw error;
}

/** A socket that has ended is no client any more, which `destroy` says by an exception. */
function close(own: NodeRedis): void {
  if (own.destroy === undefined) return void own.disconnect?.().catch(() => {});
  try {
    own.destroy();
  } catch {
    // The client has ended by itself.
  }
}

function send(client: NodeRedis, command: RedisCommand): Promise<unknown> {
  return client.sendCommand(
    command.map((each) => (typeof each === 'string' ? each : Buffer.from(each))),
    asBytes,
  );
}
