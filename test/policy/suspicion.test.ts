import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Rtt } from '../../src/policy/rtt.ts';
import { dueAfter, listenWindow, nextProbe, suspectDelay } from '../../src/policy/suspicion.ts';

const never = Number.POSITIVE_INFINITY;
const wan = { min: 500, max: 2000 };
const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const milliseconds = fc.integer({ min: 1, max: 1_000_000 });

function rtt(smoothed: number, variance: number): Rtt {
  return { smoothed, variance, last: smoothed };
}

describe('the wait from a probe to the suspicion', () => {
  test.each([
    ['1 s before the first sample', undefined, wan, 1000],
    ['no more than max before the first sample', undefined, { min: 200, max: 800 }, 800],
    ['no less than min before the first sample', undefined, { min: 1500, max: 4000 }, 1500],
    ['SRTT + 4 * RTTVAR', rtt(300, 100), wan, 700],
    ['at least a millisecond more than a steady SRTT', rtt(900, 0), wan, 901],
    ['SRTT plus the clock granularity where 4 * RTTVAR is smaller', rtt(900, 0.2), wan, 901],
    ['SRTT + 4 * RTTVAR where that is larger than the granularity', rtt(900, 0.5), wan, 902],
    ['min on a fast link', rtt(1, 0.1), wan, 500],
    ['max on a slow link', rtt(5000, 10), wan, 2000],
  ])('is %s', (_title, estimate, bounds, expected) => {
    expect(suspectDelay(estimate, bounds)).toBe(expected);
  });

  test('stays within min and max for any estimate', () => {
    const bounds = fc.tuple(milliseconds, milliseconds).map(([a, b]) => ({
      min: Math.min(a, b),
      max: Math.max(a, b),
    }));
    const estimate = fc.option(fc.tuple(milliseconds, milliseconds), { nil: undefined });
    fc.assert(
      fc.property(bounds, estimate, ({ min, max }, known) => {
        const delay = suspectDelay(known && rtt(...known), { min, max });
        expect(delay).toBeGreaterThanOrEqual(min);
        expect(delay).toBeLessThanOrEqual(max);
      }),
    );
  });
});

/** When probes go out, from the first on. */
function ladder(d: number, probes: number, condemnAfter: number): number[] {
  const offsets: number[] = [];
  for (let sent = 0; ; sent++) {
    const offset = nextProbe(sent, d, { probes, condemnAfter });
    if (offset === never) return offsets;
    offsets.push(offset);
  }
}

describe('probe ladder', () => {
  test.each([
    ['0, d, 3d, 7d', 1000, 3, 10_000, [0, 1000, 3000, 7000]],
    ['the same on a fast link', 500, 3, 10_000, [0, 500, 1500, 3500]],
    ['cut before the condemnation', 2000, 3, 10_000, [0, 2000, 6000]],
    ['without a probe at the moment of the condemnation', 1000, 3, 7000, [0, 1000, 3000]],
    ['cut by the number of probes', 1000, 1, 10_000, [0, 1000]],
    ['the first probe alone, with probes 0', 1000, 0, 10_000, [0]],
    ['longer with more permitted probes', 100, 5, 10_000, [0, 100, 300, 700, 1500, 3100]],
    ['empty when suspicion and condemnation coincide', 1000, 3, 0, []],
  ])('is %s', (_title, d, probes, condemnAfter, expected) => {
    expect(ladder(d, probes, condemnAfter)).toEqual(expected);
  });

  test('doubles each distance, and ends before the condemnation and after the permitted probes', () => {
    fc.assert(
      fc.property(milliseconds, fc.nat(2000), milliseconds, (d, probes, condemnAfter) => {
        const offsets = ladder(d, probes, condemnAfter);
        const gaps = offsets.slice(1).map((offset, at) => offset - (offsets[at] ?? 0));
        expect(gaps).toEqual(gaps.map((_, at) => d * 2 ** at));
        expect(offsets.length).toBeLessThanOrEqual(probes + 1);
        expect(Math.max(...offsets)).toBeLessThan(condemnAfter);
      }),
    );
  });
});

test('dueAfter: from 0.9 to 1 times the interval', () => {
  fc.assert(
    fc.property(milliseconds, chance, (interval, random) => {
      const due = dueAfter(interval, () => random);
      expect(due).toBeCloseTo(interval * (0.9 + random / 10), 6);
      expect(due).toBeGreaterThanOrEqual(0.9 * interval);
      expect(due).toBeLessThanOrEqual(interval);
    }),
  );
});

test('listenWindow: two intervals', () => {
  expect(listenWindow(10_000)).toBe(20_000);
});
