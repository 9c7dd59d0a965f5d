/** Walks the supervision chart: every event in every state, and what each step asks for. */
import { describe, expect, test } from 'vitest';
import { type AnyStateNode, createActor } from 'xstate';
import { stepSupervision } from '../../src/machines/stepping.ts';
import {
  type Rest,
  type SupervisionEvent,
  type SupervisionState,
  supervisionMachine,
} from '../../src/machines/supervision.ts';
import type { Exit } from '../../src/policy/exits.ts';
import { type Decision, freshHistory } from '../../src/policy/restart.ts';

const exit: Exit = { reason: 'refused', class: 'retryable', at: 0, livedMs: 0, proved: false };
const rest = { kind: 'rest' } as const;
const restart = (because: 'backoff' | 'hint' | 'gate'): Decision => ({
  kind: 'restart',
  delayMs: 10,
  because,
  history: freshHistory,
});
const exited = (decision?: Decision | Rest): SupervisionEvent => ({
  type: 'exited',
  exit,
  ...(decision && { decision }),
});
const rewait = { delayMs: 5, because: 'backoff' } as const;

const events = {
  admitted: { type: 'admitted' },
  rest: { type: 'rest' },
  wanted: { type: 'wanted' },
  deferred: { type: 'deferred', delayMs: 10 },
  'no-network': { type: 'no-network', delayMs: 10 },
  due: { type: 'due' },
  'due, expired': { type: 'due', rewait: 'expired' },
  online: { type: 'online', delayMs: 10 },
  close: { type: 'close' },
  reconnect: { type: 'reconnect' },
  'reconnect, next': { type: 'reconnect', next: true },
  keep: { type: 'keep' },
  abandon: { type: 'abandon' },
  doubted: { type: 'doubted' },
  cleared: { type: 'cleared' },
  'standby-proved': { type: 'standby-proved' },
  'standby-failed': { type: 'standby-failed', exit },
  exited: exited(),
  'exited, restart by backoff': exited(restart('backoff')),
  'exited, restart by hint': exited(restart('hint')),
  'exited, restart by gate': exited(restart('gate')),
  'exited, rest': exited(rest),
  'exited, leave': exited({ kind: 'leave', because: 'normal' }),
  'exited, give up': exited({ kind: 'give-up', because: 'fatal' }),
  'same wait': { type: 'policy-changed', rewait: undefined },
  'shorter wait': { type: 'policy-changed', rewait },
  'expired wait': { type: 'policy-changed', rewait: 'expired' },
} as const satisfies Record<string, SupervisionEvent>;
type Label = keyof typeof events;

const queued = {
  admitted: 'running.kept: beginIncarnation',
  deferred: 'queued.at-gate: awaitTurn',
  'no-network': 'queued.offline: awaitTurn',
  due: 'queued.asking: requestTurn',
  'due, expired': 'queued.asking: requestTurn',
  online: 'same: hastenAlarm',
  close: 'left: end',
  reconnect: 'queued.asking: withdraw forgetFailures chooseEndpoint requestTurnAtOnce',
  'reconnect, next': 'queued.asking: withdraw forgetFailures chooseEndpoint requestTurnAtOnce',
};
const waiting = {
  due: 'queued.asking: requestTurn',
  'due, expired': 'queued.asking: requestTurn',
  online: 'same: hastenAlarm',
  close: 'left: end',
  reconnect: 'queued.asking: withdraw forgetFailures chooseEndpoint requestTurnAtOnce',
  'reconnect, next': 'queued.asking: withdraw forgetFailures chooseEndpoint requestTurnAtOnce',
  'shorter wait': 'same: scheduleDelay',
  'expired wait': 'gave-up: end',
};
const running = {
  close: 'running.leaving: closeIncarnation',
  reconnect: 'running.replacing: forgetFailures closeIncarnation',
  'reconnect, next': 'running.moving: forgetFailures closeIncarnation',
  keep: 'same: resumeReading',
  abandon: 'left: end',
};
const kept = {
  ...running,
  'exited, restart by backoff': 'backing-off.delay: chooseEndpoint rememberFailure scheduleDelay',
  'exited, restart by hint': 'backing-off.hint: chooseEndpoint rememberFailure scheduleDelay',
  'exited, restart by gate': 'queued.asking: chooseEndpoint rememberFailure requestTurn',
  'exited, rest': 'resting: chooseEndpoint rest',
  'exited, leave': 'left: end',
  'exited, give up': 'gave-up: end',
  exited: 'gave-up: end',
};
const over = {
  reconnect: 'queued.asking: forgetFailures chooseEndpoint requestTurnAtOnce',
  'reconnect, next': 'queued.asking: forgetFailures chooseEndpoint requestTurnAtOnce',
};
const exits = [
  'exited',
  'exited, restart by backoff',
  'exited, restart by hint',
  'exited, restart by gate',
  'exited, rest',
  'exited, leave',
  'exited, give up',
] as const;
const onEachExit = (step: string) => Object.fromEntries(exits.map((label) => [label, step]));

