/** What other libraries get wrong about sessions, one test for each: the numbers are those of their issues. */
import { describe, expect, test } from 'vitest';
import { MemoryStore } from '../../src/sessions/memory-store.ts';
import type { DialledSessionConnection } from '../../src/sessions/session-connection.ts';
import { answering } from './faulty-stores.ts';
import { Raw } from './raw.ts';
import { dial, infoOf, sessionWorld } from './world.ts';

describe('recovery', () => {
  test('where nothing was received yet (socket.io#5538)', async () => {
    const world = sessionWorld();
    const server = await world.serve();
    const { connection, handled } = dial(world.client());
    await world.clock.run(100);
    const { id } = infoOf(connection);
    world.network.host('server').links[0]?.reset();
    await world.clock.run(10);
    void server.sessions[0]?.send('sent while away');
    await world.clock.run(3000);
    expect(infoOf(connection)).toMatchObject({ id, resumed: true });
    expect(handled).toEqual(['sent while away']);
  });

  test('again and again (socket.io#4880)', async () => {
    const world = sessionWorld();
    const server = await world.serve();
    const { connection, handled } = dial(world.client());
    await world.clock.run(100);
    const { id } = infoOf(connection);
    const expected: string[] = [];
    for (let round = 0; round < 20; round++) {
      void connection.send(`up ${round}`);
      void server.sessions[0]?.send(`down ${round}`);
      expected.push(String(round));
      world.network.host('server').links.at(-1)?.reset();
      await world.clock.run(5000);
    }
    expect(infoOf(connection)).toMatchObject({ id, epoch: 21 });
    expect(server.handled).toEqual(expected.map((round) => `up ${round}`));
    expect(handled).toEqual(expected.map((round) => `down ${round}`));
    expect(server.sessions).toHaveLength(1);
  });

  test('where the session is older than everything that is kept (socket.io#5282)', async () => {
    const world = sessionWorld();
    const server = await world.serve({ keepFor: '30s' });
    const { connection, handled } = dial(world.client());
    await world.clock.run(100);
    for (let message = 0; message < 2000; message++) {
      void server.sessions[0]?.send(`${message}`);
      if (message % 100 === 0) await world.clock.run(100);
    }
    await world.clock.run(600_000);
    expect(handled).toHaveLength(2000);
    world.network.host('server').links[0]?.reset();
    await world.clock.run(10);
    void server.sessions[0]?.send('last');
    await world.clock.run(3000);
    expect(infoOf(connection)).toMatchObject({ resumed: true, epoch: 2 });
    expect(handled.at(-1)).toBe('last');
  });

  test.each([
    ['after a restart of the server (socket.io#5413)', 'server'],
    ['at another server, as the one that had it goes down (redis-streams-adapter#27)', 'second'],
  ])('%s', async (_, host) => {
    const world = sessionWorld();
    const store = new MemoryStore(2000);
    const first = await world.serve({ store });
    const url = ['memory://server', 'memory://second'] as never;
    const { connection, handled } = dial(world.client(), {}, { url });
    await world.clock.run(100);
    const { id } = infoOf(connection);
    void connection.send('one');
    void first.sessions[0]?.send('a');
    await world.clock.run(10);
    void first.supervisor.stop();
    await world.clock.run(1);
    const second = await world.serve({ store, host });
    void connection.send('two');
    await world.clock.run(10_000);
    void second.sessions[0]?.send('b');
    await world.clock.run(1000);
    expect(infoOf(connection)).toMatchObject({ id, resumed: true });
    expect([...first.handled, ...second.handled]).toEqual(['one', 'two']);
    expect(handled).toEqual(['a', 'b']);
    expect(second.arrivals).toMatchObject([{ resumed: true }]);
    expect(first.closed).toMatchObject([{ reason: 'going-away' }]);
  });

  test('where the client is back before the server noticed (redis-streams-adapter#26)', async () => {
    const world = sessionWorld();
    const server = await world.serve();
    const { connection, handled } = dial(world.client());
    await world.clock.run(100);
    const { id } = infoOf(connection);
    world.network.host('server').links[0]?.cut();
    void connection.send('one');
    void server.sessions[0]?.send('a');
    await world.clock.run(100);
    connection.reconnect();
    await world.clock.run(20_000);
    expect(infoOf(connection)).toMatchObject({ id, epoch: 2 });
    expect(server.handled).toEqual(['one']);
    expect(handled).toEqual(['a']);
  });

  test('after an end that the socket itself announced, with whatever code (aspnetcore#46691)', async () => {
    const world = sessionWorld();
    const server = await world.serve();
    const { connection } = dial(world.client());
    await world.clock.run(100);
    const { id } = infoOf(connection);
    const [accepted] = server.supervisor.connections;
    accepted?.configure({ deadlines: { maxAge: '1s' } });
    await world.clock.run(10_000);
    void connection.send('one');
    await world.clock.run(1000);
    expect(infoOf(connection).id).toBe(id);
    expect(infoOf(connection).epoch).toBeGreaterThan(1);
    expect(server.handled).toEqual(['one']);
  });

  test('where the client is back before the server has stored what it sent (redis-streams-adapter#26)', async () => {
    const world = sessionWorld();
    const shared = new MemoryStore(2000);
    const slow = answering(shared, async (name) => {
      if (name !== 'renew')
        await new Promise<void>((resolve) => world.clock.scheduler.schedule(() => resolve(), 100));
    });
    const server = await world.serve({ store: slow });
    const { connection, handled } = dial(world.client());
    await world.clock.run(1000);
    const { id } = infoOf(connection);
    for (let message = 0; message < 20; message++) void server.sessions[0]?.send(`${message}`);
    connection.reconnect();
    await world.clock.run(10_000);
    expect(infoOf(connection)).toMatchObject({ id, epoch: 2, resumed: true });
    expect(handled).toEqual(Array.from({ length: 20 }, (_, at) => `${at}`));
  });

  test("of what the client had sent: it is handled once, though the socket died with it (socket.io's documentation)", async () => {
    const world = sessionWorld();
    const server = await world.serve();
    const { connection } = dial(world.client());
    await world.clock.run(100);
    const receipts = Array.from({ length: 50 }, (_, at) => connection.send(`${at}`));
    world.network.host('server').links[0]?.reset();
    await world.clock.run(5000);
    expect(server.handled).toEqual(Array.from({ length: 50 }, (_, at) => `${at}`));
    const fates = await Promise.all(receipts.map(async (receipt) => (await receipt).confirmed));
    expect(new Set(fates)).toEqual(new Set(['confirmed']));
  });
});

