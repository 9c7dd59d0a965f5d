/** When a message is handled, what a full window holds back, and when acks leave. */
import { describe, expect, test } from 'vitest';
import { control } from '../../src/sessions/wire.ts';
import { Raw, welcome } from './raw.ts';
import { dial, sessionWorld, textOf } from './world.ts';

/** A client whose server a test plays. */
async function played(
  options: Parameters<typeof dial>[1] = {},
  spec: Parameters<typeof dial>[2] = { consume: false },
) {
  const world = sessionWorld();
  const client = world.client();
  let raw: Raw | undefined;
  world.network.serve('server', (peer) => {
    const first = raw === undefined;
    raw = new Raw(peer);
    const { onData } = peer;
    const own = raw;
    peer.onData = (chunk) => {
      const before = own.of('hello').length;
      onData?.(chunk);
      const resumed = first ? {} : { epoch: 2, resumed: true, ...counts };
      if (own.of('hello').length > before) own.write(control('welcome', { ...welcome, ...resumed }));
    };
  });
  const counts = { received: 0, handled: 0, acked: 0 };
  const { connection } = dial(client, options, spec);
  await world.clock.run(50);
  const server = () => raw as Raw;
  const acks = () =>
    server()
      .of('ack')
      .map(({ handled }) => handled);
  const wait = (ms: number) =>
    new Promise<void>((resolve) => world.clock.scheduler.schedule(() => resolve(), ms));
  return { ...world, client, connection, server, acks, wait, counts };
}

describe('handled', () => {
  test('without a consumer nothing is: the messages wait for one', async () => {
    const { clock, connection, server, acks } = await played();
    for (const text of ['a', 'b']) server().message(text);
    await clock.run(5000);
    expect(acks()).toEqual([0]);
    const seen: unknown[] = [];
    connection.messages$.subscribe((message) => seen.push(message));
    expect(seen).toEqual(['a', 'b']);
    await clock.run(300);
    expect(acks()).toEqual([0, 2]);
  });

  test('when the promise of the callback has settled, one at a time', async () => {
    const begun: string[] = [];
    let world: Awaited<ReturnType<typeof played>> | undefined;
    world = await played(
      {},
      {
        onMessage(message) {
          begun.push(textOf(message));
          return world?.wait(1000);
        },
      },
    );
    for (const text of ['a', 'b']) world.server().message(text);
    await world.clock.run(500);
    expect(begun).toEqual(['a']);
    expect(world.acks()).toEqual([0]);
    await world.clock.run(800);
    expect(begun).toEqual(['a', 'b']);
    expect(world.acks()).toEqual([0, 1]);
  });

  test('a rejection is reported, and counts', async () => {
    const world = await played({}, { onMessage: () => Promise.reject(new Error('no')) });
    world.server().message('a');
    await world.clock.run(500);
    expect(world.client.reported).toEqual([new Error('no')]);
    expect(world.acks()).toEqual([0, 1]);
  });

  test('with onFailure end the session ends instead, and the message is not handled', async () => {
    const world = await played(
      { onFailure: 'end' },
      {
        onMessage() {
          throw new Error('no');
        },
      },
    );
    for (const text of ['a', 'b']) world.server().message(text);
    await world.clock.run(500);
    expect(world.client.reported).toEqual([new Error('no')]);
    expect(world.server().of('bye')).toMatchObject([{ bye: { handled: 0 } }]);
  });

  test('with onFailure end a reconnect() before the goodbye is answered begins another session', async () => {
    const world = await played(
      { onFailure: 'end' },
      {
        onMessage() {
          throw new Error('no');
        },
      },
    );
    const before = world.server();
    before.message('a');
    await world.clock.run(10);
    world.connection.reconnect();
    await world.clock.run(10_000);
    expect(before.of('bye')).toHaveLength(1);
    expect(world.server().of('hello')).toMatchObject([{ hello: { epoch: 0 } }]);
  });

  test('a reconnect() before the goodbye of close() is answered begins another session', async () => {
    const world = await played();
    const before = world.server();
    void world.connection.close();
    await world.clock.run(10);
    world.connection.reconnect();
    await world.clock.run(10_000);
    expect(before.of('bye')).toHaveLength(1);
    expect(world.server().of('hello')).toMatchObject([{ hello: { epoch: 0 } }]);
  });

  test('a loop has handled a message when it asks for the next one', async () => {
    const world = await played();
    const seen: unknown[] = [];
    void (async () => {
      for await (const message of world.connection) {
        seen.push(message);
        await world.wait(1000);
        if (seen.length === 2) break;
      }
    })();
    for (const text of ['a', 'b', 'c']) world.server().message(text);
    await world.clock.run(900);
    expect([seen, world.acks()]).toEqual([['a'], [0]]);
    await world.clock.run(500);
    expect([seen, world.acks()]).toEqual([
      ['a', 'b'],
      [0, 1],
    ]);
    await world.clock.run(1000);
    expect([seen, world.acks()]).toEqual([
      ['a', 'b'],
      [0, 1, 2],
    ]);
    const rest: unknown[] = [];
    world.connection.messages$.subscribe((message) => rest.push(message));
    expect(rest).toEqual(['c']);
  });

  test('each consumer that is present counts', async () => {
    const world = await played();
    const seen: string[] = [];
    const loop = (name: string, ms: number) =>
      void (async () => {
        for await (const message of world.connection.messages()) {
          seen.push(`${name} ${message}`);
          await world.wait(ms);
        }
      })();
    loop('fast', 10);
    loop('slow', 2000);
    world.connection.messages$.subscribe((message) => seen.push(`subscriber ${message}`));
    await world.clock.run(1);
    for (const text of ['a', 'b']) world.server().message(text);
    await world.clock.run(1000);
    expect(seen.toSorted()).toEqual(['fast a', 'slow a', 'subscriber a']);
    await world.clock.run(1500);
    expect(seen).toHaveLength(6);
    expect(world.acks()).toEqual([0, 1]);
  });

  test('a socket that is lost drops nothing of the queue', async () => {
    const world = await played();
    for (const text of ['a', 'b']) world.server().message(text);
    await world.clock.run(10);
    Object.assign(world.counts, { acked: 0 });
    world.server().peer.reset();
    await world.clock.run(3000);
    const seen: unknown[] = [];
    world.connection.messages$.subscribe((message) => seen.push(message));
    expect(world.server().of('hello')).toMatchObject([{ hello: { received: 2, handled: 0 } }]);
    expect(seen).toEqual(['a', 'b']);
  });
});

