/**
 * The statechart of one id, from its first dial to its end: what follows each incarnation's exit. The chart is
 * *cold*: no actor runs it. A connection keeps the name of its state, an event is one pure step, and the
 * actions come back as names for the supervision to perform (`src/actors/supervisor/supervision.ts`).
 */
import { createActor, type SnapshotFrom } from 'xstate';
import type { Exit } from '../policy/exits.ts';
import type { Decision } from '../policy/restart.ts';
import type { Rewait } from '../policy/rewait.ts';
import { setup } from './setup.ts';

export type SupervisionEvent =
  /** The gate's answer to a request: another dial has to end first, or the gate is closed. */
  | { type: 'deferred'; delayMs: number }
  /** The answer while the platform's report that there is no network is believed. */
  | { type: 'no-network'; delayMs: number }
  /** The turn has come: the incarnation begins. */
  | { type: 'admitted' }
  /** The alarm of the wait: a delay is over, or `reconnect.maxElapsed`, which is all that ends a wait at a gate. */
  | { type: 'due'; rewait?: 'expired' }
  /** The running incarnation ended. `decision` is what the policy says of its exit; absent unless `kept`. */
  | { type: 'exited'; exit: Exit; decision?: Decision }
  /** `close()` or an aborted signal. */
  | { type: 'close' }
  /** `reconnect()`; `next`: at the endpoint after the one in use. */
  | { type: 'reconnect'; next?: boolean }
  /** `connect()` was called again with the same id, URL and protocol. Raised only while an incarnation runs. */
  | { type: 'keep' }
  /** The platform reports a network again; `delayMs` is when to react, drawn at random. Raised only while it waits. */
  | { type: 'online'; delayMs: number }
  /** Another policy holds: what becomes of the wait. Raised only while it waits. */
  | { type: 'policy-changed'; rewait: Rewait }
  /** The supervisor's actor was stopped from outside. Raised only while an incarnation runs. */
  | { type: 'abandon' };

/** The actions of the chart, for the supervision to perform in order. */
export type SupervisionAction =
  | 'requestTurn'
  | 'requestTurnAtOnce'
  | 'withdraw'
  | 'forgetFailures'
  | 'beginIncarnation'
  | 'closeIncarnation'
  | 'resumeReading'
  | 'chooseEndpoint'
  | 'leaveEndpoint'
  | 'rememberFailure'
  | 'scheduleDelay'
  | 'awaitTurn'
  | 'limitWait'
  | 'hastenAlarm'
  | 'end';

export const supervisionMachine = setup({
  types: { context: {} as Record<never, never>, events: {} as SupervisionEvent },
  guards: {
    waitsForBackoff: ({ event }) => restartsBecause(event) === 'backoff',
    waitsForHint: ({ event }) => restartsBecause(event) === 'hint',
    waitsForGate: ({ event }) => restartsBecause(event) === 'gate',
    asksForNext: ({ event }) => event.type === 'reconnect' && event.next === true,
    leaves: ({ event }) => event.type === 'exited' && event.decision?.kind === 'leave',
    expires: ({ event }) => 'rewait' in event && event.rewait === 'expired',
    isRescheduled: ({ event }) => event.type === 'policy-changed' && event.rewait !== undefined,
  },
  // The actions are data: `stepSupervision` returns their names, and nothing here implements them.
  actions: {} as Record<SupervisionAction, () => void>,
}).createMachine({
  id: 'supervision',
  description: 'What follows the exits of one id.',
  context: {},
  initial: 'queued',
  states: {
    queued: {
      description: 'Wants to dial as soon as gate and network allow.',
      initial: 'asking',
      on: {
        admitted: { target: 'running', actions: 'beginIncarnation' },
        deferred: { target: '.at-gate', actions: 'awaitTurn' },
        'no-network': { target: '.offline', actions: 'awaitTurn' },
        due: { target: '.asking', actions: 'requestTurn' },
        online: { actions: 'hastenAlarm' },
        reconnect: {
          target: '.asking',
          actions: ['withdraw', 'forgetFailures', 'chooseEndpoint', 'requestTurnAtOnce'],
        },
        close: { target: 'left' },
        'policy-changed': { description: 'Holds from the next wait on.' },
      },
      states: {
        asking: {
          description: 'Asked for its turn.',
        },
        'at-gate': {
          description: 'Waits for its turn at the gate.',
          on: {
            due: { target: '#supervision.gave-up' },
            online: { description: 'The gate decides.' },
            'policy-changed': [
              { guard: 'expires', target: '#supervision.gave-up' },
              {
                guard: 'isRescheduled',
                target: '#supervision.backing-off.delay',
                actions: ['withdraw', 'scheduleDelay'],
              },
              { actions: 'limitWait' },
            ],
          },
        },
        offline: {
          description: 'The platform reports no network.',
          on: {
            due: [
              { guard: 'expires', target: '#supervision.gave-up' },
              { target: 'asking', actions: 'requestTurn' },
            ],
            'policy-changed': { actions: 'limitWait' },
          },
        },
      },
    },
    'backing-off': {
      description: 'Waits before the next attempt.',
      initial: 'delay',
      on: {
        due: { target: 'queued', actions: 'requestTurn' },
        online: { actions: 'hastenAlarm' },
        'policy-changed': [
          { guard: 'expires', target: 'gave-up' },
          { guard: 'isRescheduled', actions: 'scheduleDelay' },
          { description: 'Same wait.' },
        ],
        reconnect: {
          target: 'queued',
          actions: ['withdraw', 'forgetFailures', 'chooseEndpoint', 'requestTurnAtOnce'],
        },
        close: { target: 'left' },
      },
      states: {
        delay: { description: 'The delay of reconnect.backoff.' },
        hint: { description: 'The delay that the peer asked for.' },
      },
    },
    running: {
      description: 'An incarnation dials or is connected.',
      initial: 'kept',
      on: {
        close: { target: '.leaving', actions: 'closeIncarnation' },
        reconnect: [
          { guard: 'asksForNext', target: '.moving', actions: ['forgetFailures', 'closeIncarnation'] },
          { target: '.replacing', actions: ['forgetFailures', 'closeIncarnation'] },
        ],
        abandon: { target: 'left' },
        keep: { actions: 'resumeReading' },
      },
      states: {
        kept: {
          description: 'The policy decides what follows the exit.',
          on: {
            exited: [
              {
                guard: 'waitsForGate',
                target: '#supervision.queued',
                actions: ['chooseEndpoint', 'rememberFailure', 'requestTurn'],
              },
              {
                guard: 'waitsForHint',
                target: '#supervision.backing-off.hint',
                actions: ['chooseEndpoint', 'rememberFailure', 'scheduleDelay'],
              },
              {
                guard: 'waitsForBackoff',
                target: '#supervision.backing-off',
                actions: ['chooseEndpoint', 'rememberFailure', 'scheduleDelay'],
              },
              { guard: 'leaves', target: '#supervision.left' },
              { target: '#supervision.gave-up' },
            ],
          },
        },
        leaving: {
          description: 'close() was called: none follows.',
          on: {
            exited: { target: '#supervision.left' },
            keep: { target: 'replacing', actions: ['forgetFailures', 'resumeReading'] },
          },
        },
        replacing: {
          description: 'reconnect(), or connect() again: the next follows at once.',
          on: {
            exited: { target: '#supervision.queued', actions: ['chooseEndpoint', 'requestTurnAtOnce'] },
          },
        },
        moving: {
          description: 'reconnect({ next: true }): the next endpoint follows at once.',
          on: {
            exited: { target: '#supervision.queued', actions: ['leaveEndpoint', 'requestTurnAtOnce'] },
            reconnect: { description: 'Moves on already.' },
          },
        },
      },
    },
    left: {
      description: 'Over: closed by us, or not to be restarted.',
      entry: 'end',
      on: {
        close: { description: 'Over already.' },
        reconnect: { target: 'queued', actions: ['forgetFailures', 'chooseEndpoint', 'requestTurnAtOnce'] },
      },
    },
    'gave-up': {
      description: 'Over: a fatal exit, or a limit is reached.',
      entry: 'end',
      on: {
        close: { description: 'Over already.' },
        reconnect: { target: 'queued', actions: ['forgetFailures', 'chooseEndpoint', 'requestTurnAtOnce'] },
      },
    },
  },
});

