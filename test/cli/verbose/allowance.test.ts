import { expect, test } from 'vitest';
import { Allowance, type Omitted } from '../../../src/cli/verbose/allowance.ts';
import { virtualClock } from '../../../src/testing/clock.ts';

function allowance(all: number, each: number) {
  const clock = virtualClock();
  const told: Omitted[] = [];
  return { clock, told, allowance: new Allowance({ all, each }, clock, (omitted) => told.push(omitted)) };
}

const taken = (of: Allowance, source: string, times: number) =>
  Array.from({ length: times }, () => of.takes(source)).filter(Boolean).length;

test('allowance: a busy source leaves room for others, and what was left out is counted once a second', async () => {
  const { clock, told, allowance: each } = allowance(5, 3);
  expect(taken(each, 'busy', 10)).toBe(3);
  expect(taken(each, 'calm', 4)).toBe(2);
  expect(told).toEqual([]);
  await clock.run(1000);
  expect(told).toEqual([{ lines: 9, sources: ['busy', 'calm'] }]);
  expect(taken(each, 'busy', 4)).toBe(3);
});

test('allowance: a second with room for all says nothing, and no timer is left', async () => {
  const { clock, told, allowance: each } = allowance(5, 3);
  expect(taken(each, 'calm', 2)).toBe(2);
  await clock.run(1000);
  expect([told, clock.pending]).toEqual([[], 0]);
});

test('allowance: its end says what the second under way left out', () => {
  const { clock, told, allowance: each } = allowance(1, 1);
  taken(each, 'busy', 3);
  each.end();
  expect([told, clock.pending]).toEqual([[{ lines: 2, sources: ['busy'] }], 0]);
});
