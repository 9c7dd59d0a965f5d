import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultPolicy } from '../../src/config/policy.ts';
import type { BackoffPolicy, Jitter } from '../../src/policy/backoff.ts';
import { type Exit, type ExitClass, type ExitReason, reasonClasses } from '../../src/policy/exits.ts';
import {
  type Decision,
  decide,
  elapsedAt,
  freshHistory,
  type History,
  type ReconnectPolicy,
  type RestartType,
} from '../../src/policy/restart.ts';
import { virtualClock } from '../../src/testing/clock.ts';

const policy: ReconnectPolicy = {
  restart: 'permanent',
  backoff: { type: 'exponential', base: 1000, factor: 2, cap: 30_000, jitter: 'none' },
  maxAttempts: null,
  maxElapsed: null,
  stableAfter: 10_000,
  maxHint: 300_000,
  crashes: { max: 5, within: 60_000 },
};

const reasons = Object.keys(reasonClasses) as ExitReason[];

function exit(reason: ExitReason, details: Partial<Exit> = {}): Exit {
  return { reason, class: reasonClasses[reason], at: 0, livedMs: 0, proved: false, ...details };
}

/** An exit at a monotonic time. */
type Ended = readonly [at: number, exit: Exit];

/** The decisions about one exit after the other, until the first without a restart. */
function decisions(ended: readonly Ended[], changes: Partial<ReconnectPolicy> = {}, random = () => 0) {
  const made: Decision[] = [];
  let history = freshHistory;
  for (const [at, each] of ended) {
    const decision = decide(history, each, { ...policy, ...changes }, at, random);
    made.push(decision);
    if (decision.kind !== 'restart') break;
    history = decision.history;
  }
  return made;
}

/** A word for each decision: the delay, `leave`, or the reason to give up. */
function outcomes(exits: readonly Exit[], changes: Partial<ReconnectPolicy> = {}): (string | number)[] {
  return decisions(
    exits.map((each, at): Ended => [at * 1000, each]),
    changes,
  ).map(word);
}

function word(decision: Decision): string | number {
  if (decision.kind === 'restart') return decision.delayMs;
  return decision.kind === 'leave' ? 'leave' : decision.because;
}

const refused = exit('refused');
const stable = exit('reset', { livedMs: 10_000, proved: true });

describe('restart decision', () => {
  test.each<[ExitReason, permanent: unknown, transient: unknown, temporary: unknown]>([
    ['refused', 1000, 1000, 'leave'],
    ['reset', 1000, 1000, 'leave'],
    ['crashed', 1000, 1000, 'leave'],
    ['going-away', 1000, 1000, 'leave'],
    ['closed-by-peer', 1000, 'leave', 'leave'],
    ['idle-timeout', 1000, 'leave', 'leave'],
    ['max-age', 1000, 'leave', 'leave'],
    ['closed-by-us', 'leave', 'leave', 'leave'],
    ['unauthorized', 'fatal', 'fatal', 'leave'],
    ['certificate', 'fatal', 'fatal', 'leave'],
    ['protocol-error', 'fatal', 'fatal', 'leave'],
    ['bad-config', 'fatal', 'fatal', 'leave'],
  ])('after %s: permanent %s, transient %s, temporary %s', (reason, ...expected) => {
    const types = ['permanent', 'transient', 'temporary'] as const;
    expect(types.flatMap((restart) => outcomes([exit(reason)], { restart }))).toEqual(expected);
  });

  test.each<[string, Exit, unknown]>([
    ['a fatal reason moved to retryable', exit('unauthorized', { class: 'retryable' }), 1000],
    ['a retryable reason moved to fatal', exit('refused', { class: 'fatal' }), 'fatal'],
    ['a retryable reason moved to normal', exit('refused', { class: 'normal' }), 'leave'],
    ['closed-by-us, moved to retryable', exit('closed-by-us', { class: 'retryable' }), 'leave'],
    ['closed-by-us, moved to fatal', exit('closed-by-us', { class: 'fatal' }), 'leave'],
    ['a fatal exit with a hint', exit('unauthorized', { retryAfterMs: 10 }), 'fatal'],
    ['a fatal exit of a stable connection', { ...stable, class: 'fatal' }, 'fatal'],
  ])('depends on the class: %s', (_title, each, expected) => {
    expect(outcomes([each], { restart: 'transient' })).toEqual([expected]);
  });
});

