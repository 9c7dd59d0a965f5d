/**
 * The actor logic of an incarnation: the chart's logic, which here drives an incarnation, reports each
 * move of it, and releases it however the actor ends. XState runs no exit actions when an actor is
 * stopped or errors, so a socket that only the chart released would be lost.
 */
import type { ActorLogic } from 'xstate';
import {
  type ConnectionMachine,
  type ConnectionSnapshot,
  connectionMachine,
  stateOf,
} from '../../machines/connection.ts';
import type { ConnectionEvent } from '../../machines/port.ts';
import type { Incarnation } from './incarnation.ts';

export type IncarnationLogic<Input> = ActorLogic<ConnectionSnapshot, ConnectionEvent, Input>;

/** The actor's own events, and the one of XState that ends it from outside. */
type AnyEvent = ConnectionEvent | { readonly type: 'xstate.stop' };

/** Logic that runs `machine`; `begin` makes the incarnation of an actor from the actor's input. */
export function incarnationLogic<Input>(
  begin: (input: Input) => Incarnation,
  machine: ConnectionMachine = connectionMachine,
): IncarnationLogic<Input> {
  return {
    config: machine.config,
    getInitialSnapshot: (scope, input) => {
      const incarnation = begin(input);
      incarnation.actor = scope.self;
      const { asksFirst, host, plan } = incarnation;
      const speaksFirst = host.parts.handshakes?.speaksFirst(plan) ?? false;
      return machine.getInitialSnapshot(scope, { port: incarnation, asksFirst, speaksFirst });
    },
    start: (snapshot) => {
      const { host } = incarnationOf(snapshot);
      host.charted?.(undefined, undefined, snapshot);
      host.moved(undefined, stateOf(snapshot), snapshot);
    },
    transition: (snapshot, event, scope) => {
      const incarnation = incarnationOf(snapshot);
      try {
        incarnation.host.parts.idleCuts?.before(incarnation, event);
        const next = machine.transition(snapshot, event, scope);
        if ((event as AnyEvent).type === 'xstate.stop') incarnation.release();
        report(incarnation, event, snapshot, next);
        incarnation.host.parts.hedging?.look(incarnation);
        return next;
      } catch (error) {
        incarnation.release();
        throw error;
      }
    },
    getPersistedSnapshot: (snapshot, options) => machine.getPersistedSnapshot(snapshot, options),
  };
}

function report(
  incarnation: Incarnation,
  event: ConnectionEvent,
  before: ConnectionSnapshot,
  after: ConnectionSnapshot,
): void {
  const { host } = incarnation;
  host.charted?.(event, before, after);
  const [from, to] = [stateOf(before), stateOf(after)];
  if (from !== to) host.moved(from, to, after);
  if (!after.context.proved || before.context.proved) return;
  incarnation.isProved = true;
  host.proved();
}

/** The port in a snapshot of this logic is always the incarnation that `begin` made. */
function incarnationOf(snapshot: ConnectionSnapshot): Incarnation {
  return snapshot.context.port as Incarnation;
}
