/** Several processes on one store: claims, leases, and what a process may still do with a session that another one has. */
import { describe, expect, test } from 'vitest';
import { badConfig } from '../../src/base/errors.ts';
import { framed } from '../../src/protocols/framed.ts';
import { session } from '../../src/sessions/both.ts';
import { MemoryStore } from '../../src/sessions/memory-store.ts';
import type { SessionStore, StoreProcess } from '../../src/sessions/store.ts';
import { answering, cutOff, losingReplies } from './faulty-stores.ts';
import { Raw } from './raw.ts';
import { dial, infoOf, type Server, sessionWorld, textOf } from './world.ts';

const url = ['memory://a', 'memory://b'] as never;

/** Two servers on one store, whose handlers take `ms`. */
async function two(ms: number, stores?: { readonly a: SessionStore; readonly b: SessionStore }) {
  const world = sessionWorld();
  const shared = new MemoryStore(2000);
  /** What each process began and ended, in the order of time. */
  const log: string[] = [];
  const serve = async (host: 'a' | 'b'): Promise<Server> => {
    const server = await world.serve({
      host,
      store: stores?.[host] ?? shared,
      onSession(session) {
        server.sessions.push(session);
        void session.closed.then((end) => server.closed.push(end));
        session.onMessage = async (message, { again }) => {
          log.push(`${host} begins ${textOf(message)}${again ? '!' : ''}`);
          await new Promise<void>((resolve) => world.clock.scheduler.schedule(() => resolve(), ms));
          log.push(`${host} ends ${textOf(message)}`);
        };
      },
    });
    return server;
  };
  const a = await serve('a');
  const b = await serve('b');
  const client = world.client();
  const { connection } = dial(client, {}, { url });
  await world.clock.run(50);
  return { ...world, a, b, log, client, connection };
}

/** No message is begun before the one before it has ended. */
function expectNoOverlap(log: readonly string[]): void {
  let open = '';
  for (const line of log) {
    if (line.includes('begins')) expect(open).toBe('');
    open = line.includes('begins') ? line : '';
  }
}

