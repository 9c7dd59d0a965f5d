import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultPolicy, type Policy } from '../../src/config/policy.ts';
import { resolvePolicy } from '../../src/config/resolve.ts';
import { type Watch, worstCaseDetection, worstCaseSuspicion } from '../../src/policy/detection.ts';
import { dueAfter, listenWindow, suspectDelay } from '../../src/policy/suspicion.ts';

const never = Number.POSITIVE_INFINITY;
const milliseconds = fc.integer({ min: 1, max: 1_000_000 });
const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

function limits({ heartbeat, deadlines }: Policy) {
  return { ...heartbeat, write: deadlines.write };
}

const wan = limits(defaultPolicy);
const off = { ...wan, interval: null, write: null };

describe('worst-case detection of the default policy', () => {
  test.each<[Watch, number, number]>([
    ['probe', 42_000, 50_000],
    ['listen', 20_000, 30_000],
    ['exchange', 20_000, 30_000],
    ['write', 10_000, 20_000],
    ['announce', never, never],
  ])('for %s is suspected after %d ms and condemned after %d ms', (watch, suspected, condemned) => {
    expect(worstCaseSuspicion(watch, wan)).toBe(suspected);
    expect(worstCaseDetection(watch, wan)).toBe(condemned);
  });
});

test.each([
  ['lan', 33_000, 36_000],
  ['mobile', 59_000, 70_000],
] as const)(
  'profile %s suspects a probed peer after %d ms and condemns after %d ms',
  (profile, soon, late) => {
    const chosen = limits(resolvePolicy({ profile }));
    expect(worstCaseSuspicion('probe', chosen)).toBe(soon);
    expect(worstCaseDetection('probe', chosen)).toBe(late);
  },
);

test.each<Watch>(['probe', 'listen', 'exchange', 'announce', 'write'])(
  'worst-case detection is Infinity where it is switched off: %s',
  (watch) => {
    expect(worstCaseSuspicion(watch, off)).toBe(never);
    expect(worstCaseDetection(watch, off)).toBe(never);
  },
);

test('worst-case detection without bytes ahead of the probe has no transit', () => {
  const idle = { ...wan, transitMax: 0 };
  expect([worstCaseSuspicion('probe', idle), worstCaseDetection('probe', idle)]).toEqual([12_000, 20_000]);
});

test('worst-case detection is never before the suspicion, for any condemnAfter', () => {
  expect(worstCaseDetection('probe', { ...wan, condemnAfter: 0 })).toBe(42_000);
  expect(worstCaseDetection('listen', { ...wan, condemnAfter: 0 })).toBe(20_000);
});

test('worst-case suspicion is at least the delay of the probe ladder, for any policy', () => {
  const rtt = fc.record({ smoothed: milliseconds, variance: milliseconds, last: milliseconds });
  fc.assert(
    fc.property(
      milliseconds,
      milliseconds,
      milliseconds,
      chance,
      rtt,
      (interval, max, patience, drawn, known) => {
        const some = { ...wan, interval, suspectAfter: { min: 1, max }, condemnAfter: patience };
        const asked = dueAfter(interval, () => drawn);
        const suspected = asked + suspectDelay(known, some.suspectAfter);
        expect(suspected).toBeLessThanOrEqual(worstCaseSuspicion('probe', some));
        expect(Math.max(suspected, asked + patience)).toBeLessThanOrEqual(worstCaseDetection('probe', some));
        expect(listenWindow(interval) + patience).toBeLessThanOrEqual(worstCaseDetection('listen', some));
      },
    ),
  );
});
