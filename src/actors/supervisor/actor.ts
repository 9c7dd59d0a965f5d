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
  /** The turn of a connection has come, by the request of that number. */
  | { type: 'admitted'; id: string; request: number }
  /** An id was taken, or is free again. */
  | { type: 'enlisted' | 'retired'; id: string }
  /** XState reports that an incarnation ended; the id of its actor is that of the connection. */
  | { type: `xstate.done.actor.${string}`; actorId: string; output: Exit }
  /** XState reports that the actor of an incarnation failed. */
  | { type: `xstate.error.actor.${string}`; actorId: string; error: unknown }
  /** XState stops the supervisor's actor. */
  | { type: 'xstate.stop' };

export type SupervisorSnapshot = Snapshot<undefined> & {
  readonly context: {
    /** Ids that are not over, as of the last event. */
    readonly connections: number;
  };
};
export type SupervisorLogic = ActorLogic<SupervisorSnapshot, SupervisorEvent, undefined>;

/** The surroundings of the logic. `shield` runs code and reports what it throws. */
interface Surroundings {
  readonly connections: ReadonlyMap<string, SupervisedConnection>;
  readonly charts: IncarnationLogic<Incarnation>;
  shield(where: string, code: () => void): void;
  /** The actor is being stopped: nothing new can begin. */
  ended(): void;
}

export function supervisorLogic(around: Surroundings): SupervisorLogic {
  const initial: SupervisorSnapshot = {
    status: 'active',
    output: undefined,
    error: undefined,
    context: { connections: 0 },
  };
  return {
    getInitialSnapshot: () => initial,
    getPersistedSnapshot: (snapshot) => snapshot,
    transition: (snapshot, event, { self }) => {
      around.shield('supervisor', () => handle(event, around, self));
      return after(snapshot, event, around.connections.size);
    },
  };
}

/** A snapshot never changes afterwards: another count is another snapshot. */
function after(
  snapshot: SupervisorSnapshot,
  event: SupervisorEvent,
  connections: number,
): SupervisorSnapshot {
  if (event.type === 'xstate.stop') {
    return { ...snapshot, status: 'stopped', context: { connections } } as SupervisorSnapshot;
  }
  return snapshot.context.connections === connections ? snapshot : { ...snapshot, context: { connections } };
}

function handle(event: SupervisorEvent, around: Surroundings, parent: AnyActorRef): void {
  const { connections, charts } = around;
  if (event.type === 'xstate.stop') {
    around.ended();
    for (const { supervision } of [...connections.values()]) supervision.abandon();
  } else if ('request' in event) {
    const connection = connections.get(event.id);
    if (connection !== undefined) spawn(connection, event.request, charts, parent);
  } else if ('actorId' in event) {
    // The next incarnation begins after this event; those beside the one of an id have ended as strays.
    const connection = connections.get(event.actorId);
    if ('output' in event) connection?.onExit(event.output);
    else connection?.crashed(event.error);
  }
}

function spawn(
  { id, supervision }: SupervisedConnection,
  request: number,
  charts: IncarnationLogic<Incarnation>,
  parent: AnyActorRef,
): void {
  const incarnation = supervision.begin(request);
  if (incarnation === undefined) return;
  const systemId = `${id}#${incarnation.host.incarnation}`;
  createActor(charts, { parent, id, systemId, input: incarnation }).start();
}