describe('a resume at another process', () => {
  test('waits for the message that is being handled, and gets those that were claimed and not begun', async () => {
    const { clock, connection, log, a, client, network } = await two(1000);
    for (const text of ['1', '2', '3']) void connection.send(text);
    await clock.run(100);
    network.host('a').links[0]?.reset();
    await clock.run(10_000);
    expect(log).toEqual(['a begins 1', 'a ends 1', 'b begins 2', 'b ends 2', 'b begins 3', 'b ends 3']);
    expect(a.closed).toEqual([{ reason: 'moved', acknowledged: 0, unacknowledged: 0 }]);
    await expect(a.sessions[0]?.send('late')).rejects.toMatchObject({ outcome: 'never-sent' });
    expect(infoOf(connection)).toMatchObject({ epoch: 2, unacknowledged: 0 });
    expect(client.events.filter(({ event }) => event === 'session-lost')).toEqual([]);
  });

  test('comes again later where a handler takes longer than 2 s: no message is begun meanwhile', async () => {
    const { clock, connection, log, network, client } = await two(5000);
    for (const text of ['1', '2']) void connection.send(text);
    await clock.run(100);
    network.host('a').links[0]?.reset();
    await clock.run(30_000);
    expectNoOverlap(log);
    expect(log.filter((line) => line.includes('begins')).map((line) => line.slice(9))).toEqual(['1', '2']);
    expect(infoOf(connection)).toMatchObject({ attached: true, unacknowledged: 0 });
    const waited = client.events.filter((event) => event.event === 'state' && event.reason === 'going-away');
    expect(waited.length).toBeGreaterThan(0);
  });

  test('keeps the flag of messages that were sent in a session before', async () => {
    const world = sessionWorld();
    const store = new MemoryStore(2000);
    await world.serve({ host: 'a', store });
    const b = await world.serve({ host: 'b', store });
    const first = new Raw(world.network.connect('a'));
    await world.clock.run(10);
    first.hello({ again: 2 });
    await world.clock.run(10);
    first.ack(0);
    await world.clock.run(10);
    const [opened] = first.of('welcome');
    const second = new Raw(world.network.connect('b'));
    await world.clock.run(10);
    second.hello({ session: opened?.welcome.session, epoch: 1, attempt: 2, again: 2 });
    await world.clock.run(3000);
    second.ack(0);
    for (const text of ['1', '2', '3']) second.message(text);
    await world.clock.run(1000);
    expect(b.handled).toEqual(['1!', '2!', '3']);
  });

  test('whose former process hears the first ack late: its application has a handle that begins nothing, and ends as moved', async () => {
    const world = sessionWorld();
    const store = new MemoryStore(2000);
    const a = await world.serve({ host: 'a', store });
    const b = await world.serve({ host: 'b', store });
    const first = new Raw(world.network.connect('a'));
    await world.clock.run(10);
    first.hello({});
    await world.clock.run(10);
    const [opened] = first.of('welcome');
    const second = new Raw(world.network.connect('b'));
    await world.clock.run(10);
    second.hello({ session: opened?.welcome.session, epoch: 1, attempt: 2 });
    await world.clock.run(10);
    second.ack(0);
    second.message('1');
    await world.clock.run(10);
    first.ack(0);
    first.message('1');
    await world.clock.run(10);
    second.message('2');
    await world.clock.run(1000);
    expect([a.sessions.length, b.sessions.length]).toEqual([1, 1]);
    expect([a.handled, b.handled]).toEqual([[], ['1', '2']]);
    expect(a.closed).toEqual([{ reason: 'moved', acknowledged: 0, unacknowledged: 0 }]);
    expect(b.closed).toEqual([]);
  });

  test('moves back and forth while handlers take 3 s: once, in order, no overlap', async () => {
    const { clock, connection, log, network } = await two(3000);
    for (let round = 0; round < 12; round++) {
      void connection.send(`${round}`);
      await clock.run(1000);
      for (const link of network.links) link.reset();
      await clock.run(1500);
    }
    await clock.run(120_000);
    expectNoOverlap(log);
    const begun = log.filter((line) => line.includes('begins'));
    expect(begun.map((line) => line.slice(9))).toEqual(Array.from({ length: 12 }, (_, round) => `${round}`));
  });
});

