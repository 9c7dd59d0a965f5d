/** Adopted clients whose events come in any order: each is dropped once, and nothing is left. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { adopt } from '../../src/adopt/adopt.ts';
import { type Deferred, deferred } from '../../src/base/deferred.ts';
import { expectNothingLeft, world } from '../support/world.ts';
import { FakeClient, type FakeSpec, fake } from './fake-client.ts';

/** One client and the promises that the test settles, in any order and more than once. */
class Held {
  readonly client: FakeClient;
  readonly opened = deferred<FakeClient>();
  readonly isReady = deferred<void>();
  readonly pings: Deferred<void>[] = [];
  readonly dropped = deferred<void>();

  constructor(client: FakeClient) {
    this.client = client;
    // Those that are rejected before the adoption asks for them; what it makes of them is not caught here.
    for (const { promise } of [this.opened, this.isReady, client.parting]) promise.catch(() => {});
  }
}

const steps = {
  live({ client, opened, isReady }: Held) {
    opened.resolve(client);
    isReady.resolve();
  },
  open: ({ client, opened }: Held) => opened.resolve(client),
  'refuse to open': ({ opened }: Held) => opened.reject(new Error('open')),
  ready: ({ isReady }: Held) => isReady.resolve(),
  'refuse to be ready': ({ isReady }: Held) => isReady.reject(new Error('ready')),
  answer: ({ pings }: Held) => pings.shift()?.resolve(),
  'refuse a ping': ({ pings }: Held) => pings.shift()?.reject(new Error('ping')),
  message: ({ client }: Held) => client.adopting.message('x'),
  read: ({ client }: Held) => client.socket.bytesRead++,
  end: ({ client }: Held) => client.adopting.ended(),
  fail: ({ client }: Held) => client.adopting.ended(new Error('fail')),
  part: ({ client }: Held) => client.parting.resolve(),
  'refuse to part': ({ client }: Held) => client.parting.reject(new Error('part')),
  drop: ({ dropped }: Held) => dropped.resolve(),
};
const names = Object.keys(steps) as (keyof typeof steps)[];

function holding(): { held: Held[]; spec: FakeSpec } {
  const held: Held[] = [];
  const of = (client: FakeClient) => held.find((each) => each.client === client) as Held;
  const { spec } = fake({
    open(adopting) {
      const next = new Held(new FakeClient(adopting));
      held.push(next);
      return next.opened.promise;
    },
    ready: (client) => of(client).isReady.promise,
    ping(client) {
      const answer = deferred<void>();
      of(client).pings.push(answer);
      return answer.promise;
    },
    drop(client) {
      client.drops++;
      return of(client).dropped.promise;
    },
  });
  return { held, spec };
}

const step = fc.oneof(
  { weight: 1, arbitrary: fc.tuple(fc.constant('live' as const), fc.constant(0)) },
  { weight: 3, arbitrary: fc.tuple(fc.constantFrom(...names), fc.nat(3)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('wait' as const), fc.nat(4000)) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom('send', 'reconnect', 'close', 'connect'), fc.constant(0)),
  },
);

test('adopt: in any order of events a client that was delivered is dropped once, any other never, and nothing is left', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (sequence) => {
      const w = world({ heartbeat: { interval: 1000, condemnAfter: 1000 } });
      const { held, spec } = holding();
      let connection = adopt(w.supervisor, spec);
      await w.clock.settle();
      for (const [name, count] of sequence) {
        if (name === 'wait') await w.clock.run(count);
        else if (name === 'send') void connection.send('x');
        else if (name === 'reconnect') connection.reconnect();
        else if (name === 'close') void connection.close();
        else if (name === 'connect') connection = adopt(w.supervisor, spec);
        else {
          const chosen = held.at(-1 - (count % held.length));
          if (chosen !== undefined) steps[name as keyof typeof steps](chosen);
        }
        await w.clock.settle();
        if (connection.state === 'alive') expect(connection.client).toBe(held.at(-1)?.client);
      }
      await expectNothingLeft(w);
      for (const each of held) each.opened.reject(new Error('too late'));
      await w.clock.settle();
      const delivered = await Promise.all(
        held.map(({ opened }) =>
          opened.promise.then(
            () => 1,
            () => 0,
          ),
        ),
      );
      expect(held.map(({ client }) => client.drops)).toEqual(delivered);
      expect(w.reported).toEqual([]);
      expect(held.every(({ client }) => client.adopting.signal.aborted)).toBe(true);
    }),
    { numRuns: 200 },
  );
});
