import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BackoffPolicy, firstBackoff, type Jitter } from '../../src/policy/backoff.ts';
import { virtualClock } from '../../src/testing/clock.ts';

type Exponential = Extract<BackoffPolicy, { type: 'exponential' }>;

const defaults: Exponential = { type: 'exponential', base: 1000, factor: 2, cap: 30_000, jitter: 'none' };

function delays(policy: Partial<Exponential>, random: () => number, count: number): number[] {
  let backoff = firstBackoff({ ...defaults, ...policy }, random);
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

/** What chance exceeds once in a thousand, at 29 degrees of freedom. */
const SURPRISING = 58.3;

describe('without jitter', () => {
  test.each<[string, Partial<Exponential>, number[]]>([
    ['doubles up to the cap', {}, [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]],
    ['multiplies by any factor', { factor: 1.5, cap: 4000 }, [1000, 1500, 2250, 3375, 4000, 4000]],
    ['is constant with factor 1', { factor: 1 }, [1000, 1000, 1000]],
    ['starts at a cap below its base', { base: 50_000 }, [30_000, 30_000]],
    ['rounds up to whole milliseconds', { base: 1.2, cap: 10 }, [2, 3, 5, 10]],
    ['waits a millisecond at least', { base: 0.01, factor: 1 }, [1, 1]],
    ['survives a factor that overflows', { factor: 1e308 }, [1000, 30_000, 30_000]],
  ])('%s', (_title, policy, expected) => {
    expectDurations({ ...policy, jitter: 'none' }, expected);
  });
});

describe('with jitter', () => {
  const almostOne = 1 - 2 ** -53;
  test.each<[string, Jitter, number, number[]]>([
    ['full reaches down to a millisecond', 'full', 0, [1, 1, 1]],
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

  test('the check for evenness notices a spread that is not even', () => {
    const { random } = virtualClock({ seed: 6298 });
    const jitterBeforeTheCap = delays({ jitter: 'full', base: 60_000, cap: 60_000 }, random, 30_000);
    const squeezed = jitterBeforeTheCap.map((delay) => Math.min(30_000, delay));
    expect(chiSquare(squeezed, 1, 30_000, 30)).toBeGreaterThan(SURPRISING);
  });

  test('draws anew for each delay', () => {
    expect(new Set(delays({ jitter: 'full' }, virtualClock().random, 50)).size).toBeGreaterThan(40);
  });
});

test('every delay up to attempt 2000 is whole, finite, at least 1 and at most the cap', () => {
  const policy = fc.record({
    base: fc.integer({ min: 1, max: 1e12 }),
    factor: fc.double({ min: 1, max: 1e300, noNaN: true }),
    cap: fc.integer({ min: 1, max: 1e12 }),
    jitter: fc.constantFrom<Jitter>('full', 'equal', 'none'),
  });
  fc.assert(
    fc.property(policy, fc.integer(), (some, seed) => {
      const all = delays(some, virtualClock({ seed }).random, 2000);
      expect(all.every((delay) => Number.isSafeInteger(delay))).toBe(true);
      expect(Math.min(...all)).toBeGreaterThanOrEqual(1);
      expect(Math.max(...all)).toBeLessThanOrEqual(some.cap);
    }),
    { numRuns: 50 },
  );
});

test('is a value: asking for the next delay changes nothing', () => {
  const first = firstBackoff(defaults, () => 0);
  const seconds = [first.next(() => 0), first.next(() => 0)].map(({ delayMs }) => delayMs);
  expect([first.delayMs, ...seconds]).toEqual([1000, 2000, 2000]);
});
