import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BackoffPolicy } from '../../src/policy/backoff.ts';
import { behaviorOf, type ClientBehavior } from '../../src/storm/behavior.ts';
import { knownClients } from '../../src/storm/known-clients.ts';
import { gated, knownClient, policy, setting, storm, ungated } from './storms.ts';

/** Every client loses the server at 100 ms, and every jitter is a half. */
const half = () => 0.5;
const everyTenth: BackoffPolicy = { type: 'fixed', delay: 100, jitter: 'none' };
const fixed = (
  overrides: { gate?: boolean; maxAttempts?: number; maxElapsed?: number } = {},
): ClientBehavior => {
  const { gate = false, ...limits } = overrides;
  const { reconnect } = policy();
  return behaviorOf('fixed', {
    reconnect: { ...reconnect, backoff: everyTenth, ...limits },
    gate: { enabled: gate },
  });
};
const small = { clients: 1, processes: 1, outageMs: 1000, capacity: 10, queue: 5 };

describe('storm of a few clients, computed by hand', () => {
  test('one client dials 100 ms after each failure, which takes 50 ms', () => {
    // Dials at 200, 350, 500, 650, 800, 950, 1100; its turn is 100 ms later, and it knows after 50 ms.
    expect(storm(small, fixed(), half)).toEqual({
      policy: 'fixed',
      peakPerSecond: 6,
      peakAfterUp: 1,
      attempts: 7,
      wastedPerClient: 6,
      t50: 0.25,
      t99: 0.25,
      t100: 0.25,
      lost: 0,
      upAt: 1,
      attemptsPerSecond: [6, 1],
      connectedPerSecond: [0, 1],
    });
  });

  test('the server accepts one after the other', () => {
    // All dial at 1100, and know at 1250, 1350, 1450, 1550.
    expect(storm({ ...small, clients: 4 }, fixed(), half)).toMatchObject({
      attempts: 28,
      t50: 0.35,
      t99: 0.55,
      t100: 0.55,
    });
  });

  test('an attempt at a full queue is refused after 50 ms', () => {
    // At 1100 one is served, two wait, two are refused. They come again at 1250, when one waits.
    expect(storm({ ...small, clients: 5, queue: 2 }, fixed(), half)).toMatchObject({
      attempts: 5 * 6 + 5 + 2 + 1,
      t99: 0.65,
    });
  });

  test("a refusal takes its share of the server's time", () => {
    // Two of five attempts at 1100 are refused, both again at 1250, one at 1400: 40 ms each for later attempts.
    expect(storm({ ...small, clients: 5, queue: 2, refusalCost: 0.4 }, fixed(), half)).toMatchObject({
      t50: 0.45,
      t100: 0.85,
    });
  });

  test('while the server is down attempts can time out instead', () => {
    // Dials at 200 and 600.
    expect(storm({ ...small, silent: true, patienceMs: 300 }, fixed(), half)).toMatchObject({
      attempts: 3,
      t100: 0.15,
    });
  });

  test("a client that times out in the queue still takes the server's time", () => {
    // The last two of four attempts at 1100 time out at 1400; their turns end at 1500, when the queue is empty.
    expect(storm({ ...small, clients: 4, patienceMs: 300 }, fixed(), half)).toMatchObject({
      attempts: 4 * 7 + 2,
      t50: 0.35,
      t100: 0.75,
    });
  });

  test('at a gate one client dials first, and the others follow as the window opens', () => {
    // A dial each 150 ms at 100, 250, …, 1000. Its success at 1150 lets two dial, those at 1300 and 1400 the rest.
    expect(storm({ ...small, clients: 5 }, fixed({ gate: true }), half)).toMatchObject({
      attempts: 6 + 5,
      attemptsPerSecond: [6, 5],
      t50: 0.4,
    });
  });

  test('a client at a gate counts only its own dials as attempts', () => {
    // Six dials fail, two of each of three clients.
    const three = { ...small, clients: 3 };
    expect(storm(three, fixed({ gate: true, maxAttempts: 2 }), half)).toMatchObject({ attempts: 6, lost: 3 });
    expect(storm(three, fixed({ gate: true, maxAttempts: 3 }), half)).toMatchObject({ attempts: 9, lost: 0 });
  });

  test('a client that waits at a gate longer than maxElapsed gives up', () => {
    expect(storm({ ...small, clients: 5 }, fixed({ gate: true, maxElapsed: 950 }), half)).toMatchObject({
      attempts: 7,
      lost: 4,
      t100: null,
    });
  });
});

