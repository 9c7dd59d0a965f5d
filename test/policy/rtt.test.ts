import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Rtt, sampled } from '../../src/policy/rtt.ts';

const milliseconds = fc.double({ min: 0, max: 600_000, noNaN: true });
const samples = fc.array(milliseconds, { minLength: 1, maxLength: 50 });

function estimate(all: readonly number[]): Rtt {
  const [first = Number.NaN, ...rest] = all;
  return rest.reduce(sampled, sampled(undefined, first));
}

/** RFC 6298, rules 2.2 and 2.3, word by word. */
function naive([first = Number.NaN, ...rest]: readonly number[]): { srtt: number; rttvar: number } {
  const alpha = 1 / 8;
  const beta = 1 / 4;
  let srtt = first;
  let rttvar = first / 2;
  for (const r of rest) {
    rttvar = (1 - beta) * rttvar + beta * Math.abs(srtt - r);
    srtt = (1 - alpha) * srtt + alpha * r;
  }
  return { srtt, rttvar };
}

test('rtt: follows RFC 6298 for any samples', () => {
  fc.assert(
    fc.property(samples, (all) => {
      const { srtt, rttvar } = naive(all);
      const rtt = estimate(all);
      expect(rtt.smoothed).toBeCloseTo(srtt, 6);
      expect(rtt.variance).toBeCloseTo(rttvar, 6);
      expect(rtt.last).toBe(all.at(-1));
    }),
  );
});

test('rtt: stays between the smallest and the largest sample', () => {
  fc.assert(
    fc.property(samples, (all) => {
      const { smoothed, variance } = estimate(all);
      expect(smoothed).toBeGreaterThanOrEqual(Math.min(...all) - 1e-6);
      expect(smoothed).toBeLessThanOrEqual(Math.max(...all) + 1e-6);
      expect(variance).toBeGreaterThanOrEqual(0);
    }),
  );
});

test.each([
  [[100], { smoothed: 100, variance: 50, last: 100 }],
  [[100, 100], { smoothed: 100, variance: 37.5, last: 100 }],
  [[100, 180], { smoothed: 110, variance: 57.5, last: 180 }],
  [[80, 0], { smoothed: 70, variance: 50, last: 0 }],
])('the samples %j make %j', (all, expected) => {
  expect(estimate(all)).toEqual(expected);
});

test('rtt: a sample makes a new estimate and does not change the old one', () => {
  const before = Object.freeze(sampled(undefined, 100));
  expect(sampled(before, 50)).not.toBe(before);
  expect(before).toEqual({ smoothed: 100, variance: 50, last: 100 });
});
