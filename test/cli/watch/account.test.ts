import { expect, test } from 'vitest';
import type { LifecycleEvent, StateEvent } from '../../../src/actors/supervisor/events.ts';
import { Account } from '../../../src/cli/watch/account.ts';
import { drawSummary } from '../../../src/cli/watch/summary.ts';

type Step = readonly [at: number, to: StateEvent['to'], reason?: StateEvent['reason']];

const of = { connection: 'feed', url: 'tcp://h:1', incarnation: 1 };
const ended = (event: 'left' | 'gave-up'): LifecycleEvent => ({ ...of, event, reason: 'refused' });

function accountOf(...steps: readonly Step[]): Account {
  const account = new Account();
  account.expect('feed', 0);
  for (const [at, to, reason] of steps)
    account.observe({ ...of, event: 'state', to, ...(reason !== undefined && { reason }) }, at);
  return account;
}

test.each<[title: string, steps: readonly Step[], entry: object]>([
  ['one that was never dialled', [], { upMs: 0, outages: 1, longestMs: 100, down: true }],
  [
    'one that is alive',
    [
      [10, 'connecting'],
      [20, 'alive'],
    ],
    { upMs: 80, outages: 0, longestMs: 0, down: false },
  ],
  [
    'a suspicion',
    [
      [20, 'alive'],
      [40, 'suspect'],
      [60, 'alive'],
    ],
    { upMs: 80, outages: 0 },
  ],
  [
    'an outage',
    [
      [0, 'alive'],
      [40, 'closing', 'reset'],
      [50, 'closed', 'reset'],
      [60, 'connecting'],
      [75, 'alive'],
    ],
    { upMs: 75, outages: 1, longestMs: 25, down: false, exits: { reset: 1 } },
  ],
  [
    'failed attempts, which are one outage',
    [
      [0, 'connecting'],
      [10, 'closed', 'refused'],
      [30, 'connecting'],
      [40, 'closed', 'refused'],
    ],
    { upMs: 0, outages: 1, longestMs: 90, down: true, exits: { refused: 2 } },
  ],
  [
    'a goodbye of this side',
    [
      [0, 'alive'],
      [50, 'closed', 'closed-by-us'],
      [60, 'alive'],
    ],
    { upMs: 90, outages: 0, exits: {} },
  ],
])('the account of %s', (_, steps, entry) => {
  expect(accountOf(...steps).entries(100)).toMatchObject([{ connection: 'feed', totalMs: 100, ...entry }]);
});

test('the account of a connection that left ends there, and one that gave up is down', () => {
  const left = accountOf([0, 'alive'], [10, 'closed', 'refused']);
  left.observe(ended('left'), 30);
  expect(left.entries(100)).toMatchObject([{ upMs: 10, totalMs: 30, longestMs: 20, down: false }]);
  const gaveUp = accountOf([10, 'closed', 'refused']);
  gaveUp.observe(ended('gave-up'), 10);
  expect(gaveUp.entries(100)).toMatchObject([{ totalMs: 100, longestMs: 90, down: true }]);
});

function summaryOf(quiet: readonly string[]): readonly string[] {
  const account = accountOf([0, 'alive'], [500, 'closed', 'reset'], [2000, 'alive']);
  for (const connection of quiet) account.observe({ ...of, connection, event: 'state', to: 'alive' }, 0);
  account.observe({ ...of, connection: 'down', event: 'state', to: 'closed', reason: 'refused' }, 0);
  for (let ms = 1; ms <= 100; ms++) account.sample({ connection: 'feed', rttMs: ms });
  return drawSummary(account.entries(100_000))
    .split('\n')
    .map((line) => line.trimEnd());
}

test('the summary has the worst first', () => {
  expect(summaryOf(['a', 'b'])).toEqual([
    '      up     outages  longest  rtt p50  p99    exits',
    'down  0%     1, down  100s                     refused 1',
    'feed  98.5%  1        1.5s     51ms     102ms  reset 1',
    'a     100%   0',
    'b     100%   0',
  ]);
});

test('the summary has a line for many without an outage', () => {
  const lines = summaryOf(Array.from({ length: 11 }, (_, n) => `feed-${n}`));
  expect(lines).toHaveLength(4);
  expect(lines.at(-1)).toBe('11 of 13 connections without an outage');
});

test('quantiles of round trips are within 6%, also at the ends of what is measured', () => {
  const account = accountOf([0, 'alive']);
  for (let ms = 1; ms <= 1000; ms++) account.sample({ connection: 'feed', rttMs: ms });
  account.sample({ connection: 'other', rttMs: 1 });
  const { rttMs } = account.entries(10)[0] ?? {};
  for (const [key, is] of Object.entries({ p50: 500, p95: 950, p99: 990, max: 1000 })) {
    const told = rttMs?.[key as 'p50'] ?? 0;
    expect(Math.abs(told - is) / is).toBeLessThan(0.0626);
  }
  const extreme = accountOf([0, 'alive']);
  for (const rttMs of [0, 1e9]) extreme.sample({ connection: 'feed', rttMs });
  expect(extreme.entries(10)[0]?.rttMs?.p50).toBe(0.001);
});
