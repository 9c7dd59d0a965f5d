import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { durationText, parseDuration } from '../../src/base/duration.ts';

const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
const longest = 1e12;

test.each<[unknown, number]>([
  ['250ms', 250],
  ['10s', 10_000],
  ['2m', 120_000],
  ['1h', 3_600_000],
  ['1.5s', 1500],
  ['0.25m', 15_000],
  ['0ms', 0],
  ['007s', 7000],
  ['1000000000000ms', longest],
  [0, 0],
  [2000, 2000],
  [0.5, 0.5],
  [longest, longest],
])('%j is %d ms', (value, expected) => {
  expect(parseDuration(value)).toBe(expected);
});

test.each<[unknown]>([
  [''],
  ['10'],
  ['s'],
  ['10 s'],
  [' 10s'],
  ['10s '],
  ['10s\n'],
  ['10S'],
  ['10sec'],
  ['1m30s'],
  ['-1s'],
  ['+1s'],
  ['.5s'],
  ['1.s'],
  ['1,5s'],
  ['1e3ms'],
  ['Infinityms'],
  ['NaNs'],
  ['1d'],
  ['10constructor'],
  ['1000000000001ms'],
  [`${'9'.repeat(400)}h`],
  [-1],
  [Number.NaN],
  [Number.POSITIVE_INFINITY],
  [longest + 1],
  [10n],
  [true],
  [null],
  [undefined],
  [[10]],
  [{}],
  [['10s']],
])('%o is no duration', (value) => {
  expect(parseDuration(value)).toBeUndefined();
});

test('every number of milliseconds in range means itself', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: longest, noNaN: true }), (ms) => {
      expect(parseDuration(ms)).toBe(ms);
    }),
  );
});

test('every whole number with a unit is that many of the unit', () => {
  const unit = fc.constantFrom('ms', 's', 'm', 'h');
  fc.assert(
    fc.property(fc.nat(), unit, (amount, each) => {
      const ms = amount * units[each];
      expect(parseDuration(`${amount}${each}`)).toBe(ms <= longest ? ms : undefined);
    }),
  );
});

test('decimals are close to what they say', () => {
  fc.assert(
    fc.property(fc.nat(99_999), fc.nat(999), (whole, thousandths) => {
      const text = `${whole}.${String(thousandths).padStart(3, '0')}`;
      expect(parseDuration(`${text}s`)).toBeCloseTo(whole * 1000 + thousandths, 3);
    }),
  );
});

test('whatever it is given, it returns milliseconds in range or nothing', () => {
  fc.assert(
    fc.property(fc.anything(), (value) => {
      const ms = parseDuration(value) ?? 0;
      expect(ms).toBeGreaterThanOrEqual(0);
      expect(ms).toBeLessThanOrEqual(longest);
    }),
  );
});

test.each<[number, string]>([
  [0, '0ms'],
  [250, '250ms'],
  [0.5, '0.5ms'],
  [1000, '1s'],
  [1500, '1500ms'],
  [90_000, '90s'],
  [120_000, '2m'],
  [86_400_000, '24h'],
])('%d ms is written as %s', (ms, text) => {
  expect(durationText(ms)).toBe(text);
});

test('what is written reads back as the same', () => {
  fc.assert(
    fc.property(fc.nat({ max: 1e9 }), fc.constantFrom(...Object.values(units)), (amount, unit) => {
      const ms = Math.min(longest, amount * unit);
      expect(parseDuration(durationText(ms))).toBe(ms);
    }),
  );
});
