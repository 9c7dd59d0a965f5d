/**
 * Supervisors, servers and a network in virtual time, from one seed; what must always hold is looked at
 * after every callback. `SEED=7` runs that one, `SEEDS=1000` that many.
 */
import { expect, test } from 'vitest';
import { simulate } from './scenario.ts';

const { SEED, SEEDS = '150' } = process.env;
const seeds = SEED === undefined ? Array.from({ length: Number(SEEDS) }, (_, at) => at + 1) : [Number(SEED)];

test('what must always hold, holds in every seed', { timeout: 600_000 }, async () => {
  let lives = 0;
  for (const seed of seeds) lives += (await simulate(seed)).lives;
  if (SEED === undefined) expect(lives).toBeGreaterThanOrEqual(33 * seeds.length);
});

test('a seed replays to the last line of its log', async () => {
  const [first, second] = [await simulate(7), await simulate(7)];
  expect(first.log.length).toBeGreaterThan(100);
  expect(second.log).toEqual(first.log);
});