describe('maxAttempts', () => {
  test.each<[number | null, unknown[]]>([
    [0, ['attempts']],
    [1, [1000, 'attempts']],
    [3, [1000, 2000, 4000, 'attempts']],
    [null, [1000, 2000, 4000, 8000, 16_000]],
  ])('with maxAttempts %s', (maxAttempts, expected) => {
    expect(outcomes(Array(5).fill(refused), { maxAttempts })).toEqual(expected);
  });

  test('counts attempts from 1', () => {
    const made = decisions([0, 1, 2].map((at): Ended => [at, refused]));
    expect(made.map((each) => each.kind === 'restart' && each.history.attempt)).toEqual([1, 2, 3]);
  });
});

describe('attempts start over', () => {
  test.each<[string, Partial<Exit>, number]>([
    ['after stableAfter (10 s) alive and proved', { livedMs: 10_000, proved: true }, 1000],
    ['not 1 ms before stableAfter', { livedMs: 9999, proved: true }, 4000],
    ['not without proof of the peer', { livedMs: 3_600_000, proved: false }, 4000],
    ['not for a socket that only opened', { livedMs: 0, proved: true }, 4000],
  ])('%s', (_title, details, expected) => {
    expect(outcomes([refused, refused, exit('reset', details)])).toEqual([1000, 2000, expected]);
  });

  test('with all attempts available again', () => {
    const exits = [refused, refused, stable, refused, refused];
    expect(outcomes(exits, { maxAttempts: 2 })).toEqual([1000, 2000, 1000, 2000, 'attempts']);
  });

  test('never at a server that accepts and closes at once', () => {
    const flapping = exit('closed-by-peer', { livedMs: 5, proved: true });
    expect(outcomes(Array(7).fill(flapping))).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  });
});

describe('crash limit', () => {
  const every = (ms: number, count: number, details: Partial<Exit> = {}) =>
    Array.from({ length: count }, (_, at): Ended => [at * ms, exit('crashed', details)]);

  /** How many restarts there were, and what ended them. */
  function survived(ended: readonly Ended[], changes: Partial<ReconnectPolicy> = {}) {
    const made = decisions(ended, changes);
    return [
      made.filter(({ kind }) => kind === 'restart').length,
      word(made.at(-1) ?? { kind: 'leave', because: 'normal' }),
    ];
  }

  test('the sixth crash within 1 min gives up', () => {
    expect(survived(every(1000, 10))).toEqual([5, 'crashes']);
  });

  test('six crashes in exactly 1 min do not give up', () => {
    expect(survived(every(11_999, 6))).toEqual([5, 'crashes']);
    expect(survived(every(12_000, 6))).toEqual([6, 30_000]);
  });

  test('crashes spread over more than 1 min never give up', () => {
    expect(survived(every(12_000, 500))).toEqual([500, 30_000]);
  });

  test('crashes count across a stable connection', () => {
    expect(survived(every(1000, 10, { livedMs: 60_000, proved: true }))).toEqual([5, 'crashes']);
  });

  test('other failures neither count nor reset the crashes', () => {
    const mixed = every(1000, 10).flatMap(([at, each]): Ended[] => [
      [at, each],
      [at + 1, refused],
    ]);
    expect(survived(mixed)).toEqual([10, 'crashes']);
  });

  test('crashes.max 0 gives up at the first crash', () => {
    expect(survived(every(1000, 2), { crashes: { max: 0, within: 60_000 } })).toEqual([0, 'crashes']);
  });

  test('other failures never reach the crash limit', () => {
    expect(survived(Array.from({ length: 100 }, (_, at): Ended => [at, refused]))).toEqual([100, 30_000]);
  });
});

