/**
 * A session against its model: any interleaving of messages, acknowledgements, cuts, resumes with replays, and processes on one store that
 * die, stand still, stop and begin. Each message is handled once, but for what a process with a fault had claimed, which is flagged; each effect in
 * a transaction of the store is there once; all that was sent arrives in order.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { commands } from './model/commands.ts';
import { Stage } from './model/stage.ts';

const runs = Number(process.env.RUNS ?? 100);

test('model of a session: exactly once, in order, over processes that die', {
  timeout: 600_000,
}, async () => {
  const sums = { begun: 0, again: 0, effects: 0, received: 0 };
  await fc.assert(
    fc.asyncProperty(commands, fc.integer({ min: 1, max: 1e6 }), async (list, seed) => {
      const stage = new Stage(seed);
      for (const host of ['a', 'b'] as const) await stage.begin(host);
      await fc.asyncModelRun(() => ({ model: { isHalted: new Set<string>() }, real: stage }), list);
      await stage.settle();
      const { client, ledger } = stage;
      expect(client.isAttached).toBe(true);
      expect([ledger.recorded, client.acked]).toEqual([client.sent.length, client.sent.length]);
      expect([...new Set(ledger.begun.map((text) => text.replace('!', '')))]).toEqual(client.sent);
      expect(client.received).toEqual(ledger.log);
      expect(ledger.effects).toEqual([...new Set(ledger.effects)]);
      for (const { fates, isDead } of stage.all) {
        if (isDead) continue;
        const inLog = (wanted: string) =>
          [...fates].filter(([text, fate]) => fate === wanted && ledger.log.includes(text));
        expect(inLog('never-sent')).toEqual([]);
        expect(inLog('confirmed')).toEqual([...fates].filter(([, fate]) => fate === 'confirmed'));
      }
      await stage.end();
      expect(stage.all.filter(({ isDead, clock }) => !isDead && clock.pending > 0)).toEqual([]);
      sums.begun += ledger.begun.length;
      sums.again += ledger.begun.filter((text) => text.endsWith('!')).length;
      sums.effects += ledger.effects.length;
      sums.received += client.received.length;
    }),
    { numRuns: runs },
  );
  // The runs are others each time: they begin 5 to 8 messages each, and receive 3 to 6.
  expect(sums.begun).toBeGreaterThan(2 * runs);
  expect(sums.received).toBeGreaterThan(runs);
  expect(sums.again).toBeGreaterThan(0);
  expect(sums.effects).toBeGreaterThan(0);
});