describe('a process that cannot reach the store any more', () => {
  test('hands out nothing after its lease, and another gets what it had claimed, flagged', async () => {
    const shared = new MemoryStore(2000);
    const state = { isCut: false };
    const a = cutOff(shared, () => state.isCut);
    const { clock, connection, log, network } = await two(500, { a, b: shared });
    for (let message = 0; message < 10; message++) void connection.send(`${message}`);
    await clock.run(700);
    state.isCut = true;
    network.host('a').down();
    await clock.run(20_000);
    const byA = log.filter((line) => line.startsWith('a begins'));
    const byB = log.filter((line) => line.startsWith('b begins'));
    const lastOfA = log.findLastIndex((line) => line.startsWith('a begins'));
    const firstOfB = log.findIndex((line) => line.startsWith('b begins'));
    expect(lastOfA).toBeLessThan(firstOfB);
    // Of what both began, the second time is flagged.
    const begunByA = new Set(byA.map((line) => line.slice(9)));
    for (const line of byB) {
      const number = line.slice(9).replace('!', '');
      if (begunByA.has(number)) expect(line).toContain('!');
    }
    expect(byB.at(-1)).toContain('b begins 9');
    const all = new Set([...byA, ...byB].map((line) => line.slice(9).replace('!', '')));
    expect(all.size).toBe(10);
  });

  test('an unreachable store is `unavailable`: no session is lost, and messages wait', async () => {
    const shared = new MemoryStore(2000);
    const state = { isCut: false };
    const a = cutOff(shared, () => state.isCut);
    const world = sessionWorld();
    const server = await world.serve({ store: a });
    const client = world.client();
    const { connection } = dial(client);
    await world.clock.run(100);
    const { id } = infoOf(connection);
    state.isCut = true;
    void connection.send('one');
    void server.sessions[0]?.send('a');
    await world.clock.run(2000);
    world.network.links[0]?.reset();
    await world.clock.run(8000);
    expect(server.handled).toEqual([]);
    expect(client.events.filter(({ event }) => event === 'session-lost')).toEqual([]);
    state.isCut = false;
    await world.clock.run(20_000);
    expect(server.handled).toEqual(['one']);
    expect(infoOf(connection)).toMatchObject({ id, attached: true, unacknowledged: 0 });
    expect(server.reported.length).toBeGreaterThan(0);
  });

  test('replies that are lost after the store has acted change nothing', async () => {
    const shared = new MemoryStore(2000);
    let calls = 0;
    const flaky = losingReplies(shared, () => ++calls % 3 === 0);
    const world = sessionWorld();
    const server = await world.serve({ store: flaky });
    const { connection, handled } = dial(world.client());
    await world.clock.run(5000);
    const expected = Array.from({ length: 60 }, (_, at) => `${at}`);
    for (const text of expected) {
      void connection.send(text);
      void server.sessions[0]?.send(text);
      if (Number(text) % 10 === 0) world.network.links[0]?.reset();
      await world.clock.run(500);
    }
    await world.clock.run(60_000);
    expect(server.handled).toEqual(expected);
    expect(handled).toEqual(expected);
  });

  test('a store that has forgotten writes is a gap on both sides', async () => {
    const world = sessionWorld();
    const shared = new MemoryStore(2000);
    const server = await world.serve({ store: shared, host: 'a' });
    const client = world.client();
    const { connection } = dial(client, {}, { url });
    await world.clock.run(100);
    for (const text of ['1', '2', '3']) void connection.send(text);
    await world.clock.run(1000);
    const { id } = infoOf(connection);
    // A replica that had the session, and none of its writes, takes over.
    const replica = new MemoryStore(2000);
    await world.serve({ store: replica, host: 'b' });
    await replica.begin({ process: 'old', clock: world.clock });
    await replica.open({
      process: 'old',
      session: id,
      identity: '',
      instance: 'b'.repeat(16),
      attempt: 1,
      keepFor: 100_000,
      maxSessions: { total: 9, perIdentity: 9 },
    });
    await replica.acknowledge({ session: id, epoch: 1, process: 'old' }, 0);
    world.network.host('a').down();
    await world.clock.run(20_000);
    expect(client.events.filter(({ event }) => event === 'session-lost')).toMatchObject([{ reason: 'gap' }]);
    expect(infoOf(connection).id).not.toBe(id);
    expect(server.handled).toEqual(['1', '2', '3']);
  });
});

test('writes of the epoch before, answered while a resume of the same process is, do not end the session', async () => {
  const world = sessionWorld();
  const shared = new MemoryStore(2000);
  // The store has acted, and its answers to resumes take longer than those to writes.
  const store = answering(shared, async (name) => {
    if (name === 'renew') return;
    const ms = name === 'resume' ? 300 : 20;
    await new Promise<void>((resolve) => world.clock.scheduler.schedule(() => resolve(), ms));
  });
  const server = await world.serve({ store });
  const client = world.client();
  const { connection, handled } = dial(client);
  await world.clock.run(1000);
  const expected = Array.from({ length: 40 }, (_, at) => `${at}`);
  for (const text of expected) {
    void connection.send(text);
    void server.sessions[0]?.send(text);
    if (Number(text) % 10 === 0) world.network.links.at(-1)?.reset();
    await world.clock.run(30);
  }
  await world.clock.run(20_000);
  expect(client.events.filter(({ event }) => event === 'session-lost')).toEqual([]);
  expect(server.closed).toEqual([]);
  expect(server.handled).toEqual(expected);
  expect(handled).toEqual(expected);
});

