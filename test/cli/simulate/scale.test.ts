import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Results } from '../../../src/cli/simulate/results.ts';
import { resampled, scaleOf, spanOf, timeTicks } from '../../../src/cli/simulate/scale.ts';
import { setting, storm, ungated } from '../../storm/storms.ts';

/** A storm that took `seconds`, of a server that was down for `outage`, with this peak. */
function results(overrides: { seconds?: number; outage?: number; peak?: number }): Results {
  const { seconds = 100, outage = 60, peak = 1 } = overrides;
  const { upAt: _, attemptsPerSecond, connectedPerSecond, ...figures } = storm({ clients: 1 }, ungated);
  const attempts = Array.from({ length: seconds }, (__, second) => attemptsPerSecond[second] ?? 0);
  const course = { upAt: outage, attemptsPerSecond: attempts, connectedPerSecond };
  return {
    setting: { ...setting, outageMs: outage * 1000 },
    rows: [{ figures: { ...figures, peakPerSecond: peak }, course }],
  };
}
const span = (from: number, seconds: number, upAt: number) => ({ from, seconds, upAt });

test.each([
  ['a short storm as a whole', { seconds: 110 }, span(0, 110, 60)],
  ['at most three times the longer of outage and ideal', { seconds: 9999 }, span(0, 60 + 180, 60)],
  [
    'at most twice the rest of an outage before server-up',
    { seconds: 650, outage: 600 },
    span(500, 150, 100),
  ],
  ['the outage, without clients that come back', { seconds: 2 }, span(0, 61, 60)],
  ['no outage', { seconds: 50, outage: 0 }, span(0, 50, 0)],
])('scale: a picture shows %s', (_name, overrides, expected) => {
  expect(spanOf(results(overrides))).toEqual(expected);
});

test.each([
  ['linear', 2110, false, [0, 1000, 2000]],
  ['linear', 2110, true, [0, 500, 1000, 1500, 2000]],
  ['linear', 10_000, false, [0, 5000]],
  ['logarithmic', 10_001, false, [1, 100, 10_000]],
  ['logarithmic', 10_001, true, [1, 10, 100, 1000, 10_000]],
])('scale: %s for a peak of %i', (name, peak, fine, feet) => {
  expect(scaleOf(results({ peak }), fine)).toMatchObject({ name, feet });
});

test('scale: heights stay within 0 to 1, and grow with the count', () => {
  const counts = fc.integer({ min: 0, max: 1_000_000 });
  fc.assert(
    fc.property(counts, counts, fc.boolean(), (a, b, fine) => {
      const [less, peak] = a < b ? [a, b] : [b, a];
      const { heightOf } = scaleOf(results({ peak }), fine);
      expect(heightOf(less)).toBeGreaterThanOrEqual(0);
      expect(heightOf(peak)).toBeGreaterThanOrEqual(heightOf(less));
      expect(heightOf(peak)).toBeLessThanOrEqual(1);
    }),
  );
});

test.each([
  [span(0, 110, 60), 10, [-60, -40, -20, 0, 20, 40]],
  [span(0, 110, 60), 5, [-50, 0, 50]],
  [span(500, 150, 100), 8, [-100, -80, -60, -40, -20, 0, 20, 40]],
  [span(0, 3, 0), 10, [0, 1, 2, 3]],
])('scale: the ticks of %o are round numbers', (shown, count, ticks) => {
  expect(timeTicks(shown, count).map((tick) => tick + 0)).toEqual(ticks);
});

test('scale: a column shows the highest of its seconds', () => {
  expect(resampled([9, 1, 5, 2, 3, 4], span(1, 4, 0), 2)).toEqual([5, 3]);
  expect(resampled([1, 2], span(0, 2, 0), 4)).toEqual([1, 1, 2, 2]);
  expect(resampled([1], span(0, 3, 0), 3)).toEqual([1, 0, 0]);
});
