/**
 * Supervisors, servers and a network in virtual time, from one seed; the invariants are checked after
 * every callback. `SEED=7` runs that seed, `SEEDS=1000` runs the seeds 1 to 1000.
 */
import { expect, test } from 'vitest';
import { simulate } from './scenario.ts';

const { SEED, SEEDS = '150' } = process.env;
const seeds = SEED === undefined ? Array.from({ length: Number(SEEDS) }, (_, at) => at + 1) : [Number(SEED)];

test('simulation: all invariants hold for every seed', { timeout: 600_000 }, async () => {
  const sums = { lives: 0, confirmed: 0, pauses: 0, chosen: 0 };
  for (const seed of seeds) {
    const outcome = await simulate(seed);
    for (const key of Object.keys(sums) as (keyof typeof sums)[]) sums[key] += outcome[key];
  }
  if (SEED !== undefined) return;
  const perSeed = (sum: number) => sum / seeds.length;
  expect(perSeed(sums.lives)).toBeGreaterThanOrEqual(33);
  expect(perSeed(sums.confirmed)).toBeGreaterThanOrEqual(3);
  expect(perSeed(sums.pauses)).toBeGreaterThanOrEqual(0.8);
  expect(perSeed(sums.chosen)).toBeGreaterThanOrEqual(0.1);
});

test('simulation: a seed repeats its log to the last line', async () => {
  const [first, second] = [await simulate(7), await simulate(7)];
  expect(first.log.length).toBeGreaterThan(100);
  expect(second.log).toEqual(first.log);
});