describe('a hint of the peer', () => {
  function hinted(retryAfterMs: number, random = 0, changes: Partial<ReconnectPolicy> = {}) {
    const [decision] = decisions([[0, exit('going-away', { retryAfterMs })]], changes, () => random);
    return decision?.kind === 'restart' ? [decision.because, decision.delayMs] : [decision?.kind];
  }

  test.each<[number, random: number, delay: number]>([
    [7000, 0, 7000],
    [7000, 0.5, 7350],
    [7000, 0.9999, 7700],
    [0.2, 0, 1],
    [10, 0, 10],
    [300_000, 0, 300_000],
    [86_400_000, 0, 300_000],
    [Number.POSITIVE_INFINITY, 0, 300_000],
  ])('of %d ms with chance %d is a wait of %d ms', (hint, random, delay) => {
    expect(hinted(hint, random)).toEqual(['hint', delay]);
  });

  test('is bounded by maxHint before it is spread', () => {
    expect(hinted(86_400_000, 0.5)).toEqual(['hint', 315_000]);
  });

  test.each([[0], [-7000], [Number.NaN]])('of %d ms asks for nothing: the backoff stays', (hint) => {
    expect(hinted(hint)).toEqual(['backoff', 1000]);
  });

  test('is ignored with maxHint 0', () => {
    expect(hinted(7000, 0, { maxHint: 0 })).toEqual(['backoff', 1000]);
  });

  test('counts as an attempt, and the backoff behind it moves on', () => {
    const full = exit('upgrade-refused', { retryAfterMs: 7000 });
    expect(outcomes([refused, full, refused])).toEqual([1000, 7000, 4000]);
    expect(outcomes([full, full, full], { maxAttempts: 2 })).toEqual([7000, 7000, 'attempts']);
  });
});

const span = fc.integer({ min: 1, max: 1e12 });
const jitter = fc.constantFrom<Jitter>('full', 'equal', 'none');
const bounds = fc.tuple(span, span).map(([a, b]) => ({ base: Math.min(a, b), cap: Math.max(a, b) }));
const anyBackoff: fc.Arbitrary<BackoffPolicy> = fc.oneof(
  fc
    .tuple(bounds, fc.double({ min: 1, noNaN: true, noDefaultInfinity: true }), jitter)
    .map(([each, factor, how]): BackoffPolicy => ({ type: 'exponential', ...each, factor, jitter: how })),
  bounds.map((each): BackoffPolicy => ({ type: 'decorrelated', ...each })),
  fc.record({ type: fc.constant('fixed' as const), delay: span, jitter }),
  fc.record({
    type: fc.constant('table' as const),
    delays: fc.array(span, { minLength: 1, maxLength: 20 }),
    jitter,
  }),
);
const anyPolicy: fc.Arbitrary<ReconnectPolicy> = fc.record({
  restart: fc.constantFrom<RestartType>('permanent', 'permanent', 'transient', 'temporary'),
  backoff: anyBackoff,
  maxAttempts: fc.option(fc.nat(50)),
  maxElapsed: fc.option(fc.integer({ min: 1, max: 1e9 })),
  stableAfter: fc.nat(1e12),
  maxHint: fc.nat(1e12),
  crashes: fc.record({ max: fc.nat(10), within: span }),
});
const anyExit = fc.record({
  reason: fc.constantFrom(...reasons),
  class: fc.constantFrom<ExitClass>('normal', 'retryable', 'retryable', 'fatal'),
  livedMs: fc.double({ min: 0, max: 1e12, noNaN: true }),
  proved: fc.boolean(),
  retryAfterMs: fc.option(fc.double(), { nil: undefined }),
});
const anyStory = fc.array(fc.tuple(fc.nat(100_000), anyExit, fc.boolean()), { maxLength: 100, size: 'max' });

