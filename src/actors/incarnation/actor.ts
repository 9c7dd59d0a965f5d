/**
 * Runs the chart: gives it a link, tells the link's owner of each move, and releases the link however
 * the actor ends. XState runs no exit actions when an actor is stopped or errors, so this is where a
 * socket cannot get lost.
 */
import type { StateValue } from 'xstate';
import {
  type ConnectionMachine,
  type ConnectionSnapshot,
  connectionMachine,
  stateOf,
} from '../../machines/connection.ts';
import type { ConnectionEvent } from '../../machines/port.ts';
import type { Incarnation } from './incarnation.ts';

type Scope = Parameters<ConnectionMachine['transition']>[2];
/** The actor's own events, and those of XState. */
type AnyEvent = ConnectionEvent | { type: 'xstate.stop' };

/** A machine of its own over `base`; `prepare` makes the link of an incarnation from the actor's input. */
export function runLinks<Input>(
  prepare: (input: Input) => Incarnation,
  base: ConnectionMachine = connectionMachine,
): ConnectionMachine {
  const logic = base.provide({});
  const { getInitialSnapshot, transition } = logic;

  logic.getInitialSnapshot = (scope, input) => {
    const link = prepare(input as Input);
    link.attach(scope.self);
    return getInitialSnapshot.call(logic, scope, { port: link, asksFirst: link.asksFirst });
  };
  logic.start = (snapshot: ConnectionSnapshot) => {
    const link = linkOf(snapshot);
    link.recorded(undefined, undefined, snapshot);
    link.moved(undefined, stateOf(snapshot), snapshot);
  };
  logic.transition = (snapshot: ConnectionSnapshot, event: ConnectionEvent, scope: Scope) => {
    const link = linkOf(snapshot);
    try {
      const next = transition.call(logic, snapshot, event, scope) as ConnectionSnapshot;
      if ((event as AnyEvent).type === 'xstate.stop') link.release();
      if (!sameState(snapshot.value, next.value)) link.recorded(event, snapshot, next);
      const [from, to] = [stateOf(snapshot), stateOf(next)];
      if (from !== to) link.moved(from, to, next);
      if (next.context.proved && !snapshot.context.proved) link.proved();
      return next;
    } catch (error) {
      link.release();
      throw error;
    }
  };
  return logic;
}

/** Most events lead nowhere: this is asked for each of them. */
function sameState(before: StateValue, after: StateValue): boolean {
  if (before === after) return true;
  if (typeof before === 'string' || typeof after === 'string') return false;
  for (const state in before) return before[state] === after[state];
  return false;
}

/** The port of a chart run from here is always the link that `prepare` made. */
function linkOf(snapshot: ConnectionSnapshot): Incarnation {
  return snapshot.context.port as Incarnation;
}
