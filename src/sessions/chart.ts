/**
 * The statechart of a session, on either side. It is cold, as the supervision chart is: a session keeps the name of its state, an event is
 * one pure step, and the actions come back as names, which the session performs in order.
 */
import { createActor, type SnapshotFrom } from 'xstate';
import { setup } from '../machines/setup.ts';

export type SessionEvent =
  /** The hello of the dialling side was answered by a welcome: both sides agree on what arrived. */
  | { type: 'greeted' }
  /** The socket is gone, or belongs to another session. */
  | { type: 'cut' }
  /** A side said goodbye for good, a counter fits nowhere, the store knows the session no more, or another has it. */
  | { type: 'over' };

export type SessionAction =
  /** Sends again what the other side did not receive, then what is new. */
  | 'replay'
  /** Nothing goes to the socket before, or counts from it. */
  | 'fence'
  /** Settles what was not acknowledged, and hands out nothing more. */
  | 'settle';

export type SessionState = 'new' | 'attached' | 'detached' | 'ended';

export const sessionMachine = setup({
  types: { context: {} as Record<never, never>, events: {} as SessionEvent },
  actions: {} as Record<SessionAction, () => void>,
}).createMachine({
  id: 'session',
  description: 'One session, across its sockets.',
  context: {},
  initial: 'new',
  states: {
    new: {
      description: 'No welcome yet.',
      on: {
        greeted: { target: 'attached', actions: 'replay' },
        over: { target: 'ended', actions: 'settle' },
      },
    },
    attached: {
      description: 'Has a socket.',
      on: {
        greeted: { target: 'attached', actions: ['fence', 'replay'] },
        cut: { target: 'detached', actions: 'fence' },
        over: { target: 'ended', actions: ['fence', 'settle'] },
      },
    },
    detached: {
      description: 'Waits for a socket. What was not handled is kept on both sides.',
      on: {
        greeted: { target: 'attached', actions: 'replay' },
        over: { target: 'ended', actions: 'settle' },
      },
    },
    ended: { description: 'Over, and never again.' },
  },
});

export interface SessionStep {
  readonly to: SessionState;
  readonly actions: readonly SessionAction[];
}

/** A step of the chart. Pure: an event that a state does not handle leads to the same state. */
export function stepSession(from: SessionState, event: SessionEvent): SessionStep {
  scope ??= collectingScope();
  collected = [];
  const { value } = sessionMachine.transition(snapshotOf(from), event, scope);
  return { to: value as SessionState, actions: collected };
}

type Scope = Parameters<typeof sessionMachine.transition>[2];
let scope: Scope | undefined;
let collected: SessionAction[] = [];

/** As in `src/machines/stepping.ts`: one scope serves all steps. */
function collectingScope(): Scope {
  const self = createActor(sessionMachine);
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
    actionExecutor: ({ type }) => collected.push(type as SessionAction),
  };
}

const snapshots = new Map<SessionState, SnapshotFrom<typeof sessionMachine>>();

function snapshotOf(state: SessionState) {
  const known = snapshots.get(state) ?? sessionMachine.resolveState({ value: state, context: {} });
  snapshots.set(state, known);
  return known;
}
