import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BackoffPolicy, firstBackoff } from '../../src/policy/backoff.ts';
import { type ExitReason, reasonClasses } from '../../src/policy/exits.ts';
import {
  admits,
  blamedBy,
  failed,
  type Gate,
  held,
  isClosed,
  lost,
  opened,
  shortened,
  unknownGate,
} from '../../src/policy/gate.ts';
import { virtualClock } from '../../src/testing/clock.ts';

const backoff: BackoffPolicy = { type: 'exponential', base: 1000, factor: 2, cap: 30_000, jitter: 'none' };
const half = () => 0.5;

/** `s`: a success; `f`: a dial that began at `now` failed; `l`: a goodbye. A second passes after each. */
function after(story: string, from: Gate = unknownGate, chance = half): Gate {
  let gate = from;
  for (const [second, happened] of [...story].entries()) {
    const now = second * 1000;
    if (happened === 's') gate = opened(gate);
    else if (happened === 'f') gate = failed(gate, now, backoff, now, chance);
    else gate = lost(gate, backoff, now, chance);
  }
  return gate;
}

describe('gate window', () => {
  test.each<[story: string, window: number, state: Gate['state']]>([
    ['', 1, 'unknown'],
    ['s', 2, 'open'],
    ['sss', 4, 'open'],
    ['f', 1, 'failed'],
    ['ff', 1, 'failed'],
    ['ssssssf', 3.5, 'open'],
    ['ssssssff', 1.75, 'open'],
    ['ssssssfff', 1, 'failed'],
    ['sf', 1, 'failed'],
    ['fs', 2, 'open'],
    ['fss', 2.5, 'open'],
    ['ssssssfs', 3.5 + 1 / 3.5, 'open'],
    ['sssl', 1, 'failed'],
    ['l', 1, 'failed'],
  ])('after "%s" is %d, and the gate is %s', (story, window, state) => {
    const gate = after(story);
    expect(gate.window).toBeCloseTo(window, 9);
    expect(gate.state).toBe(state);
  });

  test.each<[story: string, dialing: number]>([
    ['', 1],
    ['s', 2],
    ['fss', 2],
    ['fsss', 2],
    ['fssss', 3],
    ['ssssssf', 3],
  ])('after "%s" lets %d dial at once', (story, dialing) => {
    const gate = after(story);
    const now = 1e6;
    expect([dialing - 1, dialing].map((each) => admits(gate, each, now))).toEqual([true, false]);
  });
});

