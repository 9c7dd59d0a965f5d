/**
 * Sessions between supervisors, with processes that die, stand still or stop, and a network with faults, from one seed; the invariants are
 * checked after every callback. `SEED=7` runs that seed, `SEEDS=1000` runs the seeds 1 to 1000.
 */
import { expect, test } from 'vitest';
import { simulateSessions } from './scenario.ts';

const { SEED, SEEDS = '20' } = process.env;
/**
 * Seeds that found a fault. 458: a session that went on after its goodbye. 606: a timer of a session whose hello was answered after its
 * supervisor had stopped. 667: a session whose handler had failed, with `onFailure: 'end'`, went on without handing anything out.
 */
const found = [458, 606, 667];
const first = Array.from({ length: Number(SEEDS) }, (_, at) => at + 1);
const seeds = SEED === undefined ? [...new Set([...first, ...found])] : [Number(SEED)];

test('simulation of sessions: all invariants hold for every seed', { timeout: 3_600_000 }, async () => {
  const sums = { handed: 0, again: 0, confirmed: 0, epochs: 0 };
  for (const seed of seeds) {
    const outcome = await simulateSessions(seed);
    for (const key of Object.keys(sums) as (keyof typeof sums)[]) sums[key] += outcome[key];
  }
  if (SEED !== undefined) return;
  const perSeed = (sum: number) => sum / seeds.length;
  expect(perSeed(sums.handed)).toBeGreaterThanOrEqual(40);
  expect(perSeed(sums.confirmed)).toBeGreaterThanOrEqual(35);
  expect(perSeed(sums.epochs)).toBeGreaterThanOrEqual(8);
  expect(perSeed(sums.again)).toBeGreaterThanOrEqual(0.5);
});

test('simulation of sessions: a seed repeats its log to the last line', async () => {
  const [first, second] = [await simulateSessions(7), await simulateSessions(7)];
  expect(first.log.length).toBeGreaterThan(100);
  expect(second.log).toEqual(first.log);
});
