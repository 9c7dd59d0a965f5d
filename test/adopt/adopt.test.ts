/** Adopted clients in virtual time: how they are opened, kept and asked. */
import { describe, expect, test } from 'vitest';
import { adopt } from '../../src/adopt/adopt.ts';
import { deferred } from '../../src/base/deferred.ts';
import { Refused } from '../../src/ports/protocol.ts';
import { expectNothingLeft, world } from '../support/world.ts';
import { FakeClient, fake } from './fake-client.ts';

const fast = {
  heartbeat: { interval: 1000, suspectAfter: { min: 100, max: 300 }, condemnAfter: 1000 },
  reconnect: { backoff: { type: 'fixed', delay: 500, jitter: 'none' } },
} as const;

describe('adopt: a client', () => {
  test('counts as alive once open and ready have resolved, and is `client` from then on', async () => {
    const w = world();
    const [opened, ready] = [deferred<void>(), deferred<void>()];
    const { clients, spec } = fake({
      open: (adopting) =>
        opened.promise.then(() => {
          clients.push(new FakeClient(adopting));
          return clients[0] as FakeClient;
        }),
      ready: () => ready.promise,
    });
    const connection = adopt(w.supervisor, spec);
    await w.clock.settle();
    expect([connection.state, connection.client]).toEqual(['connecting', undefined]);
    opened.resolve();
    await w.clock.settle();
    expect([connection.state, connection.client]).toEqual(['connecting', undefined]);
    ready.resolve();
    await w.clock.settle();
    expect(connection.state).toBe('alive');
    expect(connection.client).toBe(clients[0]);
    await connection.ready();
    await expectNothingLeft(w);
  });

  test('is another in each incarnation, set up anew before it is alive, and undefined between two', async () => {
    const w = world(fast);
    const ups: number[] = [];
    const { clients, spec } = fake({ ready: async (client) => ups.push(clients.indexOf(client)) });
    const connection = adopt(w.supervisor, spec);
    await w.clock.settle();
    const seen: unknown[] = [];
    connection.state$.subscribe((state) =>
      seen.push([state, clients.indexOf(connection.client as FakeClient)]),
    );
    clients[0]?.adopting.ended();
    await w.clock.run(600);
    expect(seen).toEqual([
      ['alive', 0],
      ['closing', 0],
      ['closed', -1],
      ['connecting', -1],
      ['alive', 1],
    ]);
    expect(ups).toEqual([0, 1]);
    await expectNothingLeft(w);
  });

  test('that came before the set-up was done has its messages delivered, in order, once it is alive', async () => {
    const w = world();
    const ready = deferred<void>();
    const got: string[] = [];
    const { clients, spec } = fake({
      ready: ({ adopting }) => {
        adopting.message('retained');
        return ready.promise;
      },
      onMessage: (message) => got.push(message),
    });
    adopt(w.supervisor, spec);
    await w.clock.settle();
    expect(got).toEqual([]);
    ready.resolve();
    await w.clock.settle();
    clients[0]?.adopting.message('next');
    expect(got).toEqual(['retained', 'next']);
    await expectNothingLeft(w);
  });

  test('gets user and password of the URL, and neither is in the URL it gets', async () => {
    const w = world();
    const { clients, spec } = fake({ url: 'fake://u%40x:p%3Aw@host:1/path' });
    adopt(w.supervisor, spec);
    await w.clock.settle();
    expect(clients[0]?.adopting.credentials).toEqual({ username: 'u@x', password: 'p:w' });
    expect(clients[0]?.adopting.url.href).toBe('fake://host:1/path');
    await expectNothingLeft(w);
  });

  test.each([
    { kind: 'a value', attempts: 1, credentials: { username: 'u', password: 'wrong' } },
    { kind: 'a function', attempts: 2, credentials: async () => ({ username: 'u', password: 'wrong' }) },
  ])(
    'whose credentials are $kind that is wrong is tried $attempts times',
    async ({ attempts, credentials }) => {
      const w = world(fast);
      const { clients, spec } = fake({
        credentials,
        ready: async ({ adopting }) => {
          throw Object.assign(new Error(`no ${adopting.credentials?.password}`), { code: 'EAUTH' });
        },
        failure: (error) =>
          Object(error).code === 'EAUTH' ? { reason: 'unauthorized', code: 'EAUTH' } : undefined,
      });
      const connection = adopt(w.supervisor, spec);
      await w.clock.run(5000);
      expect(await connection.closed).toMatchObject({
        ...{ reason: 'unauthorized', class: 'fatal', code: 'EAUTH', detail: 'no wrong' },
      });
      expect(clients.map(({ drops }) => drops)).toEqual(Array.from({ length: attempts }, () => 1));
      await expectNothingLeft(w);
    },
  );

  test('may be described by an object of a class: its functions are called as methods', async () => {
    const w = world(fast);
    const calls = new Set<string>();
    class Described {
      readonly name = 'described';
      readonly url = 'fake://host';
      open = () => this.note('open');
      ready = async () => this.note('ready');
      ping = async () => this.note('ping');
      goodbye(): Promise<unknown> {
        return Promise.resolve(this.note('goodbye'));
      }
      drop(): void {
        this.note('drop');
      }
      failure(): undefined {
        this.note('failure');
      }
      note(call: string): Set<string> {
        return calls.add(call);
      }
    }
    const connection = adopt(w.supervisor, new Described());
    await w.clock.run(2000);
    await Promise.all([connection.close(), w.clock.run(10)]);
    expect([...calls]).toEqual(['open', 'ready', 'ping', 'goodbye', 'drop']);
    await expectNothingLeft(w);
  });

  test('with the id, URL and name of a running one is that one; another name is refused', async () => {
    const w = world();
    const { spec } = fake();
    const connection = adopt(w.supervisor, spec);
    expect(adopt(w.supervisor, spec)).toBe(connection);
    expect(w.supervisor.get('feed')).toBe(connection);
    expect(() => adopt(w.supervisor, { ...spec, name: 'other' })).toThrow(/feed/);
    await expectNothingLeft(w);
  });

  test.each(['open', 'ping', 'drop'])(
    'without a function `%s` is a ConfigError that names it',
    async (field) => {
      const w = world();
      const { spec } = fake();
      expect(() => adopt(w.supervisor, { ...spec, [field]: undefined })).toThrow(
        `${field}: undefined is not valid`,
      );
      await expectNothingLeft(w);
    },
  );
});

