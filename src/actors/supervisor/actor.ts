/**
 * The supervisor as an actor: starts charts, and hears of their ends. Plain logic instead of a machine,
 * as a machine copies the map of its children for each new one. Its reducer does not throw, since
 * that would orphan every child.
 */
import { type ActorLogic, type AnyActorRef, createActor, type Snapshot } from 'xstate';
import type { Exit } from '../../policy/exits.ts';
import type { IncarnationLogic } from '../incarnation/actor.ts';
import type { Incarnation } from '../incarnation/incarnation.ts';
import type { SupervisedConnection } from './connection.ts';

export type SupervisorEvent =
  /** A connection wants its next incarnation. */
  | { type: 'start'; id: string }
  /** From XState: an incarnation ended. Its actor's id is the connection's, `#`, and the incarnation. */
  | { type: `xstate.done.actor.${string}`; actorId: string; output: Exit }
  /** From XState: an incarnation's actor failed. */
  | { type: `xstate.error.actor.${string}`; actorId: string; error: unknown }
  /** From XState: the supervisor's actor is being stopped. */
  | { type: 'xstate.stop' };

export type SupervisorSnapshot = Snapshot<undefined> & { readonly context: { readonly connections: number } };
export type SupervisorLogic = ActorLogic<SupervisorSnapshot, SupervisorEvent, undefined>;

/** What the logic works on. `shield` runs code and reports what it throws. */
interface Surroundings {
  readonly connections: ReadonlyMap<string, SupervisedConnection>;
  readonly charts: IncarnationLogic<Incarnation>;
  shield(where: string, code: () => void): void;
  /** The actor ends, whoever wanted that: nothing new can begin. */
  ended(): void;
}

export function supervisorLogic(around: Surroundings): SupervisorLogic {
  const { connections } = around;
  const context = {
    get connections() {
      return connections.size;
    },
  };
  const active: SupervisorSnapshot = { status: 'active', output: undefined, error: undefined, context };
  return {
    getInitialSnapshot: () => active,
    getPersistedSnapshot: (snapshot) => snapshot,
    transition: (snapshot, event, { self }) => {
      around.shield('supervisor', () => handle(event, around, self));
      return event.type === 'xstate.stop'
        ? ({ ...snapshot, status: 'stopped' } as SupervisorSnapshot)
        : snapshot;
    },
  };
}

function handle(event: SupervisorEvent, around: Surroundings, parent: AnyActorRef): void {
  const { connections, charts } = around;
  if (event.type === 'xstate.stop') {
    around.ended();
    for (const connection of [...connections.values()]) connection.abandon();
  } else if ('id' in event) {
    const connection = connections.get(event.id);
    if (connection !== undefined) spawn(connection, charts, parent);
  } else {
    const connection = runningOf(event.actorId, connections);
    if ('output' in event) connection?.onExit(event.output);
    else connection?.crashed(event.error);
  }
}

function spawn(
  connection: SupervisedConnection,
  charts: IncarnationLogic<Incarnation>,
  parent: AnyActorRef,
): void {
  const link = connection.begin();
  if (link === undefined) return;
  const id = `${connection.id}#${connection.incarnation}`;
  createActor(charts, { parent, id, systemId: id, input: link }).start();
}

/** The connection whose current incarnation an actor is; none if it is an earlier one. */
function runningOf(
  actorId: string,
  connections: Surroundings['connections'],
): SupervisedConnection | undefined {
  const mark = actorId.lastIndexOf('#');
  const connection = connections.get(actorId.slice(0, mark));
  return connection?.incarnation === Number(actorId.slice(mark + 1)) ? connection : undefined;
}