test('two clients with one session: the newer has it, the older ends once, and nobody chases (baileys-api#315)', async () => {
  const world = sessionWorld();
  const server = await world.serve();
  const client = world.client();
  const { connection } = dial(client);
  await world.clock.run(100);
  const { id, epoch } = infoOf(connection);
  const thief = new Raw(world.network.connect('server'));
  await world.clock.run(10);
  thief.hello({ session: id, epoch, instance: 'b'.repeat(16) });
  await world.clock.run(60_000);
  expect(thief.of('welcome')).toHaveLength(1);
  expect(connection.status).toBe('gave-up');
  const ends = client.events.flatMap((event) => (event.event === 'gave-up' ? [event.reason] : []));
  expect(ends).toEqual(['replaced']);
  expect(world.network.audit().dials).toBe(2);
  expect(server.sessions).toHaveLength(1);
});

test('two programs with a copy of one session: the newer has it and keeps it, the older is replaced once (baileys-api#315)', async () => {
  const world = sessionWorld();
  const server = await world.serve();
  const [first, second] = [world.client(), world.client()];
  const older = dial(first);
  await world.clock.run(100);
  const { id, epoch } = infoOf(older.connection);
  const newer = dial(second);
  // Before its first hello.
  Object.assign((newer.connection as unknown as DialledSessionConnection).sessions.link, { id, epoch });
  for (let second = 0; second < 60; second++) {
    void newer.connection.send(`${second}`);
    await world.clock.run(1000);
  }
  const ends = ({ events }: typeof first) =>
    events.flatMap((event) => (event.event === 'gave-up' ? [event.reason] : []));
  expect([ends(first), ends(second)]).toEqual([['replaced'], []]);
  expect([older.connection.status, newer.connection.state]).toEqual(['gave-up', 'alive']);
  expect(infoOf(newer.connection)).toMatchObject({ id, epoch: epoch + 1, unacknowledged: 0 });
  expect(world.network.audit().dials).toBe(2);
  expect(server.handled).toEqual(Array.from({ length: 60 }, (_, second) => `${second}`));
  expect(server.sessions).toHaveLength(1);
});
