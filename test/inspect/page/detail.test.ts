/** What a page knows of one connection: the wire's transitions and the recorder's entries as one story. */
import { expect, test } from 'vitest';
import type { HistoryEntry } from '../../../src/actors/incarnation/recorder.ts';
import { chartModel } from '../../../src/inspect/chart-model.ts';
import { Detail } from '../../../src/inspect/page/model/detail.ts';
import { rowAt } from '../../../src/inspect/page/model/past.ts';
import type { Row, SuspicionMessage, TransitionMessage } from '../../../src/inspect/wire.ts';
import { connectionMachine } from '../../../src/machines/connection.ts';

const chart = chartModel(connectionMachine);
const T = 1_700_000_000_000;

const history: readonly HistoryEntry[] = [
  { at: T, incarnation: 1, event: 'start', to: 'connecting.dialing' },
  { at: T + 5, incarnation: 1, event: 'opened', from: 'connecting.dialing', to: 'alive' },
  {
    at: T + 100,
    incarnation: 1,
    event: 'deadline-expired',
    deadline: 'suspect',
    from: 'alive',
    to: 'suspect.silent',
  },
  { at: T + 200, incarnation: 1, event: 'bytes-received', from: 'suspect.silent', to: 'alive' },
  {
    at: T + 300,
    incarnation: 1,
    event: 'close',
    reason: 'closed-by-us',
    from: 'alive',
    to: 'closing.draining',
  },
];

function transition(at: number, type: string, from: string, to: string): TransitionMessage {
  const common = {
    type: '@xstate.transition',
    connection: 'feed',
    seq: 1,
    actor: 'feed#1',
    incarnation: 1,
  } as const;
  return { ...common, at, source: 'timer', event: { type }, from, to, microsteps: [] };
}

function detail(): Detail {
  return new Detail('feed', chart);
}

function story({ steps }: Detail): string[] {
  return steps.map(({ at, event, to }) => `${at - T} ${event.type} ${to?.slice('connection.'.length)}`);
}

test('the recorder keeps no edges, the chart tells them', () => {
  const feed = detail();
  feed.addHistory(history);
  expect(feed.steps.map(({ edges, guard, source }) => [edges.join(), guard ?? '', source])).toEqual([
    ['', '', 'supervisor'],
    ['connection.connecting.dialing/opened/1', 'provedByOpening', 'socket'],
    ['connection.alive/deadline-expired/0', 'isDeadline', 'timer'],
    ['connection.suspect.silent/bytes-received/0', '', 'socket'],
    ['connection.alive/close/0', '', 'user'],
  ]);
});

test('a history that comes late goes in front, without what is known already', () => {
  const feed = detail();
  feed.addTransition(transition(T + 199, 'bytes-received', 'connection.suspect.silent', 'connection.alive'));
  feed.addTransition(transition(T + 250, 'heartbeat-due', 'connection.alive', 'connection.alive'));
  feed.addHistory(history);
  expect(story(feed)).toEqual([
    '0 start connecting.dialing',
    '5 opened alive',
    '100 deadline-expired suspect.silent',
    '199 bytes-received alive',
    '250 heartbeat-due alive',
    '300 close closing.draining',
  ]);
});

test('steps of the same millisecond can be told apart, and found by time', () => {
  const feed = detail();
  for (const type of ['one', 'two', 'three'])
    feed.addTransition(transition(T, type, 'connection.alive', 'connection.alive'));
  const times = feed.steps.map(({ t }) => t);
  expect(new Set(times).size).toBe(3);
  expect(times.map((t) => feed.indexAt(t))).toEqual([0, 1, 2]);
  expect(feed.indexAt(T - 1)).toBe(-1);
  expect(feed.indexAt(T + 1000)).toBe(2);
});

test('a suspicion that ends is the one that began', () => {
  const feed = detail();
  const span: SuspicionMessage = {
    type: 'suspicion',
    connection: 'feed',
    at: T,
    incarnation: 1,
    kind: 'silent',
  };
  feed.addSuspicion(span);
  feed.addSuspicion({ ...span, until: T + 50, verdict: 'alive' });
  expect(feed.suspicions).toEqual([{ ...span, until: T + 50, verdict: 'alive' }]);
});

test('a row can be seen as it was', () => {
  const feed = detail();
  feed.addHistory(history);
  const row = {
    id: 'feed',
    state: 'closed',
    status: 'waiting',
    node: 'connection.closed',
    dueAt: T + 900,
  } as Row;
  expect(rowAt(row, feed, T + 150)).toMatchObject({
    state: 'suspect',
    node: 'connection.suspect.silent',
    status: 'running',
  });
  expect(rowAt(row, feed, T + 150)).not.toHaveProperty('dueAt');
  feed.addLifecycle({
    type: 'lifecycle',
    connection: 'feed',
    at: T + 160,
    incarnation: 1,
    event: { type: 'reconnect-scheduled', attempt: 2, delayMs: 70, because: 'backoff' },
  });
  expect(rowAt(row, feed, T + 170)).toMatchObject({ status: 'waiting', attempt: 2, dueAt: T + 230 });
  expect(rowAt(row, feed, T + 250)).not.toHaveProperty('dueAt');
  expect(rowAt(row, feed, T + 5000)).toBe(row);
  expect(rowAt(row, undefined, T + 150)).toBe(row);
});
