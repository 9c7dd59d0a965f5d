/** ioredis as a `RedisPort`. */
import type { DedicatedRedis, RedisCommand, RedisMulti, RedisPort } from './port.ts';

/** The part of its class that is used. */
interface Ioredis {
  readonly options?: { readonly keyPrefix?: string };
  callBuffer(command: string, ...args: Buffer[]): Promise<unknown>;
  duplicate(options: object): Ioredis;
  on(event: 'error', listener: () => void): unknown;
  connect(): Promise<void>;
  disconnect(): void;
  watch(key: string): Promise<unknown>;
  multi(): Pipeline;
}

interface Pipeline {
  hset(key: string, ...fields: readonly string[]): unknown;
  exec(): Promise<readonly (readonly [Error | null, unknown])[] | null>;
}

/** Ends with its socket: a connection that is opened anew watches nothing. */
const once = {
  lazyConnect: true,
  retryStrategy: null,
  reconnectOnError: null,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  enableAutoPipelining: false,
};

export function ioredisPort(client: object): RedisPort {
  const ioredis = client as Ioredis;
  return {
    keyPrefix: ioredis.options?.keyPrefix ?? '',
    command: (command) => send(ioredis, command),
    async dedicated() {
      const own = ioredis.duplicate(once);
      // Commands reject with it.
      own.on('error', () => {});
      await own.connect();
      return dedicatedOf(own);
    },
  };
}

function dedicatedOf(own: Ioredis): DedicatedRedis {
  const bare = bareIn(own);
  return {
    command: (command) => send(own, command),
    watch: (key) => own.watch(bare(key)),
    multi: () => multiOf(own.multi(), bare),
    close: () => own.disconnect(),
  };
}

function multiOf(pipeline: Pipeline, bare: (key: string) => string): RedisMulti {
  const exec = pipeline.exec.bind(pipeline);
  return {
    transaction: pipeline,
    hset: (key, ...fields) => void pipeline.hset(bare(key), ...fields),
    async exec() {
      const replies = await exec();
      if (replies === null) return false;
      return replies.find(([error]) => error !== null)?.[0] ?? true;
    },
  };
}

/** The client puts its prefix before keys that it recognises; those of scripts that declare none are as they are. */
function bareIn({ options }: Ioredis): (key: string) => string {
  return (key) => key.slice((options?.keyPrefix ?? '').length);
}

function send(client: Ioredis, [name = '', ...args]: RedisCommand): Promise<unknown> {
  return client.callBuffer(String(name), ...args.map((each) => Buffer.from(each as Uint8Array)));
}