describe('acks', () => {
  test('after 16 messages at once, the rest within 250 ms', async () => {
    const world = await played({}, {});
    for (let at = 0; at < 40; at++) world.server().message(`${at}`);
    await world.clock.run(10);
    const early = world.acks();
    expect(early.at(-1)).toBeGreaterThanOrEqual(32);
    await world.clock.run(250);
    expect(world.acks().at(-1)).toBe(40);
    await world.clock.run(5000);
    expect(world.acks().at(-1)).toBe(40);
    expect(world.acks().length).toBeLessThan(6);
  });

  test('after half of a small window, and after 64 KiB', async () => {
    const small = await played({ window: { messages: 4 } }, {});
    for (const text of ['a', 'b']) small.server().message(text);
    await small.clock.run(5);
    expect(small.acks()).toEqual([0, 2]);
    const large = await played({}, {});
    large.server().message(new Uint8Array(64 * 1024));
    await large.clock.run(5);
    expect(large.acks()).toEqual([0, 1]);
  });

  test('with a heartbeat', async () => {
    const world = await played({}, { heartbeat: { interval: '2s', condemnAfter: '100s' } });
    await world.clock.run(1900);
    for (let at = 0; at < 3 && world.acks().length < 2; at++) {
      world.server().message('a');
      await world.clock.run(100);
    }
    expect(world.acks().at(-1)).toBeGreaterThan(0);
  });

  test('a consumer that stops for a minute keeps heartbeats and acks alive', async () => {
    const world = sessionWorld();
    const server = await world.serve({ window: { messages: 8, bytes: 10_000 } });
    const client = world.client();
    let held = true;
    const seen: string[] = [];
    const { connection } = dial(
      client,
      { window: { messages: 8, bytes: 10_000 } },
      {
        async onMessage(message) {
          seen.push(textOf(message));
          while (held)
            await new Promise<void>((resolve) => world.clock.scheduler.schedule(() => resolve(), 500));
        },
      },
    );
    await world.clock.run(50);
    for (let at = 0; at < 30; at++) void server.sessions[0]?.send(`${at}`);
    const receipt = connection.send('up');
    await world.clock.run(60_000);
    expect(seen).toEqual(['0']);
    expect(await (await receipt).confirmed).toBe('confirmed');
    expect(connection.state).toBe('alive');
    held = false;
    await world.clock.run(5000);
    expect(seen).toHaveLength(30);
    expect(connection.incarnation).toBe(1);
    expect(server.events.filter(({ event }) => event === 'session-stuck')).toHaveLength(1);
  });
});

