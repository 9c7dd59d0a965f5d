/** Formats of numbers and times. */
import { expect, test } from 'vitest';
import { duration, ms } from '../../../src/inspect/page/model/format.ts';

test.each<[number, string]>([
  [0.42, '0.4 ms'],
  [9.96, '10.0 ms'],
  [84.4, '84 ms'],
  [1200, '1.2 s'],
  [12_400, '12 s'],
])('ms: %d is %s', (value, text) => {
  expect(ms(value)).toBe(text);
});

test.each<[number, string]>([
  [-5, '0.0 s'],
  [4230, '4.2 s'],
  [59_900, '59 s'],
  [60_000, '1m'],
  [200_000, '3m 20s'],
  [7_500_000, '2h 5m'],
  [273_600_000, '3d 4h'],
])('duration: %d ms is %s', (value, text) => {
  expect(duration(value)).toBe(text);
});
