import { describe, expect, test } from 'vitest';
import { type Row, row } from '../../bench/model/cells.ts';
import { detection } from '../../bench/model/deaths.ts';
import { type Conduct, Life } from '../../bench/model/lives.ts';
import { broadband, inGoodWeather, mobile, type Network } from '../../bench/model/networks.ts';
import { tables } from '../../bench/model/report.ts';
import { fixedTimeout, holdfast, type Rule, rules, twoMissedPings } from '../../bench/model/rules.ts';
import { defaultPolicy } from '../../src/config/policy.ts';
import { worstCaseDetection, worstCaseSuspicion } from '../../src/policy/detection.ts';

const calm: Network = { ...inGoodWeather(broadband), loss: 0 };
/** The model's connection is idle: no bytes are ahead of a probe. */
const limits = { ...defaultPolicy.heartbeat, transitMax: 0, write: null };
const everyTenMinutes = { every: 600_000, lossy: 1 };

/** Wrong verdicts a day. */
function mistakes(network: Network, rule: Rule, conduct: Conduct = 'never stalls', days = 60): number {
  return new Life(network, rule, conduct, 1).live(days).verdicts / days;
}

describe('detection model, on a network without faults', () => {
  test.each(rules)('$name condemns and suspects no live peer', (rule) => {
    const { verdicts, suspicions } = new Life(calm, rule, 'never stalls', 1).live(3);
    expect([verdicts, suspicions]).toEqual([0, 0]);
  });

  test.each<Conduct>(['looks again', 'does not look'])(
    'an answer that waits in our kernel during a stall: a process that %s',
    (conduct) => {
      const stalling = { ...calm, stalls: { every: 60_000, length: () => 30_000, lossy: 0 } };
      const wrong = mistakes(stalling, fixedTimeout(10_000), conduct, 3);
      if (conduct === 'looks again') expect(wrong).toBe(0);
      else expect(wrong).toBeGreaterThan(0);
    },
  );
});

describe('detection model, in an outage that loses all packets', () => {
  // A ping lost at its start is sent again 230 ms, 690, 1610, 3450, 7130 and 14,490 ms later.
  const outage = (ms: number) => ({ ...calm, outages: { ...everyTenMinutes, length: () => ms } });

  // Not never: now and then another begins before that copy has gone.
  test('of 7 s ends before the copy that saves a timeout of 10 s', () => {
    expect(mistakes(outage(7000), fixedTimeout(10_000))).toBeLessThan(1);
    expect(mistakes(outage(7000), holdfast)).toBeLessThan(1);
    expect(mistakes(outage(7000), fixedTimeout(5000))).toBeGreaterThan(40);
  });

  test.each([
    ['a timeout of 10 s', fixedTimeout(10_000), 9000, 7130],
    ['holdfast', holdfast, 9000, 7130],
    ['a timeout of 5 s', fixedTimeout(5000), 6000, 3450],
    ['two missed pings', twoMissedPings, 16_000, 14_490],
  ])('kills as often as its end is too far from a ping: %s', (_title, rule, ms, lastCopy) => {
    const outages = 86_400_000 / (everyTenMinutes.every + ms);
    const pingInTime = (ms - lastCopy) / 9500;
    const expected = outages * pingInTime;
    const wrong = mistakes(outage(ms), rule, 'never stalls', 100);
    expect(wrong / expected).toBeGreaterThan(0.9);
    expect(wrong / expected).toBeLessThan(1.1);
  });

  test('kills fewer connections when the network delivers the packets at its end', () => {
    const held = { ...calm, outages: { every: 600_000, length: () => 8000, lossy: 0 } };
    expect(mistakes(held, fixedTimeout(10_000))).toBeLessThan(1);
    expect(mistakes(held, fixedTimeout(5000))).toBeGreaterThan(30);
  });
});

describe('detection model of holdfast', () => {
  test('a stall of the own process starts the stage again, where others condemn', () => {
    const outages = { ...everyTenMinutes, length: () => 14_000 };
    const both = { ...calm, outages, stalls: { every: 60_000, length: () => 5000, lossy: 0 } };
    const without = { ...holdfast, graces: 0 };
    expect(mistakes(both, holdfast, 'looks again')).toBeLessThan(mistakes(both, without, 'looks again'));
  });

  test.each([broadband, mobile])('notices a death on $name within its worst case', (network) => {
    const { suspected, condemned } = detection(network, holdfast, 20_000, 1);
    expect(condemned.p99).toBeLessThanOrEqual(worstCaseDetection('probe', limits));
    expect(suspected.p99).toBeLessThanOrEqual(worstCaseSuspicion('probe', limits));
    // Half of a mean distance of pings, then the floor of the suspicion or the time to the verdict.
    expect(suspected.median).toBeGreaterThan(5000);
    expect(suspected.median).toBeLessThan(5500);
    expect(condemned.median).toBeGreaterThan(14_500);
    expect(condemned.median).toBeLessThan(15_000);
  });
});

test('detection model: a timeout of 5 s is wrong about 15 times a day on mobile', () => {
  const wrong = mistakes(mobile, fixedTimeout(5000));
  expect(wrong).toBeGreaterThan(13);
  expect(wrong).toBeLessThan(18);
});

describe('a row of the table', () => {
  const size = { days: 12, deaths: 200, batches: 4, seed: 5 };
  const compute = (seed = 5): Row =>
    row({ network: mobile, rule: fixedTimeout(5000) }, { ...size, seed }, () => undefined);

  test('repeats from its seed, and differs for another seed', () => {
    expect(compute()).toEqual(compute());
    expect(compute(6)).not.toEqual(compute());
  });

  test('has a cell for each network behaviour, with the spread of the batches', () => {
    const { cells } = compute();
    expect(cells.map(({ conduct }) => conduct)).toEqual(['never stalls', 'looks again', 'does not look']);
    expect(cells.every(({ falseVerdicts }) => falseVerdicts.error > 0)).toBe(true);
  });

  test('is printed as Markdown', () => {
    expect(tables([compute()], size)).toMatch(
      /^mobile\n\n\|.*\n\| ---.*\n\| fixed 5 s \| \d+\.\d \/ \d+\.\d \|/,
    );
  });
});
