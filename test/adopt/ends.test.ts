/** How adopted clients end: once, dropped once, whatever throws and however late. */
import { describe, expect, test } from 'vitest';
import { adopt } from '../../src/adopt/adopt.ts';
import { type Deferred, deferred } from '../../src/base/deferred.ts';
import { expectNothingLeft, world } from '../support/world.ts';
import { FakeClient, type FakeSpec, fake } from './fake-client.ts';

const once = { reconnect: { restart: 'temporary' } } as const;

/** Clients whose `open` resolves when the test says so. */
function late(more: Partial<FakeSpec> = {}) {
  const opens: { client: FakeClient; opened: Deferred<FakeClient> }[] = [];
  const { spec } = fake({
    open(adopting) {
      const open = { client: new FakeClient(adopting), opened: deferred<FakeClient>() };
      opens.push(open);
      return open.opened.promise;
    },
    ...more,
  });
  return { opens, spec };
}

describe('adopt: the end of a client', () => {
  test.each([
    { kind: 'nothing', args: [], reason: 'closed-by-peer' },
    { kind: 'a flag, as a `close` event has', args: [true], reason: 'closed-by-peer' },
    { kind: 'an error', args: [Object.assign(new Error('x'), { code: 'EPIPE' })], reason: 'reset' },
  ])('told by ended() with $kind is $reason', async ({ args, reason }) => {
    const w = world(once);
    const { clients, spec } = fake();
    const connection = adopt(w.supervisor, spec);
    await w.clock.settle();
    clients[0]?.adopting.ended(...args);
    await w.clock.settle();
    expect(await connection.closed).toMatchObject({ reason });
    expect(clients.map(({ drops, goodbyes }) => [drops, goodbyes])).toEqual([[1, 0]]);
    await expectNothingLeft(w);
  });

  test('counts once, by the first report; later events of a dropped client change nothing', async () => {
    const w = world();
    const got: string[] = [];
    const { clients, spec } = fake({ onMessage: (message) => got.push(message) });
    const connection = adopt(w.supervisor, spec);
    await w.clock.settle();
    const { adopting } = clients[0] as FakeClient;
    adopting.ended(Object.assign(new Error('first'), { code: 'ECONNRESET' }));
    adopting.ended(new Error('second'));
    adopting.message('late');
    await w.clock.run(60_000);
    adopting.ended();
    adopting.message('later');
    await w.clock.settle();
    expect([connection.incarnation, connection.state]).toEqual([2, 'alive']);
    expect(w.states().filter((state) => state.includes('>closed'))).toEqual(['closing>closed:reset']);
    expect(clients.map(({ drops }) => drops)).toEqual([1, 0]);
    expect(got).toEqual([]);
    await expectNothingLeft(w);
  });

  test('without an error before it is alive waits for the rejection that says why', async () => {
    const w = world(once);
    const { spec } = fake({
      ready: ({ adopting }) => {
        adopting.ended();
        return Promise.reject(Object.assign(new Error('no'), { code: 'ECONNREFUSED' }));
      },
    });
    const connection = adopt(w.supervisor, spec);
    await w.clock.settle();
    expect(await connection.closed).toMatchObject({ reason: 'refused', code: 'ECONNREFUSED' });
    await expectNothingLeft(w);
  });

  test('without an error before it is alive, and without a rejection, is `cut-off`', async () => {
    const w = world(once);
    const { spec } = fake({
      ready: ({ adopting }) => {
        adopting.ended();
        return new Promise(() => {});
      },
    });
    const connection = adopt(w.supervisor, spec);
    await w.clock.settle();
    expect(await connection.closed).toMatchObject({ reason: 'cut-off' });
    await expectNothingLeft(w);
  });
});