test('restart decision: defined, finite and within bounds for any exit, and no restart after a fatal exit', () => {
  fc.assert(
    fc.property(anyPolicy, anyStory, fc.integer(), (some, steps, seed) => {
      const { random } = virtualClock({ seed });
      let now = 0;
      let history = freshHistory;
      for (const [pause, { retryAfterMs, ...rest }, gated] of steps) {
        now += pause;
        const each: Exit = { ...rest, at: now, ...(retryAfterMs !== undefined && { retryAfterMs }) };
        const decision = decide(history, each, some, now, random, gated);
        if (each.reason === 'closed-by-us' || some.restart === 'temporary') {
          expect(decision.kind).toBe('leave');
        }
        if (each.class === 'fatal') expect(decision.kind).not.toBe('restart');
        if (decision.kind !== 'restart') {
          expect(decision.because).toMatch(/^[a-z-]+$/);
          continue;
        }
        checkRestart(decision, each, some, now, gated);
        history = decision.history;
        now += decision.delayMs;
      }
    }),
    { numRuns: 300 },
  );
});

function longestOf(backoff: BackoffPolicy): number {
  if ('cap' in backoff) return backoff.cap;
  return backoff.type === 'fixed' ? backoff.delay : Math.max(...backoff.delays);
}

function checkRestart(
  { delayMs, because, history }: Extract<Decision, { kind: 'restart' }>,
  each: Exit,
  some: ReconnectPolicy,
  now: number,
  gated: boolean,
): void {
  expect(Number.isSafeInteger(delayMs)).toBe(true);
  if (gated) expect([delayMs, because]).toEqual([0, 'gate']);
  else expect(delayMs).toBeGreaterThanOrEqual(1);
  const longest = because === 'hint' ? Math.ceil(1.1 * some.maxHint) : longestOf(some.backoff);
  expect(delayMs).toBeLessThanOrEqual(longest);
  if (because === 'hint')
    expect(delayMs).toBeGreaterThanOrEqual(Math.min(each.retryAfterMs ?? 0, some.maxHint));
  expect(now + delayMs).toBeLessThanOrEqual(elapsedAt(history.since ?? Number.NaN, some));
  expect(history.attempt).toBeGreaterThanOrEqual(1);
  expect(history.attempt).toBeLessThanOrEqual(some.maxAttempts ?? Number.POSITIVE_INFINITY);
  expect(history.crashes.length).toBeLessThanOrEqual(some.crashes.max);
}