describe('a gate that failed', () => {
  test('waits for the backoff between its dials', () => {
    const waits: number[] = [];
    let gate = unknownGate;
    let now = 0;
    for (let dial = 0; dial < 7; dial++) {
      gate = failed(gate, now, backoff, now, half);
      waits.push(gate.until - now);
      now = gate.until;
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  });

  test('admits one dial when its backoff is over, and none before', () => {
    const gate = failed(unknownGate, 0, backoff, 0, half);
    expect([999, 1000].map((now) => admits(gate, 0, now))).toEqual([false, true]);
    expect(admits(gate, 1, 1000)).toBe(false);
  });

  test('ignores failures of dials that began before it failed', () => {
    const gate = failed(unknownGate, 500, backoff, 1000, half);
    expect(failed(gate, 999, backoff, 1500, half)).toBe(gate);
    expect(failed(gate, 1000, backoff, 1500, half)).not.toBe(gate);
  });

  test('ignores a going-away of a live connection', () => {
    const gate = failed(unknownGate, 0, backoff, 0, half);
    expect(lost(gate, backoff, 10, half)).toBe(gate);
  });

  test('starts its backoff over after a success', () => {
    const gate = failed(opened(after('ffff')), 1e5, backoff, 1e5, half);
    expect(gate.until).toBe(1e5 + 1000);
  });
});

describe('a gate that is open', () => {
  test('pauses for whole milliseconds', () => {
    expect(failed(after('ssssss'), 5000, backoff, 10_000, () => 0.1234567).until).toBe(10_124);
  });

  test('pauses for at most 1 s after a failure', () => {
    const gate = failed(after('ssssss'), 5000, backoff, 10_000, half);
    expect(gate.until).toBe(10_500);
    expect([10_499, 10_500].map((now) => admits(gate, 0, now))).toEqual([false, true]);
  });

  test('closes for the backoff at a going-away of a live connection', () => {
    expect(lost(after('sss'), backoff, 10_000, half)).toMatchObject({ state: 'failed', until: 11_000 });
  });
});

test('gate: a success ends the backoff, and keeps a Retry-After', () => {
  const down = failed(unknownGate, 0, backoff, 0, half);
  expect(admits(opened(down), 0, 1)).toBe(true);
  expect(opened(held(down, 5000)).until).toBe(5000);
  const halved = failed(after('ssssss'), 5000, backoff, 10_000, half);
  expect(opened(halved).until).toBe(10_500);
});

test('gate: isClosed during backoff and Retry-After, not during the pause after a failure', () => {
  const down = failed(unknownGate, 0, backoff, 0, half);
  const halved = failed(after('ssssss'), 5000, backoff, 10_000, half);
  expect([unknownGate, down, halved, held(halved, 20_000)].map((gate) => isClosed(gate, 10_100))).toEqual([
    false,
    false,
    false,
    true,
  ]);
  expect(isClosed(down, 999)).toBe(true);
});

test('gate: held() extends the wait, and never shortens it', () => {
  const gate = held(unknownGate, 5000);
  expect([4999, 5000].map((now) => admits(gate, 0, now))).toEqual([false, true]);
  expect(held(gate, 4000)).toBe(gate);
  expect(failed(gate, 0, backoff, 0, half).until).toBe(5000);
  expect(opened(gate).until).toBe(5000);
});

test('gate: a failure to reach the host blames the host, a status of 5xx or a goodbye the route, anything else neither', () => {
  const reasons = Object.keys(reasonClasses) as ExitReason[];
  const blaming = (blame: string) => reasons.filter((reason) => blamedBy({ reason }) === blame).sort();
  const unreachable = ['connect-timeout', 'handshake-timeout', 'not-found', 'refused', 'unreachable'];
  expect([blaming('host'), blaming('route')]).toEqual([unreachable, ['going-away']]);
  const upgrade = (code: string | number) => blamedBy({ reason: 'upgrade-refused', code });
  expect([500, 503, 599].map(upgrade)).toEqual(Array(3).fill('route'));
  expect([429, 404, 302, 'ECONNRESET'].map(upgrade)).toEqual(Array(4).fill(undefined));
});

test('gate: after any events a dial is admitted in time, and the window is bounded', () => {
  const step = fc.record({
    happened: fc.constantFrom('success', 'failure', 'old failure', 'goodbye', 'hint'),
    pause: fc.nat(100_000),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300, size: 'max' }), fc.integer(), (steps, seed) => {
      const { random } = virtualClock({ seed });
      let gate = unknownGate;
      let now = 0;
      let successes = 0;
      let latest = 0;
      for (const { happened, pause } of steps) {
        now += pause;
        if (happened === 'success') gate = opened(gate);
        else if (happened === 'goodbye') gate = lost(gate, backoff, now, random);
        else if (happened === 'hint') gate = held(gate, now + pause);
        else gate = failed(gate, happened === 'failure' ? now : 0, backoff, now, random);
        successes += happened === 'success' ? 1 : 0;
        latest = Math.max(latest, now + Math.max(pause, 30_000));
        expect(gate.window).toBeGreaterThanOrEqual(1);
        expect(gate.window).toBeLessThanOrEqual(1 + successes);
        expect(gate.until).toBeLessThanOrEqual(latest);
        expect(admits(gate, 0, Math.max(now, gate.until))).toBe(true);
        if (gate.state !== 'open') expect(admits(gate, 1, latest)).toBe(false);
        if (gate.state === 'failed') expect(gate.backoff?.delayMs).toBeGreaterThanOrEqual(1);
      }
    }),
    { numRuns: 200 },
  );
});

test('gate: a shorter policy shortens Retry-After and backoff independently', () => {
  const every = { type: 'fixed', delay: 5000, jitter: 'none' } as const;
  const gate = held(failed(unknownGate, 0, every, 0, half), 300_000);
  expect(shortened(gate, undefined, 20_000, 10).until).toBe(20_000);
  expect(shortened(gate, undefined, 400_000, 10).until).toBe(300_000);
  expect(shortened(gate, undefined, 20, 10).until).toBe(5000);
  expect(shortened(gate, firstBackoff({ ...every, delay: 100 }, half), 20, 10).until).toBe(110);
  expect(shortened(gate, firstBackoff({ ...every, delay: 9000 }, half), 20, 10).until).toBe(9010);
  expect(shortened({ ...unknownGate, until: 700 }, undefined, 20, 10).until).toBe(700);
});

test('gate: no event changes an existing gate value', () => {
  const gate = Object.freeze({ ...unknownGate });
  for (const next of [
    opened(gate),
    failed(gate, 0, backoff, 0, half),
    lost(gate, backoff, 0, half),
    held(gate, 1),
  ]) {
    expect(next).not.toBe(gate);
  }
  expect(gate).toEqual(unknownGate);
});

test('gate: a dial with addresses of the name left blames neither host nor route', () => {
  const { untried, ...full } = { reason: 'connect-timeout', untried: 5 } as const;
  expect([blamedBy({ ...full, untried }), blamedBy(full)]).toEqual([undefined, 'host']);
});