describe('adopt: close()', () => {
  test('says goodbye, waits for it, and drops the client', async () => {
    const w = world();
    const { clients, spec } = fake();
    const connection = adopt(w.supervisor, spec);
    await w.clock.settle();
    const [client] = clients as [FakeClient];
    const closed = connection.close();
    await w.clock.run(500);
    expect([client.goodbyes, client.drops, connection.state]).toEqual([1, 0, 'closing']);
    client.parting.resolve();
    await w.clock.settle();
    expect(await closed).toMatchObject({ reason: 'closed-by-us' });
    expect([client.drops, client.adopting.signal.aborted]).toEqual([1, true]);
    await expectNothingLeft(w);
  });

  test('drops the client when the goodbye is not done after deadlines.close', async () => {
    const w = world({ deadlines: { close: 700 } });
    const { clients, spec } = fake();
    const connection = adopt(w.supervisor, spec);
    await w.clock.settle();
    const closed = connection.close();
    await w.clock.run(699);
    expect(clients[0]?.drops).toBe(0);
    await w.clock.run(1);
    expect(await closed).toMatchObject({ reason: 'closed-by-us' });
    expect(clients[0]?.drops).toBe(1);
    await expectNothingLeft(w);
  });

  test('ends with the own end of the client, which a goodbye causes', async () => {
    const w = world();
    const { clients, spec } = fake();
    const connection = adopt(w.supervisor, spec);
    await w.clock.settle();
    const closed = connection.close();
    clients[0]?.adopting.ended();
    await w.clock.settle();
    expect(await closed).toMatchObject({ reason: 'closed-by-us' });
    clients[0]?.parting.resolve();
    await w.clock.settle();
    expect(clients[0]?.drops).toBe(1);
    await expectNothingLeft(w);
  });

  test('waits for a drop that returns a promise', async () => {
    const w = world();
    const dropped = deferred<void>();
    const { goodbye: _, ...spec } = fake({ drop: () => dropped.promise }).spec;
    const connection = adopt(w.supervisor, spec);
    await w.clock.settle();
    connection.close();
    await w.clock.run(100);
    expect(connection.state).toBe('closing');
    dropped.resolve();
    await w.clock.settle();
    expect(connection.state).toBe('closed');
    await expectNothingLeft(w);
  });

  test('while open is pending aborts its signal, and waits for the late client, which is dropped', async () => {
    const w = world();
    const { opens, spec } = late();
    const connection = adopt(w.supervisor, spec);
    await w.clock.settle();
    const closed = connection.close();
    await w.clock.run(100);
    const [{ client, opened }] = opens as [(typeof opens)[0] & object];
    expect([client.adopting.signal.aborted, connection.state]).toEqual([true, 'closing']);
    opened.resolve(client);
    await w.clock.settle();
    expect(await closed).toMatchObject({ reason: 'closed-by-us' });
    expect([client.drops, client.goodbyes]).toEqual([1, 0]);
    await expectNothingLeft(w);
  });

  test('while open is pending and never settles takes deadlines.close, and a client after that is dropped', async () => {
    const w = world();
    const { opens, spec } = late();
    const connection = adopt(w.supervisor, spec);
    await w.clock.settle();
    const closed = connection.close();
    await w.clock.run(2000);
    expect(await closed).toMatchObject({ reason: 'closed-by-us' });
    const [{ client, opened }] = opens as [(typeof opens)[0] & object];
    opened.resolve(client);
    await w.clock.settle();
    expect(client.drops).toBe(1);
    await expectNothingLeft(w);
  });

  test('while ready is pending drops the client at once', async () => {
    const w = world();
    const { clients, spec } = fake({ ready: () => new Promise(() => {}) });
    const connection = adopt(w.supervisor, spec);
    await w.clock.settle();
    const closed = connection.close();
    await w.clock.settle();
    expect(await closed).toMatchObject({ reason: 'closed-by-us' });
    expect([clients[0]?.drops, clients[0]?.goodbyes]).toEqual([1, 0]);
    await expectNothingLeft(w);
  });
});

describe('adopt: deadlines.handshake', () => {
  test.each([
    { kind: 'open', more: { open: () => new Promise<FakeClient>(() => {}) } },
    { kind: 'ready', more: { ready: () => new Promise(() => {}) } },
  ])('ends an incarnation whose $kind does not resolve, and names it', async ({ kind, more }) => {
    const w = world(once);
    const { spec } = fake(more);
    const connection = adopt(w.supervisor, spec);
    await w.clock.run(12_001);
    expect(await connection.closed).toMatchObject({
      reason: 'handshake-timeout',
      detail: `fake: ${kind}() has not resolved`,
    });
    await expectNothingLeft(w);
  });

  test('aborts the signal, so that an open which follows it leaves nothing behind', async () => {
    const w = world(once);
    const { spec } = fake({
      open: ({ signal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    });
    const connection = adopt(w.supervisor, spec);
    await w.clock.run(10_001);
    expect(await connection.closed).toMatchObject({ reason: 'handshake-timeout' });
    await expectNothingLeft(w);
  });
});

describe('adopt: an exception', () => {
  const thrown = () => {
    throw new TypeError('of the user');
  };
  const rejected = async () => thrown();
  const cases: [string, Partial<FakeSpec>][] = [
    ['open that throws', { open: thrown }],
    ['open that rejects', { open: rejected }],
    ['ready that throws', { ready: thrown }],
    ['ready that rejects', { ready: rejected }],
    ['ping that throws', { ping: thrown }],
    ['stream that throws', { stream: thrown }],
    ['failure that throws', { ping: () => Promise.reject(new Error('x')), failure: thrown }],
  ];
  test.each(cases)('of %s is `crashed`, with the client dropped once', async (_, more) => {
    const w = world({ ...once, heartbeat: { interval: 1000 } });
    const { clients, spec } = fake(more);
    const connection = adopt(w.supervisor, spec);
    await w.clock.run(2000);
    expect(await connection.closed).toMatchObject({ reason: 'crashed', detail: 'of the user' });
    expect(clients.every(({ drops }) => drops === 1)).toBe(true);
    await expectNothingLeft(w);
  });

  test.each<[string, Partial<FakeSpec>]>([
    ['goodbye that throws', { goodbye: thrown }],
    ['goodbye that rejects', { goodbye: rejected }],
    ['drop that throws', { goodbye: async () => {}, drop: thrown }],
    ['drop that rejects', { goodbye: async () => {}, drop: rejected }],
  ])('of %s changes no reason, and the connection closes', async (_, more) => {
    const w = world();
    const { spec } = fake(more);
    const connection = adopt(w.supervisor, spec);
    await w.clock.settle();
    const closed = connection.close();
    await w.clock.run(10);
    expect(await closed).toMatchObject({ reason: 'closed-by-us' });
    await expectNothingLeft(w);
  });
});