describe('listen', () => {
  const begins = (begin: () => Promise<void>) => Object.assign(new MemoryStore(2000), { begin });

  test('rejects with the ConfigError of a store that is not fit, and binds nothing', async () => {
    const world = sessionWorld();
    const store = begins(() => Promise.reject(badConfig('appendonly', 'no', 'yes')));
    await expect(world.serve({ store })).rejects.toThrow('appendonly: "no" is not valid; expected yes');
    await world.serve();
  });

  test('resolves where the store cannot be reached: hellos are `unavailable` until it can', async () => {
    const world = sessionWorld();
    const store = new MemoryStore(2000);
    let isDown = true;
    const { begin } = store;
    Object.assign(store, {
      begin: (process: StoreProcess) =>
        isDown ? Promise.reject(new Error('down')) : begin.call(store, process),
    });
    const server = await world.serve({ store });
    expect(server.reported).toEqual([new Error('down')]);
    const client = world.client();
    const { connection } = dial(client);
    await world.clock.run(5000);
    expect(infoOf(connection).attached).toBe(false);
    isDown = false;
    await world.clock.run(5000);
    expect(infoOf(connection).attached).toBe(true);
    expect(client.events.filter(({ event }) => event === 'gave-up')).toEqual([]);
  });

  test('rejects when the supervisor was stopped while the store was asked', async () => {
    const world = sessionWorld();
    const client = world.client();
    let done = () => {};
    const store = begins(
      () =>
        new Promise((resolve) => {
          done = resolve;
        }),
    );
    const protocol = session(framed(), { plaintext: true, store, onSession: () => {} });
    const listening = client.supervisor.listen({ url: 'memory://server', protocol });
    void client.supervisor.stop();
    done();
    await expect(listening).rejects.toMatchObject({ code: 'closed' });
    await world.clock.run(20_000);
    expect(world.clock.pending).toBe(0);
  });
});

test('stop with a shared store: handlers end, what was not begun is given back, and clients go on elsewhere', async () => {
  const { clock, connection, log, a } = await two(500);
  for (const text of ['1', '2', '3']) void connection.send(text);
  await clock.run(100);
  let stopped = false;
  void a.supervisor.stop().then(() => {
    stopped = true;
  });
  await clock.run(10_000);
  expect(stopped).toBe(true);
  expect(log).toEqual(['a begins 1', 'a ends 1', 'b begins 2', 'b ends 2', 'b begins 3', 'b ends 3']);
  expect(a.closed).toMatchObject([{ reason: 'going-away' }]);
  expect(infoOf(connection)).toMatchObject({ attached: true, resumed: true, unacknowledged: 0 });
});

test('`handled` records a message in the transaction of the store, or nothing', async () => {
  const world = sessionWorld();
  const store = new MemoryStore(2000);
  const outcomes: unknown[] = [];
  const server = await world.serve({
    store,
    onSession(session) {
      session.onMessage = async (message) => {
        outcomes.push(
          await session.handled((transaction) => outcomes.push([message, transaction])).catch(String),
        );
        outcomes.push(await session.handled(() => {}).catch((error: { code: string }) => error.code));
      };
    },
  });
  const { connection } = dial(world.client());
  const receipt = connection.send('one');
  await world.clock.run(1000);
  expect(outcomes).toEqual([['one', undefined], undefined, 'replaced']);
  expect(await (await receipt).confirmed).toBe('confirmed');
  expect(server.reported).toEqual([]);
});

test('stop waits with what it gives back for the handler of a session without a socket', async () => {
  const { clock, connection, log, a, network } = await two(1000);
  for (const text of ['1', '2']) void connection.send(text);
  await clock.run(100);
  network.host('a').links[0]?.reset();
  await clock.run(5);
  void a.supervisor.stop();
  await clock.run(10_000);
  expect(log).toEqual(['a begins 1', 'a ends 1', 'b begins 2', 'b ends 2']);
});

test('what was handled is recorded before the claims end, also where replies are lost', async () => {
  const shared = new MemoryStore(2000);
  let losing = false;
  const a = losingReplies(shared, () => losing);
  const { clock, connection, log } = await two(0, { a, b: shared });
  losing = true;
  for (const text of ['1', '2', '3']) {
    void connection.send(text);
    await clock.run(1);
  }
  connection.reconnect({ next: true });
  await clock.run(1000);
  losing = false;
  await clock.run(10_000);
  expect(log.filter((line) => line.includes('begins')).map((line) => line.slice(9))).toEqual(['1', '2', '3']);
});