describe('adopt: liveness', () => {
  test('a client that answers no ping is suspected, condemned within the bound, and dropped once', async () => {
    const w = world(fast);
    const { clients, spec } = fake();
    const connection = adopt(w.supervisor, spec);
    await w.clock.run(2500);
    expect(w.states()).toEqual(['>connecting', 'connecting>alive']);
    const [client] = clients as [FakeClient];
    client.frozen = true;
    const from = w.clock.scheduler.now();
    await w.clock.until(() => connection.state === 'suspect', 5000);
    await w.clock.until(() => connection.state === 'closed', 5000);
    const { interval, condemnAfter } = fast.heartbeat;
    expect(w.clock.scheduler.now() - from).toBeLessThanOrEqual(interval + condemnAfter);
    expect(w.states().slice(2, 5)).toEqual([
      'alive>suspect',
      'suspect>closing:heartbeat-timeout',
      'closing>closed:heartbeat-timeout',
    ]);
    expect([client.drops, client.goodbyes]).toEqual([1, 0]);
    await w.clock.run(500);
    expect([connection.state, connection.client]).toEqual(['alive', clients[1]]);
    for (const answer of client.unanswered) answer.reject(new Error('dropped'));
    await w.clock.settle();
    expect(connection.state).toBe('alive');
    await expectNothingLeft(w);
  });

  test('a round-trip time is that of a ping, and probe() resolves with it', async () => {
    const w = world(fast);
    const { clients, spec } = fake();
    const connection = adopt(w.supervisor, spec);
    await w.clock.settle();
    const [client] = clients as [FakeClient];
    client.frozen = true;
    const probed = connection.probe();
    await w.clock.run(40);
    client.unanswered[0]?.resolve();
    expect(await probed).toBe(40);
    expect(connection.rtt?.last).toBe(40);
    await expectNothingLeft(w);
  });

  test('one ping is under way at a time; a message confirms by one that was asked after it', async () => {
    const w = world(fast);
    const { clients, spec } = fake();
    const connection = adopt(w.supervisor, spec);
    await w.clock.settle();
    const [client] = clients as [FakeClient];
    client.frozen = true;
    const early = connection.probe();
    const { confirmed } = await connection.send('between');
    const late = connection.probe();
    await w.clock.settle();
    expect(client.unanswered.length).toBe(1);
    client.unanswered[0]?.resolve();
    await w.clock.settle();
    await early;
    let outcome: unknown = 'open';
    const observed = confirmed.then((each) => {
      outcome = each;
    });
    await w.clock.settle();
    expect([client.unanswered.length, outcome]).toEqual([2, 'open']);
    client.unanswered[1]?.resolve();
    await w.clock.settle();
    await Promise.all([late, observed]);
    expect(outcome).toBe('confirmed');
    await expectNothingLeft(w);
  });

  test('in the mode `listen` messages and bytes are life, no ping is sent, and silence is condemned', async () => {
    const w = world({ ...fast, heartbeat: { ...fast.heartbeat, mode: 'listen' } });
    let pings = 0;
    const { clients, spec } = fake({
      ping: async () => {
        pings++;
      },
    });
    const connection = adopt(w.supervisor, spec);
    await w.clock.settle();
    const [client] = clients as [FakeClient];
    for (let i = 0; i < 5; i++) {
      await w.clock.run(1500);
      client.adopting.message('life');
      await w.clock.run(1500);
      client.socket.bytesRead++;
    }
    expect([w.states(), pings]).toEqual([['>connecting', 'connecting>alive'], 0]);
    await w.clock.until(() => connection.state === 'closed', 5000);
    expect(w.states()).toContain('suspect>closing:heartbeat-timeout');
    await expectNothingLeft(w);
  });

  test('bytes of the stream refute a suspicion, as a long answer is life', async () => {
    const w = world(fast);
    const { clients, spec } = fake();
    const connection = adopt(w.supervisor, spec);
    await w.clock.settle();
    const [client] = clients as [FakeClient];
    client.frozen = true;
    await w.clock.until(() => connection.state === 'suspect', 5000);
    client.socket.bytesRead += 1;
    await w.clock.until(() => connection.state === 'alive', 1000);
    expect(connection.state).toBe('alive');
    await expectNothingLeft(w);
  });

  test('a stream that refuses to be asked ends nothing', async () => {
    const w = world(fast);
    const { spec } = fake({
      stream: () => ({
        get bytesRead(): number {
          throw new Error('unbound');
        },
      }),
    });
    const connection = adopt(w.supervisor, spec);
    await w.clock.run(10_000);
    expect([connection.state, connection.incarnation]).toEqual(['alive', 1]);
    await expectNothingLeft(w);
  });

  test.each([
    { kind: 'a mapped error', error: new Error('gone'), exit: { reason: 'going-away', detail: 'gone' } },
    { kind: 'a Refused', error: new Refused({ reason: 'replaced' }), exit: { reason: 'replaced' } },
    {
      kind: 'an error of the platform',
      error: Object.assign(new Error('read'), { code: 'ECONNRESET' }),
      exit: { reason: 'reset', code: 'ECONNRESET' },
    },
    {
      kind: 'a mistake of the program',
      error: new TypeError('no'),
      exit: { reason: 'crashed', detail: 'no' },
    },
  ])('a ping that rejects with $kind ends the incarnation as that', async ({ error, exit }) => {
    const w = world({ ...fast, reconnect: { restart: 'temporary' } });
    const { clients, spec } = fake({
      failure: (each) => (Object(each).message === 'gone' ? { reason: 'going-away' } : undefined),
      ping: () => Promise.reject(error),
    });
    const connection = adopt(w.supervisor, spec);
    await w.clock.run(2000);
    expect(await connection.closed).toMatchObject(exit);
    expect(clients.map(({ drops }) => drops)).toEqual([1]);
    await expectNothingLeft(w);
  });
});

