/** Mistakes of programs that adopt clients: each ends one incarnation, or is refused by name, and nothing is left. */
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { adopt } from '../../src/adopt/adopt.ts';
import { expectNothingLeft, world } from '../support/world.ts';
import { FakeClient, type FakeSpec, fake } from './fake-client.ts';

const once = { reconnect: { restart: 'temporary' } } as const;
const oops = () => {
  throw new TypeError('oops');
};
const never = () => new Promise<never>(() => {});

async function exitOf(more: Partial<FakeSpec>, ms = 60_000) {
  const w = world(once);
  const { spec, clients } = fake(more);
  const connection = adopt(w.supervisor, spec);
  await w.clock.run(ms);
  const exit = await connection.closed;
  expect(connection.client).toBeUndefined();
  await expectNothingLeft(w);
  return { exit, clients };
}

describe('adopt: mistakes', () => {
  test.each(['ready', 'send', 'goodbye', 'stream', 'failure'])(
    'adopt: %s that is no function is refused by name',
    (path) => {
      const w = world(once);
      for (const value of ['x', 5, null, {}]) {
        const { spec } = fake({ [path]: value });
        expect(() => adopt(w.supervisor, spec), String(value)).toThrow(new RegExp(path));
      }
    },
  );

  test.each<[string, Partial<FakeSpec>]>([
    ['open throws', { open: oops }],
    ['open rejects', { open: () => Promise.reject(new TypeError('oops')) }],
    ['ready throws', { ready: oops }],
    ['ready rejects', { ready: () => Promise.reject(new TypeError('oops')) }],
    ['ping throws', { ping: oops }],
    ['ping rejects', { ping: () => Promise.reject(new TypeError('oops')) }],
    ['stream throws', { stream: oops }],
    ['failure throws', { open: () => Promise.reject(new Error('x')), failure: oops }],
  ])('adopt: %s is crashed, and says why', async (_, more) => {
    const { exit, clients } = await exitOf(more);
    expect(exit).toMatchObject({ reason: 'crashed', detail: expect.stringContaining('oops') });
    expect(clients.every(({ drops }) => drops === 1)).toBe(true);
  });

  test.each([undefined, null, 0, '', Symbol('x'), Number.NaN])(
    'adopt: open that rejects with %s is no crash of the supervisor',
    async (value) => {
      const { exit } = await exitOf({ open: () => Promise.reject(value) });
      expect(exit.reason).toMatch(/^(unreachable|crashed)$/);
    },
  );

  test('adopt: open that returns nothing gives a client of undefined, which is dropped once', async () => {
    let drops = 0;
    const w = world(once);
    const { spec } = fake({
      open: () => undefined as never,
      ping: async () => {},
      drop: () => drops++,
      stream: () => undefined as never,
      goodbye: async () => {},
    });
    const connection = adopt(w.supervisor, spec);
    await w.clock.run(1000);
    expect(connection.state).toBe('alive');
    void connection.close();
    await w.clock.run(1000);
    expect(drops).toBe(1);
    await expectNothingLeft(w);
  });

  test.each<[string, unknown]>([
    ['NaN', Number.NaN],
    ['a text', 'x'],
    ['a bigint', 5n],
    ['an object', {}],
  ])('adopt: a stream whose bytesRead is %s is no life', async (_, bytesRead) => {
    const { exit } = await exitOf({ stream: () => ({ bytesRead }) as never, ping: never }, 120_000);
    expect(exit).toMatchObject({ reason: 'heartbeat-timeout' });
  });

  test('adopt: a ping that never settles is condemned by silence, once per incarnation', async () => {
    const w = world();
    const { clients, spec } = fake({ ping: never });
    adopt(w.supervisor, spec);
    await w.clock.run(60_000);
    expect(w.states().filter((state) => state.endsWith('heartbeat-timeout')).length).toBeGreaterThan(0);
    expect(clients.slice(0, -1).every(({ drops }) => drops === 1)).toBe(true);
    await expectNothingLeft(w);
  });

  test.each<[string, FakeSpec['drop']]>([
    ['throws', oops],
    ['rejects', () => Promise.reject(new Error('x'))],
    ['never settles', never],
    ['calls ended', (client) => client.adopting.ended(new Error('late'))],
  ])('adopt: drop that %s holds up neither close() nor stop()', async (_, drop) => {
    const w = world();
    let drops = 0;
    const { spec } = fake({
      drop(client) {
        drops++;
        return drop(client);
      },
      goodbye: async () => {},
    });
    const connection = adopt(w.supervisor, spec);
    await w.clock.run(1000);
    const closed = connection.close();
    await w.clock.run(5000);
    expect(await closed).toMatchObject({ reason: 'closed-by-us' });
    expect(drops).toBe(1);
    await expectNothingLeft(w);
  });

  test('adopt: a drop that never settles does not hold up the next incarnation for ever', async () => {
    const w = world();
    const { clients, spec } = fake({ drop: never });
    const connection = adopt(w.supervisor, spec);
    await w.clock.run(1000);
    clients[0]?.adopting.ended(new Error('end'));
    await w.clock.run(60_000);
    expect([connection.state, connection.incarnation]).toEqual(['alive', 2]);
    await expectNothingLeft(w);
  });

  test('adopt: goodbye that throws, rejects or never settles drops the client once', async () => {
    for (const goodbye of [oops, () => Promise.reject(new Error('x')), never]) {
      const w = world();
      const { clients, spec } = fake({ goodbye });
      const connection = adopt(w.supervisor, spec);
      await w.clock.run(1000);
      const closed = connection.close();
      await w.clock.run(5000);
      expect(await closed).toMatchObject({ reason: 'closed-by-us' });
      expect(clients[0]?.drops).toBe(1);
      await expectNothingLeft(w);
    }
  });

  test('adopt: ended() within open ends the incarnation, and the client that comes later is dropped', async () => {
    const clients: FakeClient[] = [];
    const { exit } = await exitOf({
      open: async (adopting) => {
        adopting.ended(Object.assign(new Error('x'), { code: 'ECONNREFUSED' }));
        await Promise.resolve();
        const client = new FakeClient(adopting);
        clients.push(client);
        return client;
      },
    });
    expect(exit).toMatchObject({ reason: 'refused' });
    expect(clients.map(({ drops }) => drops)).toEqual([1]);
  });

  test('adopt: the password is in no event, no error, and not in the connection as it is printed', async () => {
    const w = world();
    const { spec } = fake({ credentials: { username: 'u', password: 'Tr0ub4dor' } });
    const { spec: byUrl } = fake({
      id: 'two',
      url: 'fake://u:Tr0ub4dor@host:1',
      credentials: undefined as never,
      open: () => Promise.reject(new Error('no')),
    });
    const one = adopt(w.supervisor, spec);
    const two = adopt(w.supervisor, byUrl);
    await w.clock.run(5000);
    const shown = inspect([one, two, w.events, w.reported, one.history(), two.history()], {
      depth: 9,
      getters: false,
    });
    expect(shown).not.toContain('Tr0ub4dor');
    await expectNothingLeft(w);
  });

  test('adopt: send that returns a promise that never settles holds up nothing', async () => {
    const w = world();
    const { spec } = fake({ send: never, goodbye: async () => {} });
    const connection = adopt(w.supervisor, spec);
    await w.clock.run(1000);
    await connection.send('a');
    await connection.send('b');
    await w.clock.run(30_000);
    expect(connection.state).toBe('alive');
    await expectNothingLeft(w);
  });
});
