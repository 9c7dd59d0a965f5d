import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { backoffDefaults } from '../../src/config/policy.ts';
import {
  type BackoffPolicy,
  backoffAt,
  backoffRange,
  firstBackoff,
  type Jitter,
} from '../../src/policy/backoff.ts';
import { virtualClock } from '../../src/testing/clock.ts';

type Exponential = Extract<BackoffPolicy, { type: 'exponential' }>;

const defaults: Exponential = { type: 'exponential', base: 1000, factor: 2, cap: 30_000, jitter: 'none' };

function delays(policy: Partial<Exponential>, random: () => number, count: number): number[] {
  return delaysOf({ ...defaults, ...policy }, random, count);
}

function delaysOf(policy: BackoffPolicy, random: () => number, count: number): number[] {
  let backoff = firstBackoff(policy, random);
  return Array.from({ length: count }, () => {
    const { delayMs } = backoff;
    backoff = backoff.next(random);
    return delayMs;
  });
}

function expectDurations(policy: Partial<Exponential>, expected: number[], random = 0) {
  expect(delays(policy, () => random, expected.length)).toEqual(expected);
}

/** Pearson's statistic of `values` over equal bins of the whole numbers from `from` to `to`. */
function chiSquare(values: readonly number[], from: number, to: number, bins: number): number {
  const counts = new Array<number>(bins).fill(0);
  for (const value of values) {
    const bin = Math.floor(((value - from) * bins) / (to - from + 1));
    counts[bin] = (counts[bin] ?? Number.NaN) + 1;
  }
  const expected = values.length / bins;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

/** The chi-squared value exceeded with probability 0.001, at 29 degrees of freedom. */
const SURPRISING = 58.3;

describe('exponential backoff without jitter', () => {
  test.each<[string, Partial<Exponential>, number[]]>([
    ['doubles up to the cap', {}, [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]],
    ['multiplies by any factor', { factor: 1.5, cap: 4000 }, [1000, 1500, 2250, 3375, 4000, 4000]],
    ['is constant with factor 1', { factor: 1 }, [1000, 1000, 1000]],
    ['starts at a cap below its base', { base: 50_000 }, [30_000, 30_000]],
    ['rounds up to whole milliseconds', { base: 1.2, cap: 10 }, [2, 3, 5, 10]],
    ['is at least 1 ms', { base: 0.01, factor: 1 }, [1, 1]],
    ['stays at the cap when the power overflows', { factor: 1e308 }, [1000, 30_000, 30_000]],
  ])('%s', (_title, policy, expected) => {
    expectDurations({ ...policy, jitter: 'none' }, expected);
  });
});

describe('exponential backoff with jitter', () => {
  const almostOne = 1 - 2 ** -53;
  test.each<[string, Jitter, number, number[]]>([
    ['full reaches down to 1 ms', 'full', 0, [1, 1, 1]],
    ['full is half of the delay in the middle', 'full', 0.5, [500, 1000, 2000, 4000, 8000, 15_000, 15_000]],
    ['full reaches up to the delay', 'full', almostOne, [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]],
    ['equal keeps half', 'equal', 0, [500, 1000, 2000, 4000, 8000, 15_000, 15_000]],
    ['equal reaches up to the delay', 'equal', almostOne, [1000, 2000, 4000, 8000, 16_000, 30_000]],
  ])('%s', (_title, jitter, random, expected) => {
    expectDurations({ jitter }, expected, random);
  });

  test.each<[Jitter, number]>([
    ['full', 1],
    ['equal', 15_001],
  ])('%s spreads the delays at the cap evenly from %d ms on', (jitter, from) => {
    const { random } = virtualClock({ seed: 6298 });
    const atTheCap = delays({ jitter }, random, 30_010).slice(10);
    expect(chiSquare(atTheCap, from, 30_000, 30)).toBeLessThan(SURPRISING);
  });

  test('the check for evenness of this test fails for an uneven spread', () => {
    const { random } = virtualClock({ seed: 6298 });
    const jitterBeforeTheCap = delays({ jitter: 'full', base: 60_000, cap: 60_000 }, random, 30_000);
    const squeezed = jitterBeforeTheCap.map((delay) => Math.min(30_000, delay));
    expect(chiSquare(squeezed, 1, 30_000, 30)).toBeGreaterThan(SURPRISING);
  });

  test('draws a new random number for each delay', () => {
    expect(new Set(delays({ jitter: 'full' }, virtualClock().random, 50)).size).toBeGreaterThan(40);
  });
});

describe('decorrelated backoff', () => {
  const policy: BackoffPolicy = { type: 'decorrelated', base: 1000, cap: 30_000 };

  test.each<[string, number, number[]]>([
    ['never goes below the base', 0, [1000, 1000, 1000]],
    ['is at most three times the delay before', 1 - 2 ** -53, [3000, 9000, 27_000, 30_000, 30_000]],
    [
      'is drawn between the base and three times the delay before',
      0.5,
      [2000, 3500, 5750, 9125, 14_188, 15_500, 15_500],
    ],
  ])('%s', (_title, random, expected) => {
    expect(delaysOf(policy, () => random, expected.length)).toEqual(expected);
  });

  test('spreads evenly from the base to the cap, after a delay that allows all of it', () => {
    const { random } = virtualClock({ seed: 6298 });
    const all = delaysOf(policy, random, 60_000);
    const free = all.filter((_, index) => (all[index - 1] ?? 0) * 3 >= 30_000);
    expect(free.length).toBeGreaterThan(20_000);
    expect(chiSquare(free, 1001, 30_000, 30)).toBeLessThan(SURPRISING);
    expect(free.filter((delay) => delay === 30_000).length).toBeLessThan(10);
  });

  test('depends on the delay before it, not on the attempt', () => {
    const almostOne = () => 1 - 2 ** -53;
    expect([1, 2, 500].map((n) => backoffAt(policy, n, 2000, almostOne).delayMs)).toEqual([6000, 6000, 6000]);
  });

  test('never exceeds the cap, even when the base does', () => {
    for (const base of [30_000, 90_000]) {
      expect(delaysOf({ ...policy, base }, () => 0.5, 3)).toEqual([30_000, 30_000, 30_000]);
    }
  });
});

describe('fixed backoff', () => {
  test.each<[Jitter, number, number]>([
    ['none', 0, 5000],
    ['full', 0, 1],
    ['full', 0.5, 2500],
    ['equal', 0, 2500],
    ['equal', 0.5, 3750],
  ])('with jitter %s and chance %d is always %d ms', (jitter, random, expected) => {
    const policy: BackoffPolicy = { type: 'fixed', delay: 5000, jitter };
    expect(delaysOf(policy, () => random, 3)).toEqual([expected, expected, expected]);
  });
});

describe('table backoff', () => {
  const delaysIn = (delays: number[], jitter: Jitter, random: number) =>
    delaysOf({ type: 'table', delays, jitter }, () => random, 5);

  test.each<[string, number[], Jitter, number, number[]]>([
    [
      'uses one delay per attempt, then the last one',
      [100, 5000, 300],
      'none',
      0,
      [100, 5000, 300, 300, 300],
    ],
    ['with one delay is a fixed backoff', [700], 'none', 0, [700, 700, 700, 700, 700]],
    ['applies its jitter', [100, 1000], 'equal', 0.5, [75, 750, 750, 750, 750]],
  ])('%s', (_title, table, jitter, random, expected) => {
    expect(delaysIn(table, jitter, random)).toEqual(expected);
  });
});

const span = fc.integer({ min: 1, max: 1e12 });
const jitter = fc.constantFrom<Jitter>('full', 'equal', 'none');
const factor = fc.double({ min: 1, noNaN: true, noDefaultInfinity: true });
const bounds = fc.tuple(span, span).map(([a, b]) => ({ base: Math.min(a, b), cap: Math.max(a, b) }));
const anyPolicy: fc.Arbitrary<BackoffPolicy> = fc.oneof(
  fc
    .tuple(bounds, factor, jitter)
    .map(([each, by, how]): BackoffPolicy => ({ type: 'exponential', ...each, factor: by, jitter: how })),
  bounds.map((each): BackoffPolicy => ({ type: 'decorrelated', ...each })),
  fc.tuple(span, jitter).map(([delay, how]): BackoffPolicy => ({ type: 'fixed', delay, jitter: how })),
  fc
    .tuple(fc.array(span, { minLength: 1, maxLength: 30 }), jitter)
    .map(([delays, how]): BackoffPolicy => ({ type: 'table', delays, jitter: how })),
);

test('backoff: every delay up to attempt 2000 is whole, finite, at least 1 ms and in its range', () => {
  fc.assert(
    fc.property(anyPolicy, fc.integer(), (some, seed) => {
      const all = delaysOf(some, virtualClock({ seed }).random, 2000);
      const wrong = all.filter((delay, index) => {
        const [least, most] = backoffRange(some, index + 1);
        return !(
          Number.isSafeInteger(delay) &&
          delay >= Math.max(1, least) &&
          delay <= Math.max(1, Math.ceil(most))
        );
      });
      expect(wrong).toEqual([]);
      if ('cap' in some) expect(Math.max(...all)).toBeLessThanOrEqual(some.cap);
    }),
    { numRuns: 80 },
  );
});

describe('the range of a delay', () => {
  test.each<[string, BackoffPolicy, number, number, number]>([
    ['full jitter', backoffDefaults.exponential, 3, 0, 4000],
    ['full jitter at the cap', backoffDefaults.exponential, 5000, 0, 30_000],
    ['equal jitter', { ...backoffDefaults.exponential, jitter: 'equal' }, 2, 1000, 2000],
    ['no jitter', { ...backoffDefaults.exponential, jitter: 'none' }, 2, 2000, 2000],
    ['a decorrelated one', backoffDefaults.decorrelated, 2, 1000, 9000],
    ['a decorrelated one, late', backoffDefaults.decorrelated, 5000, 1000, 30_000],
    ['a fixed one', backoffDefaults.fixed, 9, 0, 5000],
    ['a table', backoffDefaults.table, 3, 0, 5000],
    ['a table, after its end', { ...backoffDefaults.table, jitter: 'none' }, 99, 30_000, 30_000],
  ])('of %s', (_title, policy, n, least, most) => {
    expect(backoffRange(policy, n)).toEqual([least, most]);
  });

  test('equals the range of many drawn delays', () => {
    fc.assert(
      fc.property(anyPolicy, fc.integer({ min: 1, max: 12 }), (some, n) => {
        const last = (chance: number) => delaysOf(some, () => chance, n).at(-1) ?? 0;
        const [least, most] = backoffRange(some, n);
        expect(last(0)).toBe(Math.max(1, Math.ceil(least)));
        expect(Math.abs(last(1 - 2 ** -53) - most)).toBeLessThanOrEqual(1 + most * 1e-9);
      }),
    );
  });
});

test('backoff: next() does not change the backoff', () => {
  const first = firstBackoff(defaults, () => 0);
  const seconds = [first.next(() => 0), first.next(() => 0)].map(({ delayMs }) => delayMs);
  expect([first.delayMs, ...seconds]).toEqual([1000, 2000, 2000]);
});
