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

test('the summary has the worst first, and a line for those without an outage', () => {
  const account = accountOf([0, 'alive'], [500, 'closed', 'reset'], [2000, 'alive']);
  for (const connection of ['a', 'b']) account.observe({ ...of, connection, event: 'state', to: 'alive' }, 0);
  account.observe({ ...of, connection: 'down', event: 'state', to: 'closed', reason: 'refused' }, 0);
  const lines = drawSummary(account.entries(100_000))
    .split('\n')
    .map((line) => line.trimEnd());
  expect(lines).toEqual([
    '      up     outages  longest  exits',
    'down  0%     1, down  100s     refused 1',
    'feed  98.5%  1        1.5s     reset 1',
    '2 of 4 connections without an outage',
  ]);
});
