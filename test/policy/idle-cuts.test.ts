import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ExitReason, reasonClasses } from '../../src/policy/exits.ts';
import { cutsAfter, type IdleCuts, sentenceOf } from '../../src/policy/idle-cuts.ts';

const cut = { reason: 'reset' } as const;
const cutReasons = ['cut-off', 'reset', 'closed-by-peer', 'going-away'] as const;

function rowOf(silences: readonly number[]): IdleCuts | undefined {
  return silences.reduce<IdleCuts | undefined>((row, silence) => cutsAfter(row, cut, silence), undefined);
}

describe('the row of cuts', () => {
  it('grows with each end of the peer after an equal silence', () => {
    expect(rowOf([60_000, 60_400, 59_900])).toEqual({ count: 3, shortest: 59_900, longest: 60_400 });
  });

  it.each([
    ['a silence that differs by more than a second, of a short one', [10_000, 11_001]],
    ['a silence that differs by more than 5%, of a long one', [100_000, 105_264]],
  ])('begins anew with %s', (_what, silences) => {
    expect(rowOf(silences)?.count).toBe(1);
  });

  it.each([
    ['a second', [10_000, 11_000]],
    ['5%', [100_000, 105_263]],
  ])('goes on with a silence that differs by %s', (_what, silences) => {
    expect(rowOf(silences)?.count).toBe(2);
  });

  it('ends with a silence below 5 s, and with an end that says when to come back', () => {
    expect(rowOf([60_000, 60_000, 4_999])).toBeUndefined();
    expect(cutsAfter(undefined, { reason: 'going-away', retryAfterMs: 1 }, 60_000)).toBeUndefined();
  });

  it('counts the ends of the peer alone', () => {
    const counted = Object.keys(reasonClasses).filter(
      (reason) => cutsAfter(undefined, { reason: reason as ExitReason }, 60_000) !== undefined,
    );
    expect(counted.sort()).toEqual([...cutReasons].sort());
  });

  it('is a row of equal silences, however they come', () => {
    const end = fc.record({
      reason: fc.constantFrom<ExitReason>(...cutReasons, 'heartbeat-timeout', 'refused'),
      silence: fc.oneof(fc.integer({ min: 0, max: 200_000 }), fc.integer({ min: 59_000, max: 62_000 })),
    });
    fc.assert(
      fc.property(fc.array(end, { minLength: 1, maxLength: 12 }), (ends) => {
        let row: IdleCuts | undefined;
        for (const { reason, silence } of ends) row = cutsAfter(row, { reason }, silence);
        const count = row?.count ?? 0;
        const tail = ends.slice(ends.length - count);
        const silences = tail.map(({ silence }) => silence);
        const [shortest, longest] = [Math.min(...silences), Math.max(...silences)];
        for (const { reason, silence } of tail) {
          expect(cutReasons).toContain(reason);
          expect(silence).toBeGreaterThanOrEqual(5000);
        }
        if (row !== undefined) expect(row).toEqual({ count, shortest, longest });
        if (count > 0) expect(longest - shortest).toBeLessThanOrEqual(Math.max(1000, longest * 0.05));
      }),
    );
  });
});

it('a row as a sentence: whole seconds, rounded down', () => {
  expect(sentenceOf({ count: 3, shortest: 59_999, longest: 60_500 })).toBe(
    'cut 3 times after 59s without a byte in either direction: something on the way, or the peer, closes idle links; set heartbeat.interval below 59s',
  );
});