describe('adopt: send()', () => {
  test('gives the client the message, and an answered ping after it confirms it', async () => {
    const w = world(fast);
    const { clients, spec } = fake();
    const connection = adopt(w.supervisor, spec);
    const sent = connection.send('early');
    await w.clock.settle();
    const receipt = await sent;
    expect(clients[0]?.sent).toEqual(['early']);
    const confirmed = receipt.confirmed;
    await w.clock.run(1000);
    expect(await confirmed).toBe('confirmed');
    await expectNothingLeft(w);
  });

  test('without a function `send` rejects with `bad-message`, and the connection goes on', async () => {
    const w = world();
    const { send: _, ...spec } = fake().spec;
    const connection = adopt(w.supervisor, spec);
    await w.clock.settle();
    await expect(connection.send('x' as never)).rejects.toMatchObject({ code: 'bad-message' });
    expect(connection.state).toBe('alive');
    await expectNothingLeft(w);
  });

  test('is `never-sent` when the function throws, and the incarnation ends', async () => {
    const w = world(fast);
    const { clients, spec } = fake({
      send: (client, message) => {
        if (message === 'bad') throw new TypeError('bad');
        client.sent.push(message);
      },
    });
    const connection = adopt(w.supervisor, spec);
    await w.clock.settle();
    const bad = expect(connection.send('bad')).rejects.toMatchObject({ outcome: 'never-sent' });
    await w.clock.settle();
    const next = connection.send('next');
    await w.clock.run(600);
    await Promise.all([bad, next]);
    expect(clients.map(({ sent }) => sent)).toEqual([[], ['next']]);
    expect(w.states()).toContain('alive>closing:crashed');
    await expectNothingLeft(w);
  });

  test('ends the incarnation when what the function returned rejects', async () => {
    const w = world(fast);
    const { spec } = fake({ send: () => Promise.reject(new Error('refused')) });
    const connection = adopt(w.supervisor, spec);
    await w.clock.settle();
    void connection.send('x');
    await w.clock.settle();
    expect(w.states()).toContain('alive>closing:reset');
    await expectNothingLeft(w);
  });
});