describe('maxElapsed', () => {
  const spread = (every: number, count: number) =>
    Array.from({ length: count }, (_, n): Ended => [n * every, refused]);

  test.each<[string, number | null, Ended[], unknown[]]>([
    ['null never gives up', null, spread(1e6, 4), [1000, 2000, 4000, 8000]],
    ['an attempt exactly at the limit begins', 1000, spread(0, 2), [1000, 'elapsed']],
    ['an attempt after the limit gives up', 999, spread(0, 1), ['elapsed']],
    ['is counted from the first exit', 10_000, spread(3000, 4), [1000, 2000, 4000, 'elapsed']],
    [
      'is counted anew after a stable connection',
      5000,
      [...spread(1000, 2), [60_000, stable], [61_000, refused], [64_000, refused]],
      [1000, 2000, 1000, 2000, 'elapsed'],
    ],
    ['a longer hint gives up at once', 5000, [[0, exit('going-away', { retryAfterMs: 6000 })]], ['elapsed']],
  ])('%s', (_title, maxElapsed, ended, expected) => {
    expect(decisions(ended, { maxElapsed }).map(word)).toEqual(expected);
  });

  test('elapsedAt returns the time of the limit', () => {
    expect(elapsedAt(5000, { maxElapsed: 1000 })).toBe(6000);
    expect(elapsedAt(5000, { maxElapsed: null })).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('restart decision behind a gate', () => {
  const gated = (history: History, each = refused, now = 0) =>
    decide(history, each, policy, now, () => 0, true);
  const twice = { ...freshHistory, attempt: 2, since: 0 };

  test('has no delay of its own, and counts attempts', () => {
    expect(gated(twice)).toEqual({
      kind: 'restart',
      delayMs: 0,
      because: 'gate',
      history: { attempt: 3, backoff: undefined, since: 0, crashes: [] },
    });
  });

  test('leaves a hint to the gate', () => {
    expect(gated(twice, exit('upgrade-refused', { retryAfterMs: 7000 }))).toMatchObject({
      delayMs: 0,
      because: 'gate',
    });
  });

  test('does not grow the backoff', () => {
    const first = decide(freshHistory, refused, policy, 0, () => 0);
    if (first.kind !== 'restart') throw new Error('it should have come back');
    const second = gated(first.history);
    expect(second).toMatchObject({ history: { attempt: 2, backoff: first.history.backoff } });
  });

  test('gives up as without a gate', () => {
    const kind = (changes: Partial<ReconnectPolicy>, each = refused, now = 0) =>
      word(decide(twice, each, { ...policy, ...changes }, now, () => 0, true));
    expect(kind({ maxAttempts: 2 })).toBe('attempts');
    expect(kind({ maxElapsed: 1000 }, refused, 1001)).toBe('elapsed');
    expect(kind({}, exit('certificate'))).toBe('fatal');
    expect(kind({ restart: 'temporary' })).toBe('leave');
  });
});

test.each<[ExitReason, RestartType, Decision]>([
  ['closed-by-us', 'permanent', { kind: 'leave', because: 'closed-by-us' }],
  ['reset', 'temporary', { kind: 'leave', because: 'temporary' }],
  ['idle-timeout', 'transient', { kind: 'leave', because: 'normal' }],
  ['certificate', 'permanent', { kind: 'give-up', because: 'fatal' }],
])('after %s it says why a %s connection does not come back', (reason, restart, expected) => {
  expect(decisions([[0, exit(reason)]], { restart })).toEqual([expected]);
});

describe('a server that accepts and closes at once', () => {
  /** The number of connects within 10 s; each connection is proved, and lives 5 ms. */
  function connects(seed: number): number {
    const { random } = virtualClock({ seed });
    let history = freshHistory;
    let count = 0;
    for (let now = 0; now < 10_000; count++) {
      now += 5;
      const each = exit('closed-by-peer', { livedMs: 5, proved: true });
      const decision = decide(history, each, defaultPolicy.reconnect, now, random);
      if (decision.kind !== 'restart') throw new Error('it should come back');
      history = decision.history;
      now += decision.delayMs;
    }
    return count;
  }

  test('gets at most seven connects in 10 s, at the 99th percentile of 10,000 seeds', () => {
    const counts = Array.from({ length: 10_000 }, (_, seed) => connects(seed)).sort((a, b) => a - b);
    expect(counts[0]).toBeGreaterThanOrEqual(2);
    expect(counts[9899]).toBeLessThanOrEqual(7);
  });
});

test('restart decision: 2,000 attempts at a closed port stay within the backoff', () => {
  const { random } = virtualClock({ seed: 2000 });
  let now = 0;
  let history = freshHistory;
  for (let attempt = 1; attempt <= 2000; attempt++) {
    const decision = decide(history, refused, defaultPolicy.reconnect, now, random);
    if (decision.kind !== 'restart') throw new Error('it should come back');
    expect(decision.history.attempt).toBe(attempt);
    expect(Number.isSafeInteger(decision.delayMs)).toBe(true);
    expect(decision.delayMs).toBeGreaterThanOrEqual(1);
    expect(decision.delayMs).toBeLessThanOrEqual(30_000);
    history = decision.history;
    now += decision.delayMs;
  }
});

test('restart: a dial with addresses left goes on at once, as the same attempt, until maxElapsed', () => {
  const partial = exit('connect-timeout', { untried: 5 });
  const limited = { ...policy, maxAttempts: 1, maxElapsed: 30_000 };
  const going = decide(freshHistory, partial, limited, 10_000, () => 0.5);
  expect(going).toMatchObject({ kind: 'restart', delayMs: 1, history: { attempt: 0, since: 10_000 } });
  if (going.kind !== 'restart') throw new Error('expected a restart');
  expect(decide(going.history, partial, limited, 40_000, () => 0.5)).toEqual({
    kind: 'give-up',
    because: 'elapsed',
  });
  expect(decide(going.history, exit('connect-timeout'), limited, 20_000, () => 0.5)).toMatchObject({
    history: { attempt: 1 },
  });
});
