/** What a store has done, and has not answered yet, or never will: no session and no message is given up for it. */
import { expect, test } from 'vitest';
import { MemoryStore } from '../../src/sessions/memory-store.ts';
import type { SessionStore } from '../../src/sessions/store.ts';
import { answering, losingReplies } from './faulty-stores.ts';
import { Raw } from './raw.ts';
import { dial, infoOf, sessionWorld } from './world.ts';

const url = ['memory://a', 'memory://b'] as never;

/** A world, and its time as a wait. */
function timed() {
  const world = sessionWorld();
  const late = (ms: number) =>
    new Promise<void>((resolve) => world.clock.scheduler.schedule(() => resolve(), ms));
  return { ...world, late };
}

test('a message that the store took, before its session moved, is never `never-sent`', async () => {
  const world = timed();
  const shared = new MemoryStore(2000);
  let loses = false;
  const a: SessionStore = losingReplies(shared, () => loses);
  const server = await world.serve({ host: 'a', store: a });
  await world.serve({ host: 'b', store: shared });
  const { connection, handled } = dial(world.client(), {}, { url });
  await world.clock.run(100);
  loses = true;
  const receipt = server.sessions[0]?.send('in doubt');
  await world.clock.run(10);
  connection.reconnect({ next: true });
  await world.clock.run(50);
  loses = false;
  await world.clock.run(5000);
  expect(handled).toEqual(['in doubt']);
  expect(await (await receipt)?.confirmed).toBe('unacknowledged');
});

test('a resume that is still being answered ends no session, when the socket of the resume before it is gone', async () => {
  const world = timed();
  const store = answering(new MemoryStore(2000), async (name) => {
    if (name === 'resume') await world.late(500);
  });
  const server = await world.serve({ host: 'server', store });
  const client = world.client();
  const { connection } = dial(client);
  await world.clock.run(100);
  const { id } = infoOf(connection);
  for (const ms of [0, 300]) {
    await world.clock.run(ms);
    for (const link of world.network.links) link.reset();
  }
  void connection.send('after');
  await world.clock.run(5000);
  expect(client.events.filter(({ event }) => event === 'session-lost')).toEqual([]);
  expect(infoOf(connection)).toMatchObject({ id, attached: true });
  expect(server.handled).toEqual(['after']);
  expect(server.sessions).toHaveLength(1);
  expect(server.closed).toEqual([]);
  // Nothing waits for a session that is over.
  void client.supervisor.stop();
  void server.supervisor.stop();
  await world.clock.run(20_000);
  expect(world.clock.pending).toBe(0);
});

test('a session whose first ack was lost is not ended by the end of that socket, while a resume of it is being answered', async () => {
  const world = timed();
  const store = answering(new MemoryStore(2000), async (name) => {
    if (name === 'resume') await world.late(500);
  });
  const server = await world.serve({ host: 'server', store });
  const first = new Raw(world.network.connect('server'));
  first.hello();
  await world.clock.run(10);
  const welcomed = first.of('welcome')[0]?.welcome;
  const second = new Raw(world.network.connect('server'));
  second.hello({ attempt: 2, session: welcomed?.session, epoch: welcomed?.epoch });
  await world.clock.run(100);
  first.peer.reset();
  await world.clock.run(1000);
  expect(second.of('welcome')).toMatchObject([{ welcome: { session: welcomed?.session, resumed: true } }]);
  second.ack(0);
  await world.clock.run(10);
  expect(server.sessions).toHaveLength(1);
  expect(server.closed).toEqual([]);
});

test('a session that its application closes, while a resume of it is being answered, is over for the client, too', async () => {
  const world = timed();
  const store = answering(new MemoryStore(2000), async (name) => {
    if (name === 'resume') await world.late(500);
  });
  const server = await world.serve({ store });
  const client = world.client();
  const { connection } = dial(client);
  await world.clock.run(100);
  const { id } = infoOf(connection);
  for (const link of world.network.links) link.reset();
  await world.clock.run(300);
  void server.sessions[0]?.close('enough');
  await world.clock.run(5000);
  const lost = client.events.filter(({ event }) => event === 'session-lost');
  expect(lost).toMatchObject([{ reason: 'unknown-session' }]);
  expect(infoOf(connection)).toMatchObject({ attached: true, resumed: false });
  expect(infoOf(connection).id).not.toBe(id);
  expect(server.closed).toMatchObject([{ reason: 'enough' }]);
});

test('the same, where the answer to that resume is lost and asked for again', async () => {
  const world = timed();
  let resumes = 0;
  const store = answering(new MemoryStore(2000), async (name) => {
    if (name !== 'resume') return;
    await world.late(300);
    if (++resumes === 1) throw new Error('the reply was lost');
  });
  const server = await world.serve({ store });
  const client = world.client();
  const { connection } = dial(client);
  await world.clock.run(100);
  const { id } = infoOf(connection);
  for (const link of world.network.links) link.reset();
  await world.clock.run(250);
  void server.sessions[0]?.close('enough');
  await world.clock.run(5000);
  expect(resumes).toBeGreaterThan(1);
  expect(infoOf(connection)).toMatchObject({ attached: true, resumed: false });
  expect(infoOf(connection).id).not.toBe(id);
  expect(server.closed).toMatchObject([{ reason: 'enough' }]);
});

test.each(['for good', 'while another process waits'] as const)(
  'a message whose handler failed, with `onFailure: "end"`, comes nowhere again when its socket is lost %s',
  async (how) => {
    const world = timed();
    const store = new MemoryStore(2000);
    const begun: string[] = [];
    const servers = ['a', 'b'].map((host) =>
      world.serve({
        ...{ host, store, onFailure: 'end' },
        onSession(session) {
          session.onMessage = async (message) => {
            begun.push(`${host} ${message}`);
            await world.late(1000);
            throw new Error('careless');
          };
        },
      }),
    );
    await Promise.all(servers);
    const client = world.client();
    const { connection } = dial(client, {}, { url });
    await world.clock.run(100);
    const { id } = infoOf(connection);
    const receipt = connection.send('one');
    await world.clock.run(how === 'for good' ? 990 : 500);
    // Its end can no longer be said.
    for (const link of world.network.links) link.cut();
    connection.reconnect({ next: true });
    await world.clock.run(20_000);
    expect(begun).toEqual(['a one']);
    expect(infoOf(connection)).toMatchObject({ attached: true, resumed: false });
    expect(infoOf(connection).id).not.toBe(id);
    expect(await (await receipt).confirmed).toBe('unacknowledged');
  },
);

test('a session whose first ack the store has not heard of, when its socket is lost, is kept', async () => {
  const world = timed();
  const store = new MemoryStore(2000);
  const { acknowledge } = store;
  let isCut = true;
  Object.assign(store, {
    acknowledge: (...args: Parameters<typeof acknowledge>) =>
      isCut ? Promise.reject(new Error('no store')) : acknowledge.apply(store, args),
  });
  const server = await world.serve({ store });
  const first = new Raw(world.network.connect('server'));
  first.hello();
  await world.clock.run(10);
  first.ack(0);
  await world.clock.run(10);
  isCut = false;
  first.peer.reset();
  await world.clock.run(20);
  const [opened] = first.of('welcome');
  const second = new Raw(world.network.connect('server'));
  second.hello({ session: opened?.welcome.session, epoch: 1, attempt: 2 });
  await world.clock.run(3000);
  expect(second.of('welcome')).toMatchObject([{ welcome: { epoch: 2, resumed: true } }]);
  expect(server.sessions).toHaveLength(1);
  expect(server.closed).toEqual([]);
});