describe('figures of the storm', () => {
  const about = (value: number) => expect.toSatisfy((actual: number) => Math.abs(actual / value - 1) < 0.15);

  test.each([
    ['full jitter, without a gate', 100, ungated, { peakPerSecond: 109_000, peakAfterUp: 6500, t99: 56 }],
    ['100 processes with a gate each', 100, gated, { peakPerSecond: 2100, t99: 50.4 }],
    ['1000 processes with a gate each', 1000, gated, { peakPerSecond: 2300, t99: 49.8 }],
    ['socket.io', 100, knownClient('socket.io'), { peakPerSecond: 64_000, t99: 54 }],
    ['phoenix', 100, knownClient('phoenix'), { peakPerSecond: 500_000, t99: 94 }],
    ['mqtt', 100, knownClient('mqtt'), { peakPerSecond: 100_000, t99: 50 }],
    ['no jitter', 100, knownClient('no-jitter'), { peakPerSecond: 100_000, t99: 545 }],
  ])('%s', (_name, processes, behavior, figures) => {
    const expected = Object.fromEntries(Object.entries(figures).map(([key, value]) => [key, about(value)]));
    expect(storm({ processes }, behavior)).toMatchObject({ ...expected, lost: 0 });
  });

  test('full jitter is the default policy without its gate', () => {
    expect({ ...storm({}, knownClient('full-jitter')), policy: 'ungated' }).toEqual(storm({}, ungated));
  });

  test('a client that never waits longer than a second does not recover once refusals cost something', () => {
    const { lost } = storm(
      { clients: 10_000, capacity: 200, queue: 500, refusalCost: 0.05 },
      knownClient('mqtt'),
    );
    expect(lost).toBeGreaterThan(9000);
  });

  test('the first success of a single gate comes 8 s after server-up, half of the time, and 27 s at p99', () => {
    const times = Array.from(
      { length: 400 },
      (_, seed) => storm({ clients: 2, processes: 1 }, gated, seed).t50,
    );
    const sorted = times.map(Number).sort((a, b) => a - b);
    expect(sorted[200]).toBeGreaterThan(6);
    expect(sorted[200]).toBeLessThan(10);
    expect(sorted[396]).toBeGreaterThan(24);
    expect(sorted[396]).toBeLessThan(30);
  });

  test.each([
    [200, 500],
    [1000, 2500],
    [10_000, 25_000],
  ])('gates bring clients back about as fast as a server takes them that takes %i/s', (capacity, queue) => {
    const { t99, peakPerSecond } = storm({ clients: capacity * 50, capacity, queue }, gated);
    expect(t99).toBeGreaterThan(49.5);
    expect(t99).toBeLessThan(54);
    expect(peakPerSecond).toBeLessThan(capacity * 1.5);
  });
});

test('storm: the same seed repeats the storm, another seed does not', () => {
  const clients = { clients: 1000, processes: 7 };
  for (const behavior of [gated, ungated]) {
    expect(storm(clients, behavior, 3)).toEqual(storm(clients, behavior, 3));
    expect(storm(clients, behavior, 3)).not.toEqual(storm(clients, behavior, 4));
  }
});

const settings = fc.record({
  clients: fc.integer({ min: 1, max: 60 }),
  processes: fc.integer({ min: 1, max: 60 }),
  outageMs: fc.integer({ min: 0, max: 20_000 }),
  capacity: fc.integer({ min: 1, max: 100 }),
  queue: fc.integer({ min: 0, max: 50 }),
  patienceMs: fc.integer({ min: 1, max: 20_000 }),
  silent: fc.boolean(),
  refusalCost: fc.constantFrom(0, 0.05, 1),
});
const delays = fc.integer({ min: 1, max: 5000 });
const jitter = fc.constantFrom('full' as const, 'equal' as const, 'none' as const);
const backoffs: fc.Arbitrary<BackoffPolicy> = fc.oneof(
  fc.record({ type: fc.constant('fixed' as const), delay: delays, jitter }),
  fc.record({ type: fc.constant('table' as const), delays: fc.array(delays, { minLength: 1 }), jitter }),
  fc.record({
    type: fc.constant('exponential' as const),
    base: delays,
    factor: fc.double({ min: 1, max: 3, noNaN: true }),
    cap: fc.integer({ min: 5000, max: 60_000 }),
    jitter,
  }),
  fc.record({
    type: fc.constant('decorrelated' as const),
    base: delays,
    cap: fc.integer({ min: 5000, max: 60_000 }),
  }),
);
const limits = fc.record({
  maxAttempts: fc.option(fc.integer({ min: 0, max: 20 })),
  maxElapsed: fc.option(fc.integer({ min: 1, max: 60_000 })),
});
const behaviors: fc.Arbitrary<ClientBehavior> = fc.oneof(
  fc.constantFrom(...knownClients.map(({ name }) => name)).map(knownClient),
  fc
    .tuple(backoffs, limits, fc.boolean())
    .map(([backoff, limit, enabled]) =>
      behaviorOf('drawn', { reconnect: { ...policy().reconnect, ...limit, backoff }, gate: { enabled } }),
    ),
);

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

test('storm: every client ends connected or lost, and every attempt is counted', () => {
  fc.assert(
    fc.property(settings, behaviors, fc.integer(), (model, behavior, seed) => {
      const { clients } = model;
      const processes = Math.min(model.processes, clients);
      const result = storm({ ...setting, ...model, processes }, behavior, seed);
      const { attemptsPerSecond, connectedPerSecond, upAt, t50, t99, t100 } = result;
      expect(sum(connectedPerSecond) + result.lost).toBe(clients);
      expect(sum(attemptsPerSecond)).toBe(result.attempts);
      expect(result.wastedPerClient * clients).toBeCloseTo(result.attempts - (clients - result.lost));
      expect(result.peakPerSecond).toBe(Math.max(0, ...attemptsPerSecond));
      expect(result.peakAfterUp).toBe(Math.max(0, ...attemptsPerSecond.slice(upAt)));
      expect(sum(connectedPerSecond.slice(0, upAt))).toBe(0);
      expect(Math.max(0, ...connectedPerSecond)).toBeLessThanOrEqual(model.capacity + 1);
      expect(t100 === null).toBe(result.lost > 0);
      if (t100 !== null)
        expect([t50, t99, t100]).toEqual([t50, t99, t100].sort((a, b) => Number(a) - Number(b)));
    }),
    { numRuns: 200 },
  );
});
