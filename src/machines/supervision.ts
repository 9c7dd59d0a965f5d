/**
 * The statechart of one id, from its first dial to its end: what follows each incarnation's exit. The chart is
 * *cold*: no actor runs it. A connection keeps the name of its state, an event is one pure step, and the
 * actions come back as names (`src/machines/stepping.ts`) for the supervision to perform (`src/actors/supervisor/supervision.ts`).
 */
import type { Exit } from '../policy/exits.ts';
import type { Decision } from '../policy/restart.ts';
import type { Rewait } from '../policy/rewait.ts';
import { setup } from './setup.ts';

export type SupervisionEvent =
  /** The gate's answer to a request: another dial has to end first, or the gate is closed. */
  | { type: 'deferred'; delayMs: number }
  /** The answer while the platform's report that there is no network is believed. */
  | { type: 'no-network'; delayMs: number }
  /** The answer of a lazy connection: nothing wants it. */
  | { type: 'rest' }
  /** Something wants a lazy connection again. Raised only while it rests. */
  | { type: 'wanted' }
  /** The turn has come: the incarnation begins. */
  | { type: 'admitted' }
  /** The alarm of the wait: a delay is over, or `reconnect.maxElapsed`, which is all that ends a wait at a gate. */
  | { type: 'due'; rewait?: 'expired' }
  /** The running incarnation ended. `decision` is what the policy says of its exit; absent unless `kept`. */
  | { type: 'exited'; exit: Exit; decision?: Decision | Rest }
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
  | { type: 'abandon' }
  /** The running incarnation is suspect, its second probe is unanswered, and the policy hedges. Raised only while it is `kept`. */
  | { type: 'doubted' }
  /** The running incarnation is not suspect any more: it answered, or it ends. */
  | { type: 'cleared' }
  /** The transport of the standby is proved. Raised only while `hedged`, as those beside it. */
  | { type: 'standby-proved' }
  /** The standby did not open, or its transport was not proved in time. */
  | { type: 'standby-failed'; exit: Exit };

/** The decision about a lazy connection that nothing wants, after an exit that is no failure. */
export interface Rest {
  readonly kind: 'rest';
}

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
  | 'rest'
  | 'end'
  | StandbyAction;

/** Those that the part `hedging` performs. */
export type StandbyAction = 'hedge' | 'settle';

/** Those that the supervision performs itself. */
export type OwnAction = Exclude<SupervisionAction, StandbyAction>;

export const supervisionMachine = setup({
  types: {} as { context: Record<never, never>; events: SupervisionEvent },
  guards: {
    waitsForBackoff: ({ event }) => restartsBecause(event) === 'backoff',
    waitsForHint: ({ event }) => restartsBecause(event) === 'hint',
    waitsForGate: ({ event }) => restartsBecause(event) === 'gate',
    asksForNext: ({ event }) => event.type === 'reconnect' && event.next === true,
    rests: ({ event }) => event.type === 'exited' && event.decision?.kind === 'rest',
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
          on: { rest: { target: '#supervision.resting' } },
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
          { guard: 'rests', target: '#supervision.resting', actions: 'chooseEndpoint' },
          { guard: 'leaves', target: '#supervision.left' },
          { target: '#supervision.gave-up' },
        ],
      },
      states: {
        kept: {
          description: 'The policy decides what follows the exit.',
          on: { doubted: { target: 'hedged' } },
        },
        hedged: {
          description: 'The incarnation is suspect. A standby takes its turn, and proves its transport.',
          entry: 'hedge',
          exit: 'settle',
          on: {
            'standby-proved': {
              description: 'The standby takes the place of the incarnation.',
              target: 'kept',
            },
            'standby-failed': { target: 'kept' },
            cleared: { target: 'kept' },
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
    resting: {
      description: 'Lazy: nothing waits for it, nothing listens. Dials when that changes.',
      entry: 'rest',
      on: {
        wanted: { target: 'queued', actions: 'requestTurn' },
        reconnect: { target: 'queued', actions: ['forgetFailures', 'chooseEndpoint', 'requestTurnAtOnce'] },
        close: { target: 'left' },
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
  | 'running.hedged'
  | 'running.leaving'
  | 'running.replacing'
  | 'running.moving'
  | 'resting'
  | 'left'
  | 'gave-up';

function restartsBecause(event: SupervisionEvent): string | undefined {
  return event.type === 'exited' && event.decision?.kind === 'restart' ? event.decision.because : undefined;
}
