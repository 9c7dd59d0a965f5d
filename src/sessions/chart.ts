/**
 * The statechart of a session, on either side. It is cold, as the supervision chart is: a session keeps the name of its state, an event is
 * one pure step, and the actions come back as names, which the session performs in order.
 */
import { type Step, stepOf } from '../machines/cold.ts';
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
  types: {} as { context: Record<never, never>; events: SessionEvent },
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

export const stepSession: (from: SessionState, event: SessionEvent) => Step<SessionState, SessionAction> =
  /* @__PURE__ */ stepOf(sessionMachine);