/** The states of the chart, substates included. */
export type SupervisionState =
  | 'queued.asking'
  | 'queued.at-gate'
  | 'queued.offline'
  | 'backing-off.delay'
  | 'backing-off.hint'
  | 'running.kept'
  | 'running.leaving'
  | 'running.replacing'
  | 'running.moving'
  | 'left'
  | 'gave-up';

type Snapshot = SnapshotFrom<typeof supervisionMachine>;

export interface SupervisionStep {
  readonly to: SupervisionState;
  readonly actions: readonly SupervisionAction[];
}

/** A step of the chart. Pure: performs nothing, and an event that a state does not handle leads to the same state. */
export function stepSupervision(from: SupervisionState, event: SupervisionEvent): SupervisionStep {
  scope ??= collectingScope();
  collected = [];
  const next = supervisionMachine.transition(snapshotOf(from), event, scope);
  return { to: nameOf(next), actions: collected };
}

type Scope = Parameters<typeof supervisionMachine.transition>[2];
let scope: Scope | undefined;
let collected: SupervisionAction[] = [];

/**
 * XState's `transition()` makes an actor, a system and an initial snapshot for each call, which is most of its time
 * (52 of 68 us measured). One scope serves all steps, as the machine neither spawns, raises nor sends.
 */
function collectingScope(): Scope {
  const self = createActor(supervisionMachine);
  const nothing = () => {};
  return {
    self,
    system: self.system,
    id: self.id,
    sessionId: self.sessionId,
    logger: nothing,
    defer: nothing,
    emit: nothing,
    stopChild: nothing,
    actionExecutor: ({ type }) => collected.push(type as SupervisionAction),
  };
}

const snapshots = new Map<SupervisionState, Snapshot>();

/** The context is constant, so one snapshot stands for all ids in a state. */
function snapshotOf(name: SupervisionState): Snapshot {
  const known = snapshots.get(name);
  if (known !== undefined) return known;
  const [state = '', substate] = name.split('.');
  const value = substate === undefined ? state : { [state]: substate };
  const made = supervisionMachine.resolveState({ value, context: {} });
  snapshots.set(name, made);
  return made;
}

function nameOf({ value }: Snapshot): SupervisionState {
  if (typeof value === 'string') return value as SupervisionState;
  const [[state, substate] = []] = Object.entries(value);
  return `${state}.${substate}` as SupervisionState;
}

function restartsBecause(event: SupervisionEvent): string | undefined {
  return event.type === 'exited' && event.decision?.kind === 'restart' ? event.decision.because : undefined;
}
