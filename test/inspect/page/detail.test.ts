/** The steps of one connection on the page: the wire's messages and the recorder's entries as one sequence. */
import { expect, test } from 'vitest';
import type { HistoryEntry } from '../../../src/actors/incarnation/recorder.ts';
import { chartModel } from '../../../src/inspect/chart-model.ts';
import { Detail } from '../../../src/inspect/page/model/detail.ts';
import { outcomeOf } from '../../../src/inspect/page/model/notes.ts';
import { rowAt } from '../../../src/inspect/page/model/past.ts';
import type { Step } from '../../../src/inspect/page/model/steps.ts';
import type { Row } from '../../../src/inspect/rows.ts';
import type {
  LifecycleMessage,
  SupervisionMessage,
  SuspicionMessage,
  TransitionMessage,
} from '../../../src/inspect/wire.ts';
import { connectionMachine } from '../../../src/machines/connection.ts';
import { supervisionMachine } from '../../../src/machines/supervision.ts';
import { sessionMachine } from '../../../src/sessions/chart.ts';

const charts = {
  connection: chartModel(connectionMachine),
  supervision: chartModel(supervisionMachine),
  session: chartModel(sessionMachine),
};
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

function supervised(
  at: number,
  event: SupervisionMessage['event'],
  from: string,
  to: string,
): SupervisionMessage {
  const ends = { from: `supervision.${from}`, to: `supervision.${to}` };
  return { type: 'supervision', connection: 'feed', incarnation: 1, at, event, ...ends };
}

function detail(): Detail {
  return new Detail('feed', charts);
}

function story({ steps }: Detail): string[] {
  return steps.map(({ at, event, to }) => `${at - T} ${event.type} ${to?.slice('connection.'.length)}`);
}

test('detail: the edges of recorder entries come from the chart', () => {
  const feed = detail();
  feed.addHistory(history);
  expect(feed.steps.map(({ edges, guard, source }) => [edges.join(), guard ?? '', source])).toEqual([
    ['', '', 'supervisor'],
    ['connection.connecting.dialing/opened/2', '', 'socket'],
    ['connection.alive/deadline-expired/0', 'isDeadline', 'timer'],
    ['connection.suspect.silent/bytes-received/0', '', 'socket'],
    ['connection.alive/close/0', '', 'user'],
  ]);
});

