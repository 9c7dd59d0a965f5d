import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Exit, type ExitClass, type ExitReason, reasonClasses } from '../../src/policy/exits.ts';
import { type Decision, decide, freshHistory, type ReconnectPolicy } from '../../src/policy/restart.ts';
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

/** What is decided about one exit after the other, until there is no restart. */
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

/** One word for each decision: the delay, `leave`, or why it gives up. */
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

describe('whether it comes back', () => {
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
    ['a fatal reason that was made retryable', exit('unauthorized', { class: 'retryable' }), 1000],
    ['a retryable reason that was made fatal', exit('refused', { class: 'fatal' }), 'fatal'],
    ['a retryable reason that was made normal', exit('refused', { class: 'normal' }), 'leave'],
    ['our own close, whatever it was made', exit('closed-by-us', { class: 'retryable' }), 'leave'],
    ['our own close, made fatal', exit('closed-by-us', { class: 'fatal' }), 'leave'],
    ['a fatal exit with a hint', exit('unauthorized', { retryAfterMs: 10 }), 'fatal'],
    ['a fatal exit of a stable connection', { ...stable, class: 'fatal' }, 'fatal'],
  ])('goes by the class: %s', (_title, each, expected) => {
    expect(outcomes([each], { restart: 'transient' })).toEqual([expected]);
  });
});

describe('how often it tries', () => {
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

describe('when it starts over', () => {
  test.each<[string, Partial<Exit>, number]>([
    ['after ten seconds alive and proved', { livedMs: 10_000, proved: true }, 1000],
    ['not a millisecond sooner', { livedMs: 9999, proved: true }, 4000],
    ['not while nobody answered', { livedMs: 3_600_000, proved: false }, 4000],
    ['not by opening alone', { livedMs: 0, proved: true }, 4000],
  ])('%s', (_title, details, expected) => {
    expect(outcomes([refused, refused, exit('reset', details)])).toEqual([1000, 2000, expected]);
  });

  test('gives all attempts back', () => {
    const exits = [refused, refused, stable, refused, refused];
    expect(outcomes(exits, { maxAttempts: 2 })).toEqual([1000, 2000, 1000, 2000, 'attempts']);
  });

  test('never for a server that accepts and closes at once', () => {
    const flapping = exit('closed-by-peer', { livedMs: 5, proved: true });
    expect(outcomes(Array(7).fill(flapping))).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  });
});

describe('crashes', () => {
  const every = (ms: number, count: number, details: Partial<Exit> = {}) =>
    Array.from({ length: count }, (_, at): Ended => [at * ms, exit('crashed', details)]);

  /** How many restarts there were, and what ended them. */
  function survived(ended: readonly Ended[], changes: Partial<ReconnectPolicy> = {}) {
    const made = decisions(ended, changes);
    return [made.filter(({ kind }) => kind === 'restart').length, word(made.at(-1) ?? { kind: 'leave' })];
  }

  test('the sixth within a minute is one too many', () => {
    expect(survived(every(1000, 10))).toEqual([5, 'crashes']);
  });

  test('a minute counts from the first of the six, its end not included', () => {
    expect(survived(every(11_999, 6))).toEqual([5, 'crashes']);
    expect(survived(every(12_000, 6))).toEqual([6, 30_000]);
  });

  test('spread out they are forgiven for ever', () => {
    expect(survived(every(12_000, 500))).toEqual([500, 30_000]);
  });

  test('count also when the connection was stable in between', () => {
    expect(survived(every(1000, 10, { livedMs: 60_000, proved: true }))).toEqual([5, 'crashes']);
  });

  test('other failures between them neither count nor excuse', () => {
    const mixed = every(1000, 10).flatMap(([at, each]): Ended[] => [
      [at, each],
      [at + 1, refused],
    ]);
    expect(survived(mixed)).toEqual([10, 'crashes']);
  });

  test('none is forgiven where none is allowed', () => {
    expect(survived(every(1000, 2), { crashes: { max: 0, within: 60_000 } })).toEqual([0, 'crashes']);
  });

  test('other failures never lead there', () => {
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

  test('is bounded before it is spread, so that those at the bound do not return as one', () => {
    expect(hinted(86_400_000, 0.5)).toEqual(['hint', 315_000]);
  });

  test.each([[0], [-7000], [Number.NaN]])('of %d ms asks for nothing: the backoff stays', (hint) => {
    expect(hinted(hint)).toEqual(['backoff', 1000]);
  });

  test('is not heard at all with maxHint 0', () => {
    expect(hinted(7000, 0, { maxHint: 0 })).toEqual(['backoff', 1000]);
  });

  test('counts as an attempt, and the backoff behind it moves on', () => {
    const full = exit('upgrade-refused', { retryAfterMs: 7000 });
    expect(outcomes([refused, full, refused])).toEqual([1000, 7000, 4000]);
    expect(outcomes([full, full, full], { maxAttempts: 2 })).toEqual([7000, 7000, 'attempts']);
  });
});

test('whatever happens, the decision is one of the known ones and within its bounds', () => {
  const span = fc.integer({ min: 1, max: 1e12 });
  const anyPolicy = fc.record<ReconnectPolicy>({
    restart: fc.constantFrom('permanent', 'transient', 'temporary'),
    backoff: fc.record({
      type: fc.constant('exponential'),
      base: span,
      factor: fc.double({ min: 1, max: 1e9, noNaN: true }),
      cap: span,
      jitter: fc.constantFrom('full', 'equal', 'none'),
    }),
    maxAttempts: fc.option(fc.nat(50)),
    stableAfter: span,
    maxHint: span,
    crashes: fc.record({ max: fc.nat(10), within: span }),
  });
  const anyExit = fc.record({
    reason: fc.constantFrom(...reasons),
    class: fc.constantFrom<ExitClass>('normal', 'retryable', 'retryable', 'fatal'),
    livedMs: fc.double({ min: 0, max: 1e12, noNaN: true }),
    proved: fc.boolean(),
    retryAfterMs: fc.option(fc.double({ min: 0, noNaN: true }), { nil: undefined }),
  });
  const story = fc.array(fc.tuple(fc.nat(100_000), anyExit), { maxLength: 100 });

  fc.assert(
    fc.property(anyPolicy, story, fc.integer(), (some, steps, seed) => {
      let now = 0;
      let history = freshHistory;
      const { random } = virtualClock({ seed });
      for (const [pause, { retryAfterMs, ...rest }] of steps) {
        now += pause;
        const each: Exit = { ...rest, at: now, ...(retryAfterMs !== undefined && { retryAfterMs }) };
        const decision = decide(history, each, some, now, random);
        if (each.reason === 'closed-by-us' || some.restart === 'temporary') {
          expect(decision).toEqual({ kind: 'leave' });
        }
        if (each.class === 'fatal') expect(decision.kind).not.toBe('restart');
        if (decision.kind !== 'restart') continue;
        const longest = Math.max(some.backoff.cap, Math.ceil(1.1 * some.maxHint));
        expect(Number.isSafeInteger(decision.delayMs)).toBe(true);
        expect(decision.delayMs).toBeGreaterThanOrEqual(1);
        expect(decision.delayMs).toBeLessThanOrEqual(longest);
        expect(decision.history.attempt).toBeGreaterThanOrEqual(1);
        expect(decision.history.attempt).toBeLessThanOrEqual(some.maxAttempts ?? steps.length);
        expect(decision.history.crashes.length).toBeLessThanOrEqual(some.crashes.max);
        history = decision.history;
      }
    }),
  );
});
