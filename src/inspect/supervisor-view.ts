/** Read-only access of the inspector to a supervisor and its connections. */
import type { AnyActorRef, StateValue } from 'xstate';
import type { SupervisedConnection } from '../actors/supervisor/connection.ts';
import type { SupervisionMove } from '../actors/supervisor/port.ts';
import type { Supervisor, SupervisorCore } from '../actors/supervisor/supervisor.ts';
import { type DetachedView, KEEPERS, type SessionKeeper, type SessionView } from '../base/session-view.ts';
import type { ConnectionSnapshot } from '../machines/connection.ts';
import type { Clock } from '../time/clock.ts';
import { CONNECTION } from './chart-names.ts';
import type { Gate } from './rows.ts';

export type Inspected = Pick<
  SupervisedConnection,
  | 'id'
  | 'url'
  | 'plan'
  | 'state'
  | 'status'
  | 'incarnation'
  | 'rtt'
  | 'supervision'
  | 'attempt'
  | 'messages$'
  | 'buffered'
  | 'peer'
> &
  Pick<SupervisedConnection, 'history' | 'reportError' | 'warned' | 'probe' | 'reconnect' | 'close'> & {
    /** Where its protocol is a session. */
    readonly sessionView?: SessionView | undefined;
  };

/** The handles of a supervisor, as the class that implements them. */
export function connectionsOf(supervisor: Supervisor): Iterable<Inspected> {
  return supervisor.connections as Iterable<unknown> as Iterable<Inspected>;
}

export function connectionOf(supervisor: Supervisor, id: string): Inspected | undefined {
  return supervisor.get(id) as unknown as Inspected | undefined;
}

/** The accepted sessions that wait for a socket, by the ids of their last connections. */
export function detachedOf(supervisor: Supervisor): ReadonlyMap<string, DetachedView> {
  const { [KEEPERS]: keepers = [] } = supervisor as { readonly [KEEPERS]?: Iterable<SessionKeeper> };
  const views = new Map<string, DetachedView>();
  for (const keeper of keepers) for (const view of keeper.detached()) views.set(view.connection, view);
  return views;
}

/** The steps of the supervision charts, and the counting of traffic, which the public type of a supervisor leaves out. */
export function coreOf(supervisor: Supervisor): Pick<SupervisorCore, 'journal' | 'onMove' | 'trafficOf'> {
  return supervisor as unknown as SupervisorCore;
}

type Watcher = (move: SupervisionMove) => void;

/** The inspectors of each supervisor. */
const watchersOf = new WeakMap<Supervisor, Set<Watcher>>();

/** Hears of each step of the supervision charts; returns what ends that. */
export function watchSupervision(supervisor: Supervisor, watcher: Watcher): () => void {
  const core = coreOf(supervisor);
  const watchers = watchersOf.get(supervisor) ?? new Set();
  watchersOf.set(supervisor, watchers.add(watcher));
  core.onMove = (move) => {
    for (const each of watchers) core.journal.shield('inspect', () => each(move));
  };
  return () => {
    watchers.delete(watcher);
    if (watchers.size === 0) core.onMove = undefined;
  };
}

export function gatesOf(supervisor: Supervisor, time: Time): Gate[] {
  return Array.from(supervisor.gates, ({ untilMs, ...gate }) => ({
    ...gate,
    ...(untilMs > 0 && { until: time.now() + untilMs }),
  }));
}

export function actorOf({ supervision }: Pick<Inspected, 'supervision'>): AnyActorRef | undefined {
  return supervision.current?.actor as AnyActorRef | undefined;
}

export function snapshotOf(connection: Inspected): ConnectionSnapshot | undefined {
  return actorOf(connection)?.getSnapshot() as ConnectionSnapshot | undefined;
}

/** The id of the innermost active node. */
export function nodeOf(value: StateValue, parent: string = CONNECTION): string {
  if (typeof value === 'string') return `${parent}.${value}`;
  for (const [key, inner] of Object.entries(value)) return nodeOf(inner ?? '', `${parent}.${key}`);
  return parent;
}

/** Converts monotonic times to milliseconds since the epoch, by one reading of the wall clock. */
export class Time {
  readonly #clock: Clock;
  readonly #offset: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#offset = clock.wall() - Math.floor(clock.scheduler.now());
  }

  /** The present, in milliseconds since the epoch, rounded down. */
  now(): number {
    return this.of(Math.floor(this.#clock.scheduler.now()));
  }

  /** Converts a reading of the wall clock, which may have been set since `#offset` was taken. */
  ofWall(wall: number): number {
    return this.now() - Math.round(this.#clock.wall() - wall);
  }

  of(monotonic: number): number {
    return this.#offset + monotonic;
  }
}
