/** Any order of requests, answers, cuts, restarts, aborts and ends: each request settles once. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { In, Out } from './support.ts';
import { opened, outcome } from './support.ts';

type Step =
  | { readonly kind: 'ask'; readonly method: string; readonly idempotent: boolean; readonly timeout: number }
  | { readonly kind: 'abort'; readonly which: number }
  | { readonly kind: 'down' | 'up' | 'freeze' | 'thaw' | 'close' | 'reconnect' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('ask' as const),
      method: fc.constantFrom('one', 'slow', 'never', 'twice', 'bad'),
      idempotent: fc.boolean(),
      timeout: fc.constantFrom(20, 700, 3000),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('abort' as const), which: fc.nat(9) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'down' as const,
        'up',
        'up',
        'freeze',
        'thaw',
        'thaw',
        'close',
        'reconnect',
        'reconnect',
      ),
    }),
  },
);
const steps = fc.array(fc.tuple(step, fc.constantFrom(0, 1, 5, 15, 300, 1200)), { maxLength: 25 });

const known =
  /^((one|slow|never|twice)!|no such method|(timeout|aborted|cut-off|not-delivered), (never-sent|in-doubt))$/;

test('requests: over any order of answers, cuts, restarts, aborts and ends each settles once, and truly', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 1, max: 1000 }), async (plan, seed) => {
      const unmatched: In[] = [];
      const desk = opened(
        { outbox: { messages: 3 } },
        { onUnmatched: (message) => unmatched.push(message) },
        seed,
      );
      const { clock, network, supervisor } = desk.here;
      const host = network.host('desk');
      const controllers: AbortController[] = [];
      const sent: { readonly id: number; readonly idempotent: boolean; how: unknown; times: number }[] = [];
      for (const [each, ms] of plan) {
        if (each.kind === 'ask') {
          const controller = new AbortController();
          const id = controllers.push(controller);
          const request = { id, idempotent: each.idempotent, how: undefined as unknown, times: 0 };
          sent.push(request);
          const { idempotent, timeout } = each;
          outcome(desk.rpc.request(each.method, { idempotent, timeout, signal: controller.signal })).then(
            (how) => {
              request.how = how;
              request.times++;
            },
          );
        } else if (each.kind === 'abort') controllers[each.which]?.abort();
        else if (each.kind === 'close') void desk.connection.close();
        else if (each.kind === 'reconnect') desk.connection.reconnect();
        else host[each.kind]();
        await clock.run(ms);
      }
      await clock.run(10_000);
      expect(desk.rpc.pending).toBe(0);
      for (const { id, idempotent, how, times } of sent) {
        expect([times, how]).toEqual([1, expect.stringMatching(known)]);
        const arrived = desk.asked.filter((text) => text.split(':')[1] === String(id)).length;
        if (String(how).endsWith('never-sent')) expect(arrived).toBe(0);
        if (!idempotent) expect(arrived).toBeLessThanOrEqual(1);
      }
      host.thaw();
      void supervisor.stop();
      await clock.run(30_000);
      expect(clock.pending).toBe(0);
    }),
    { numRuns: 80 },
  );
});

/** The type of what a desk sends is that of its protocol. */
test('requests: messages and results are typed without a cast', () => {
  const { rpc, connection } = opened();
  const typed: Promise<string> = rpc.request('one');
  const line: { send(message: Out): unknown } = connection;
  // @ts-expect-error a call is text here
  const wrong = () => rpc.request(1);
  expect([typed, line.send, wrong]).toBeDefined();
});
