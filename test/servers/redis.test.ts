/** The redis protocol against redis-server. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { Connection } from '../../src/actors/supervisor/handle.ts';
import type { ConnectSpec } from '../../src/actors/supervisor/options.ts';
import type {
  RedisCommand,
  RedisInfo,
  RedisMessage,
  RedisRequest,
} from '../../src/protocols/redis/messages.ts';
import { type RedisOptions, redis } from '../../src/protocols/redis/redis.ts';
import { tls } from '../../src/transport/tls.ts';
import { dataFolder, freePort } from './support/folders.ts';
import { describeWith } from './support/installed.ts';
import { redisServer } from './support/redis-server.ts';
import { scenario } from './support/scenario.ts';
import type { Server } from './support/server.ts';
import { type Watched, watched } from './support/watched.ts';

type RedisConnection = Connection<RedisMessage, RedisRequest, RedisInfo>;

const login = { username: 'default', password: 'secret' };

for (const resp of [3, 2] as const) {
  scenario<RedisMessage, RedisRequest>({
    name: `redis in RESP${resp}`,
    programs: ['redis-server'],
    start: () => redisServer({ password: login.password }),
    connect: (server) => ({
      url: `redis://${server.address}`,
      protocol: redis({ resp }),
      credentials: { handshake: login },
    }),
    wrong: { handshake: { ...login, password: 'wrong' } },
    business: async (connection) =>
      expect(await answer(connection as RedisConnection, ['ECHO', 'hi'])).toMatchObject({ value: 'hi' }),
    stopped: ['going-away'],
  });
}

describeWith(['redis-server'], 'redis-server', () => {
  const supervised: Watched[] = [];
  afterEach(async () => {
    await Promise.all(supervised.splice(0).map(({ supervisor }) => supervisor.stop()));
  });

  function dial(
    server: Server,
    options: RedisOptions & { readonly bulk?: 'text' } = {},
    more: Partial<ConnectSpec> = {},
  ) {
    const seen = watched({}, () => server.log());
    supervised.push(seen);
    const spec = { id: 'redis', url: `redis://${server.address}`, protocol: redis(options) };
    const connection: RedisConnection = seen.supervisor.connect({ ...spec, ...(more as object) });
    return { connection, sights: seen.sights };
  }

  test('redis: user and password of the URL log in, and connection.agreed tells what the server is', async () => {
    const server = await redisServer({ password: 'secret' });
    const url = `redis://default:secret@${server.address}/5`;
    const { connection, sights } = dial(server, { clientName: 'feed' }, { url });
    await sights.within(connection.ready(), 'ready');
    expect(connection.agreed).toMatchObject({ server: 'redis', resp: 3, mode: 'standalone', role: 'master' });
    expect(connection.agreed?.version).toMatch(/^\d+\.\d+\.\d+$/);
    const info = await answer(connection, ['CLIENT', 'INFO']);
    expect(info).toMatchObject({ value: expect.stringMatching(/name=feed .*db=5 .*user=default/) });
  });

  test('redis: rediss: is TLS', async () => {
    const fixture = (name: string) => readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8');
    const folder = dataFolder();
    for (const name of ['localhost.crt', 'localhost.key']) writeFileSync(join(folder, name), fixture(name));
    const port = await freePort();
    const files = ['--tls-cert-file', 'localhost.crt', '--tls-key-file', 'localhost.key'];
    const paths = files.map((word) => (word.startsWith('--') ? word : join(folder, word)));
    const server = await redisServer({
      args: ['--tls-port', String(port), '--tls-auth-clients', 'no', ...paths],
    });
    const transport = tls({ ca: fixture('localhost.crt') });
    const { connection, sights } = dial(server, {}, { url: `rediss://localhost:${port}/1`, transport });
    await sights.within(connection.ready(), 'ready');
    expect(await answer(connection, ['ECHO', 'hi'])).toMatchObject({ value: 'hi' });
  });

  test('redis: without credentials a server with a password is unauthorized after one attempt', async () => {
    const server = await redisServer({ password: 'secret' });
    const { connection, sights } = dial(server);
    expect(await sights.within(connection.closed, 'the end')).toMatchObject({
      reason: 'unauthorized',
      code: 'NOAUTH',
    });
    expect(connection.incarnation).toBe(1);
  });

  // 8 s of loading are 27 dials here, 300 ms apart. The default policy makes about 7 in the first 60 s.
  test('redis: while the data set is loaded for 8 s it is dialled again as going-away, and alive at the end', async () => {
    const server = await redisServer();
    const { connection, sights } = dial(server);
    await sights.within(connection.ready(), 'ready');
    await answer(connection, ['DEBUG', 'POPULATE', 2000]);
    await answer(connection, ['SAVE']);
    await server.stop();
    const slowly = ['--key-load-delay', '4000', '--loading-process-events-interval-bytes', '1024'];
    const from = performance.now();
    await server.start({ args: slowly, ready: /Server initialized/ });
    await sights.within(connection.ready(), 'ready after loading', 30_000);
    expect(performance.now() - from).toBeGreaterThan(7000);
    expect(sights.exits.filter((reason) => reason === 'going-away').length).toBeGreaterThan(5);
    expect(sights.exits.filter((reason) => !/going-away|refused/.test(reason))).toEqual([]);
    expect(await answer(connection, ['DBSIZE'])).toMatchObject({ value: 2000 });
  });

  // `BLPOP queue 3` with a verdict after 1.5 s is the `BLPOP queue 40` of the default policy, whose verdict comes after 20 s.
  test.each<[string, number, RedisCommand]>([
    ['BLPOP', 3, ['BLPOP', 'queue', 3]],
    ['XREAD BLOCK', 2, ['XREAD', 'BLOCK', 2000, 'STREAMS', 'stream', '$']],
    ['WAIT', 2, ['WAIT', 1, 2000]],
  ])(
    'redis: %s of %d s is waited for without a suspicion, with a verdict after 1.5 s',
    async (_, s, command) => {
      const server = await redisServer();
      const { connection, sights } = dial(server);
      await sights.within(connection.ready(), 'ready');
      const from = performance.now();
      const reply = await answer(connection, command);
      expect(reply.kind).toBe('reply');
      expect(performance.now() - from).toBeGreaterThan(s * 1000 - 100);
      expect([connection.incarnation, sights.entered('suspect')]).toEqual([1, 0]);
      await sights.heartbeats(2);
    },
  );

  test('redis: a server that freezes during BLPOP of 1 s is condemned after that second', async () => {
    const server = await redisServer();
    const { connection, sights } = dial(server);
    await sights.within(connection.ready(), 'ready');
    void connection.send(['BLPOP', 'queue', 1]);
    const from = performance.now();
    server.freeze();
    await sights.sees('the verdict', () => sights.exits.length > 0);
    server.thaw();
    const took = performance.now() - from;
    expect(sights.exits).toEqual(['heartbeat-timeout']);
    expect(took).toBeGreaterThan(1900);
    expect(took).toBeLessThan(3500);
  });

  test.each([2, 3] as const)(
    'redis: subscriptions of setup come back with each incarnation in RESP%d',
    async (resp) => {
      const server = await redisServer();
      const { connection, sights } = dial(server, {
        resp,
        setup: [
          ['SUBSCRIBE', 'news'],
          ['PSUBSCRIBE', 'n*'],
        ],
      });
      const publisher = dial(server).connection;
      for (const round of ['one', 'two']) {
        await sights.within(Promise.all([connection.ready(), publisher.ready()]), 'ready');
        const heard = heardBy(connection, ({ kind }) => kind === 'message', 2);
        await answer(publisher, ['PUBLISH', 'news', round]);
        expect(await sights.within(heard, 'the publication')).toEqual([
          { kind: 'message', channel: 'news', message: round },
          { kind: 'message', channel: 'news', pattern: 'n*', message: round },
        ]);
        await sights.heartbeats(2);
        expect(sights.entered('suspect')).toBe(0);
        if (round === 'two') return;
        await server.stop();
        await server.start();
      }
    },
  );

  test('redis: tracking tells of keys that others change', async () => {
    const server = await redisServer();
    const { connection, sights } = dial(server, { setup: [['CLIENT', 'TRACKING', 'ON']] });
    const other = dial(server).connection;
    await sights.within(Promise.all([connection.ready(), other.ready()]), 'ready');
    await answer(connection, ['GET', 'price']);
    const push = heardBy(connection, ({ kind }) => kind === 'push', 1);
    await answer(other, ['SET', 'price', 2]);
    expect(await sights.within(push, 'the push')).toEqual([
      { kind: 'push', type: 'invalidate', values: [['price']] },
    ]);
  });

  test('redis: a replica that answers READONLY is left for the next endpoint', async () => {
    const master = await redisServer();
    const replica = await redisServer({ args: ['--replicaof', '127.0.0.1', String(master.port)] });
    const url = [replica, master].map((server) => `redis://${server.address}`);
    const { connection, sights } = dial(
      replica,
      {},
      { url: url as never, endpoints: { returnToFirst: false } },
    );
    await sights.within(connection.ready(), 'ready');
    expect(connection.agreed?.role).toBe('replica');
    expect(await answer(connection, ['SET', 'a', 1])).toMatchObject({ kind: 'error', code: 'READONLY' });
    await sights.sees('its exit', () => sights.exits.length > 0);
    await sights.within(connection.ready(), 'ready at the next endpoint');
    expect(connection.agreed?.role).toBe('master');
    expect(await answer(connection, ['SET', 'a', 1])).toMatchObject({ value: 'OK' });
    expect(sights.exits).toEqual(['going-away']);
  });

  test('redis: too many clients are going-away, and the last one is alive when there is room', async () => {
    const server = await redisServer({ args: ['--maxclients', '1'] });
    const first = dial(server);
    await first.sights.within(first.connection.ready(), 'ready');
    const second = dial(server);
    await second.sights.sees('a refusal', () => second.sights.exits.length > 1);
    expect(new Set(second.sights.exits)).toEqual(new Set(['going-away']));
    await first.connection.close();
    await second.sights.within(second.connection.ready(), 'ready with room');
  });

  test('redis: 2,000 replies match their commands, between heartbeats and 8 MB of values', async () => {
    const server = await redisServer();
    const { connection, sights } = dial(server, {}, { outbox: { messages: 5000 } });
    await sights.within(connection.ready(), 'ready');
    const replies: RedisMessage[] = [];
    const subscription = connection.messages$.subscribe((message) => void replies.push(message));
    const big = 'x'.repeat(400_000);
    const commands = Array.from(
      { length: 2000 },
      (_, i): RedisCommand => ['ECHO', i % 100 === 0 ? big + i : i],
    );
    for (const [at, command] of commands.entries()) {
      void connection.send(command);
      if (at % 50 === 0) void connection.probe();
    }
    await sights.within(answer(connection, ['PING']), 'the last reply');
    subscription.unsubscribe();
    const values = replies.slice(0, 2000).map((reply) => reply.kind === 'reply' && reply.value);
    expect(values).toEqual(commands.map(([, text]) => String(text)));
    expect(connection.incarnation).toBe(1);
  });
});

/** Sends a command, and resolves with its reply. */
async function answer(connection: RedisConnection, command: RedisCommand): Promise<RedisMessage> {
  const heard = heardBy(connection, (message) => 'command' in message && message.command === command, 1);
  await connection.send(command);
  return (await heard)[0] as RedisMessage;
}

/** Resolves with the next messages that fit. */
function heardBy(
  connection: RedisConnection,
  fits: (message: RedisMessage) => boolean,
  count: number,
): Promise<RedisMessage[]> {
  return new Promise((resolve) => {
    const heard: RedisMessage[] = [];
    const subscription = connection.messages$.subscribe((message) => {
      if (!fits(message) || heard.push(message) < count) return;
      subscription.unsubscribe();
      resolve(heard);
    });
  });
}