describe('windows', () => {
  test('a full window keeps messages in the outbox: they have no number, and can be withdrawn', async () => {
    const world = await played({ window: { messages: 2 } }, {});
    const { connection } = world;
    const abort = new AbortController();
    const receipts = ['a', 'b', 'c', 'd'].map((text) =>
      connection.send(text, text === 'c' ? { signal: abort.signal } : {}),
    );
    for (const receipt of receipts) receipt.catch(() => {});
    await world.clock.run(10);
    expect(world.server().texts).toEqual(['a', 'b']);
    expect(connection.buffered.messages).toBe(2);
    abort.abort();
    await expect(receipts[2]).rejects.toMatchObject({ outcome: 'never-sent' });
    world.server().ack(1);
    await world.clock.run(10);
    expect(world.server().texts).toEqual(['a', 'b', 'd']);
    expect(await receipts[3]).toMatchObject({ outcome: 'written', incarnation: 1 });
  });

  test('what is refused, and the order, are the same with options of `send` and without', async () => {
    const { connection, server, clock } = await played({}, { outbox: { bytes: 100 } });
    const sent = [connection.send('a'), connection.send('b', {}), connection.send('c')];
    for (const options of [undefined, {}]) {
      await expect(connection.send('x'.repeat(100), options)).rejects.toThrow('the outbox is full');
      await expect(connection.send(7 as never, options)).rejects.toMatchObject({ code: 'bad-message' });
    }
    await clock.run(10);
    expect(server().texts).toEqual(['a', 'b', 'c']);
    for (const receipt of sent) expect(await receipt).toMatchObject({ outcome: 'written', incarnation: 1 });
    void connection.close();
    for (const options of [undefined, {}])
      await expect(connection.send('late', options)).rejects.toMatchObject({ outcome: 'never-sent' });
  });

  test('counts bytes, but one message of any size may go', async () => {
    const world = await played({ window: { bytes: 100 } }, {});
    for (const size of [5000, 60, 60]) void world.connection.send('x'.repeat(size));
    await world.clock.run(10);
    expect(world.server().texts).toHaveLength(1);
    world.server().ack(1);
    await world.clock.run(10);
    expect(world.server().texts).toHaveLength(2);
    world.server().ack(2);
    await world.clock.run(10);
    expect(world.server().texts).toHaveLength(3);
  });

  test('is the smaller of both sides', async () => {
    const world = sessionWorld();
    const server = await world.serve({
      window: { messages: 3 },
      onSession: (opened) => server.sessions.push(opened),
    });
    const { connection } = dial(world.client(), { window: { messages: 50 } });
    for (let at = 0; at < 10; at++) void connection.send(`${at}`);
    await world.clock.run(1000);
    expect(connection.buffered.messages).toBe(7);
  });

  test('both sides await `send` in their handlers, with full windows, and go on', async () => {
    const world = sessionWorld();
    const window = { messages: 2, bytes: 100 };
    const server = await world.serve({
      window,
      onSession(session) {
        server.sessions.push(session);
        session.onMessage = async (message) => {
          server.handled.push(textOf(message));
          for (let at = 0; at < 3; at++) await session.send(`re ${message} ${at}`);
        };
      },
    });
    const seen: string[] = [];
    const { connection } = dial(
      world.client(),
      { window },
      {
        async onMessage(message) {
          seen.push(textOf(message));
          if (seen.length < 20) for (let at = 0; at < 2; at++) await connection.send(`${seen.length} ${at}`);
        },
      },
    );
    for (let at = 0; at < 10; at++) void connection.send(`first ${at}`);
    await world.clock.run(60_000);
    expect(server.handled.length).toBeGreaterThanOrEqual(10 + 2 * 19);
    expect(seen.length).toBe(3 * server.handled.length);
  });

  test('a window that is full for 30 s with both sides alive is an event, once', async () => {
    const world = await played({ window: { messages: 2 } }, {});
    for (const text of ['a', 'b', 'c']) void world.connection.send(text);
    const beats = () => world.server().beat();
    for (let at = 0; at < 25; at++) {
      beats();
      await world.clock.run(1000);
    }
    const stuck = () => world.client.events.filter(({ event }) => event === 'session-stuck');
    expect(stuck()).toEqual([]);
    for (let at = 0; at < 60; at++) {
      beats();
      await world.clock.run(1000);
    }
    expect(stuck()).toMatchObject([{ unacknowledged: 2, forMs: 30_000, session: '55555555' }]);
  });
});