/** Where each event leads, and the actions on the way. An event that is absent has no consequence in that state. */
const table: Readonly<Record<SupervisionState, Partial<Record<Label, string>>>> = {
  'queued.asking': { ...queued, rest: 'resting: rest' },
  'queued.offline': {
    ...queued,
    'due, expired': 'gave-up: end',
    'same wait': 'same: limitWait',
    'shorter wait': 'same: limitWait',
    'expired wait': 'same: limitWait',
  },
  'queued.at-gate': {
    ...queued,
    due: 'gave-up: end',
    'due, expired': 'gave-up: end',
    online: 'same:',
    'same wait': 'same: limitWait',
    // Only a gate that was switched off makes a delay of a turn.
    'shorter wait': 'backing-off.delay: withdraw scheduleDelay',
    'expired wait': 'gave-up: end',
  },
  'backing-off.delay': waiting,
  'backing-off.hint': waiting,
  'running.kept': { ...kept, doubted: 'running.hedged: hedge' },
  'running.hedged': {
    // Whatever ends the hedge settles the standby before anything else happens.
    ...Object.fromEntries(
      Object.entries(kept).map(([label, step]) => [label, step.replace(/^(?!same)(.*): /, '$1: settle ')]),
    ),
    'standby-proved': 'running.kept: settle',
    'standby-failed': 'running.kept: settle',
    cleared: 'running.kept: settle',
  },
  'running.leaving': {
    ...running,
    ...onEachExit('left: end'),
    keep: 'running.replacing: forgetFailures resumeReading',
  },
  'running.replacing': { ...running, ...onEachExit('queued.asking: chooseEndpoint requestTurnAtOnce') },
  'running.moving': {
    ...running,
    ...onEachExit('queued.asking: leaveEndpoint requestTurnAtOnce'),
    reconnect: 'same:',
    'reconnect, next': 'same:',
  },
  resting: { ...over, wanted: 'queued.asking: requestTurn', close: 'left: end' },
  left: over,
  'gave-up': over,
};

/** Events that no state but the listed ones can meet: the supervision raises them only there. */
const raisedOnlyWhile: Readonly<Partial<Record<SupervisionEvent['type'], readonly string[]>>> = {
  rest: ['queued.asking'],
  wanted: ['resting'],
  admitted: ['queued'],
  deferred: ['queued'],
  'no-network': ['queued'],
  due: ['queued', 'backing-off'],
  online: ['queued', 'backing-off'],
  'policy-changed': ['queued', 'backing-off'],
  exited: ['running'],
  abandon: ['running'],
  keep: ['running'],
  doubted: ['running.kept'],
  cleared: ['running.hedged'],
  'standby-proved': ['running.hedged'],
  'standby-failed': ['running.hedged'],
};

const states = Object.keys(table) as SupervisionState[];
const labels = Object.keys(events) as Label[];

describe.each(states)('supervision chart: in %s', (state) => {
  test.each(labels)('%s leads where the table says', (label) => {
    const { to, actions } = stepSupervision(state, events[label]);
    const expected = (table[state][label] ?? 'same:').replace('same', state);
    expect(`${to}: ${actions.join(' ')}`.trim()).toBe(expected);
  });

  test('every event is handled or declared harmless', () => {
    const nodes = lineage(nodeOf(state));
    const handled = new Set(nodes.flatMap(({ config }) => Object.keys(config.on ?? {})));
    const missing = [...new Set(labels.map((label) => events[label].type))].filter((type) => {
      const possible = raisedOnlyWhile[type]?.some((prefix) => state.startsWith(prefix)) ?? true;
      return possible && !handled.has(type);
    });
    expect(missing).toEqual([]);
  });
});

test('supervision chart: every state has a description', () => {
  for (const state of states) {
    for (const node of lineage(nodeOf(state)))
      expect([node.id, node.description]).toEqual([node.id, expect.stringMatching(/\w/)]);
  }
});

test('supervision chart: the table has every state of the chart', () => {
  const atoms = leaves(supervisionMachine.root).map(({ path }) => path.join('.'));
  expect(atoms.sort()).toEqual([...states].sort());
});

test('supervision chart: a request for a turn is the last action of its step, as its answer may be the next event', () => {
  for (const state of states) {
    for (const label of labels) {
      const { actions } = stepSupervision(state, events[label]);
      const at = actions.findIndex((action) => action.startsWith('requestTurn'));
      if (at >= 0) expect([state, label, at]).toEqual([state, label, actions.length - 1]);
    }
  }
});

test('supervision chart: an actor of XState takes the same steps as a cold one', () => {
  const path: Label[] = [
    'rest',
    'wanted',
    'deferred',
    'admitted',
    'exited, rest',
    'wanted',
    'admitted',
    'exited, restart by hint',
    'due',
    'admitted',
    'doubted',
    'standby-failed',
    'doubted',
    'cleared',
    'doubted',
    'standby-proved',
    'reconnect',
    'exited',
    'admitted',
    'close',
    'keep',
    'close',
    'exited',
    'reconnect',
    'close',
  ];
  const actor = createActor(supervisionMachine).start();
  let state: SupervisionState = 'queued.asking';
  for (const label of path) {
    actor.send(events[label]);
    state = stepSupervision(state, events[label]).to;
    expect([label, nameOf(actor.getSnapshot().value)]).toEqual([label, state]);
  }
});

test('supervision chart: a first snapshot has no action, no timer and no eventless transition', () => {
  expect(supervisionMachine.root.initial.actions).toEqual([]);
  for (const node of everyNode(supervisionMachine.root))
    expect([node.id, node.always, node.after]).toEqual([node.id, undefined, []]);
});

function nodeOf(state: SupervisionState): AnyStateNode {
  let node: AnyStateNode = supervisionMachine.root;
  for (const key of state.split('.')) node = node.states[key] as AnyStateNode;
  return node;
}

function lineage(node: AnyStateNode): AnyStateNode[] {
  return node.parent === undefined ? [] : [node, ...lineage(node.parent)];
}

function leaves(node: AnyStateNode): AnyStateNode[] {
  const children = Object.values(node.states) as AnyStateNode[];
  return children.length === 0 ? [node] : children.flatMap(leaves);
}

function everyNode(node: AnyStateNode): AnyStateNode[] {
  return [node, ...(Object.values(node.states) as AnyStateNode[]).flatMap(everyNode)];
}

function nameOf(value: unknown): string {
  return typeof value === 'string'
    ? value
    : Object.entries(value as object)
        .flat()
        .join('.');
}