test('detail: a late history is sorted in front, without the steps that are known already', () => {
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

test('detail: steps of one millisecond have distinct times, and are found by them', () => {
  const feed = detail();
  for (const type of ['one', 'two', 'three'])
    feed.addTransition(transition(T, type, 'connection.alive', 'connection.alive'));
  const times = feed.steps.map(({ t }) => t);
  expect(new Set(times).size).toBe(3);
  expect(times.map((t) => feed.indexAt(t))).toEqual([0, 1, 2]);
  expect(feed.indexAt(T - 1)).toBe(-1);
  expect(feed.indexAt(T + 1000)).toBe(2);
});

test('detail: the end of a suspicion replaces its beginning', () => {
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

test('detail: rowAt gives a row of the past', () => {
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

test.each<[event: SupervisionMessage['event'], from: string, to: string, edge: string, guard?: string]>([
  ['exited', 'running.kept', 'backing-off.delay', 'running/exited/2', 'waitsForBackoff'],
  ['exited', 'running.kept', 'gave-up', 'running/exited/5'],
  ['reconnect', 'backing-off.delay', 'queued.asking', 'backing-off/reconnect/0'],
  ['due', 'queued.at-gate', 'gave-up', 'queued.at-gate/due/0'],
  ['due', 'queued.asking', 'queued.asking', 'queued/due/0'],
  ['keep', 'running.kept', 'running.kept', 'running/keep/0'],
])(
  'detail: the edge of %s from %s to %s is found in the supervision chart',
  (event, from, to, edge, guard) => {
    const feed = detail();
    feed.addSupervision(supervised(T, event, from, to));
    expect(feed.steps[0]).toMatchObject({ chart: 'supervision', edges: [`supervision.${edge}`] });
    expect(feed.steps[0]?.guard).toBe(guard);
  },
);

test('detail: a stay that guards choose has no edge', () => {
  const feed = detail();
  feed.addSupervision(supervised(T, 'policy-changed', 'backing-off.delay', 'backing-off.delay'));
  expect(feed.steps[0]?.edges).toEqual([]);
});

test('detail: recorder entries of both charts become steps of both', () => {
  const feed = detail();
  feed.addHistory([
    {
      chart: 'supervision',
      at: T - 1,
      incarnation: 0,
      event: 'admitted',
      from: 'queued.asking',
      to: 'running.kept',
    },
    ...history,
  ]);
  expect(feed.steps.slice(0, 2)).toMatchObject([
    {
      chart: 'supervision',
      source: 'gate',
      receiver: 'supervision',
      edges: ['supervision.queued/admitted/0'],
    },
    { chart: 'connection', receiver: 'feed#1', to: 'connection.connecting.dialing' },
  ]);
});

test('detail: rowAt has the status, the node and the wait of the supervision chart', () => {
  const feed = detail();
  const row = { id: 'feed', state: 'alive', status: 'running', node: 'connection.alive' } as Row;
  feed.addSupervision(supervised(T, 'deferred', 'queued.asking', 'queued.at-gate'));
  feed.addSupervision(supervised(T + 10, 'admitted', 'queued.at-gate', 'running.kept'));
  feed.addTransition(transition(T + 20, 'opened', 'connection.connecting.dialing', 'connection.alive'));
  feed.addSupervision(supervised(T + 90, 'exited', 'running.kept', 'gave-up'));
  expect(rowAt(row, feed, T + 5)).toMatchObject({
    state: 'connecting',
    status: 'waiting',
    supervision: 'supervision.queued.at-gate',
    supervisionSince: T,
  });
  expect(rowAt(row, feed, T + 30)).toMatchObject({
    state: 'alive',
    status: 'running',
    supervision: 'supervision.running.kept',
  });
  expect(rowAt(row, feed, T + 95)).toBe(row);
});

const told = (at: number, event: LifecycleMessage['event']): LifecycleMessage => ({
  type: 'lifecycle',
  connection: 'feed',
  at,
  incarnation: 1,
  event,
});

test('detail: what the log tells of a session are steps of its chart, those of the flight recorder once', () => {
  const feed = detail();
  feed.addLifecycle(told(T, { type: 'session', session: '5e55', epoch: 1, to: 'attached', resumed: false }));
  feed.addLifecycle(told(T + 10, { type: 'session', session: '5e55', epoch: 1, to: 'detached' }));
  const back = { session: '5e55', epoch: 2, to: 'attached', resumed: true, replayed: 7, unacknowledged: 9 };
  feed.addLifecycle(told(T + 20, { type: 'session', ...back }));
  feed.addLifecycle(
    told(T + 30, { type: 'session-lost', session: '5e55', reason: 'gap', unacknowledged: 9 }),
  );
  feed.addLifecycle(
    told(T + 40, { type: 'session', session: '5e56', epoch: 1, to: 'attached', resumed: false }),
  );
  const steps = [
    'new>attached new/greeted/0',
    'attached>detached attached/cut/0',
    'detached>attached detached/greeted/0',
    'attached>ended attached/over/0',
    'new>attached new/greeted/0',
  ];
  const short = (text = '') => text.replace('session.', '');
  const shown = () =>
    feed.steps.map(({ from, to, edges }) => `${short(from)}>${short(to)} ${edges.map(short).join()}`);
  expect(shown()).toEqual(steps);
  feed.addHistory([
    { chart: 'session', at: T + 1, incarnation: 1, event: 'greeted', from: 'new', to: 'attached' },
    { chart: 'session', at: T + 11, incarnation: 1, event: 'cut', from: 'attached', to: 'detached' },
  ]);
  expect(shown()).toEqual(steps);
  expect(outcomeOf(feed.steps[2] as Step, charts.session)).toBe('resumed · replayed 7 · unacknowledged 9');
  const now = {
    id: 'feed',
    node: 'connection.alive',
    state: 'alive',
    session: { id: '5e56', node: 'session.attached', epoch: 1 },
  } as unknown as Row;
  expect(rowAt(now, feed, T + 15).session).toMatchObject({ id: '5e55', node: 'session.detached', epoch: 1 });
  expect(rowAt(now, feed, T + 25).session).toMatchObject({
    node: 'session.attached',
    epoch: 2,
    resumed: true,
    replayed: 7,
    outgoing: { messages: 9 },
  });
});
