/**
 * The events of watched connections: XState's inspection of the whole system, attached only while a connection
 * is watched, in the two-event shape of the wire.
 */
import type { InspectionEvent, StateValue } from 'xstate';
import type { SupervisionMove } from '../actors/supervisor/port.ts';
import type { Supervisor } from '../actors/supervisor/supervisor.ts';
import { CONNECTION, SUPERVISION } from './chart-names.ts';
import { sourceOf } from './event-sources.ts';
import { actorOf, connectionOf, nodeOf, type Time, watchSupervision } from './supervisor-view.ts';
import { ongoing, suspicionAfter } from './suspicion-spans.ts';
import { eventView, microstepOf, snapshotView } from './views.ts';
import type {
  ActorMessage,
  Microstep,
  SupervisionMessage,
  SuspicionMessage,
  TransitionMessage,
} from './wire.ts';

export type TapMessage = ActorMessage | TransitionMessage | SupervisionMessage | SuspicionMessage;

interface Tapped {
  readonly id: string;
  seq: number;
  suspicion: SuspicionMessage | undefined;
}

/** An actor of a watched connection, and its microsteps since its last snapshot. */
interface TappedActor {
  readonly tapped: Tapped;
  /** `id#incarnation`. */
  readonly name: string;
  readonly incarnation: number;
  node: string | undefined;
  microsteps: Microstep[];
  actions: string[];
  /** Messages about events that it sent in its current step; the message about the step goes first. */
  after: (() => void)[];
}

type Inspected<Type> = Extract<InspectionEvent, { type: Type }>;

export class Tap {
  readonly #supervisor: Supervisor;
  readonly #time: Time;
  readonly #emit: (message: TapMessage) => void;
  readonly #tapped = new Map<string, Tapped>();
  readonly #actors = new Map<object, TappedActor>();
  #detach: (() => void) | undefined;

  constructor(supervisor: Supervisor, time: Time, emit: (message: TapMessage) => void) {
    this.#supervisor = supervisor;
    this.#time = time;
    this.#emit = emit;
  }

  /** Begins to report a connection; `present` reports the actor that runs already. */
  open(id: string): void {
    if (this.#tapped.has(id)) return;
    const actor = this.#actorOf(id);
    const node = actor && nodeOf(actor.getSnapshot().value);
    const tapped = {
      id,
      seq: 0,
      suspicion: ongoing(connectionOf(this.#supervisor, id), node, this.#time),
    };
    this.#tapped.set(id, tapped);
    if (actor !== undefined) this.#follow(actor, tapped, node);
    this.#detach ??= this.#attach();
  }

  /** Returns what detaches it again. */
  #attach(): () => void {
    const inspection = this.#supervisor.actor.system.inspect((event) => this.#inspect(event));
    const unwatch = watchSupervision(this.#supervisor, (move) => this.#onSupervision(move));
    return () => {
      inspection.unsubscribe();
      unwatch();
    };
  }

  close(id: string): void {
    this.#tapped.delete(id);
    for (const [actor, { tapped }] of this.#actors) if (tapped.id === id) this.#actors.delete(actor);
    if (this.#tapped.size > 0) return;
    this.#detach?.();
    this.#detach = undefined;
  }

  /** Delays `tell` until the current step of the connection's actor has been reported. */
  afterStep(id: string, tell: () => void): void {
    const actors = [...this.#actors.values()];
    const busy = actors.find(({ tapped, microsteps }) => tapped.id === id && microsteps.length > 0);
    if (busy === undefined) tell();
    else busy.after.push(tell);
  }

  /** The running actor of a connection, for a viewer that begins to watch it. */
  present(id: string): TapMessage[] {
    const actor = this.#actorOf(id);
    if (actor === undefined) return [];
    const { suspicion } = this.#tapped.get(id) ?? {};
    const followed = this.#actors.get(actor);
    if (followed === undefined) return [];
    return [this.#actorMessage(followed, actor.getSnapshot()), ...(suspicion ? [suspicion] : [])];
  }

  #actorOf(id: string) {
    const connection = connectionOf(this.#supervisor, id);
    return connection && actorOf(connection);
  }

  /** Catches all exceptions, as they would reach the sender of the event. */
  #inspect(event: InspectionEvent): void {
    try {
      this.#dispatch(event);
    } catch {
      // The view lacks this event; the connection is unaffected.
    }
  }

  #dispatch(event: InspectionEvent): void {
    const { actorRef } = event;
    if (event.type === '@xstate.actor') return this.#onActor(actorRef);
    const actor = this.#actors.get(actorRef) ?? this.#chosen(actorRef);
    if (actor === undefined) return;
    if (event.type === '@xstate.action') actor.actions.push(event.action.type);
    else if (event.type === '@xstate.microstep') this.#onMicrostep(event, actor);
    else if (event.type === '@xstate.snapshot') this.#onSnapshot(event, actor);
  }

  #onActor(actorRef: object): void {
    if (actorRef === (this.#supervisor.actor as object)) return;
    const tapped = this.#tapped.get(idOf(actorRef));
    // Beside a running actor it is that of a standby, which is followed once it is chosen.
    if (tapped !== undefined && this.#actorOf(tapped.id) === undefined)
      this.#follow(actorRef, tapped, undefined);
  }

  /** Follows the actor of a standby that has become the one of its connection. */
  #chosen(actorRef: object): TappedActor | undefined {
    const tapped = this.#tapped.get(idOf(actorRef));
    if (tapped === undefined || this.#actorOf(tapped.id) !== actorRef) return undefined;
    return this.#follow(actorRef, tapped, undefined);
  }

  #follow(actorRef: object, tapped: Tapped, node: string | undefined): TappedActor {
    const incarnation = connectionOf(this.#supervisor, tapped.id)?.incarnation ?? 0;
    const name = `${tapped.id}#${incarnation}`;
    const actor = { tapped, name, incarnation, node, microsteps: [], actions: [], after: [] };
    this.#actors.set(actorRef, actor);
    return actor;
  }

  /** A move that an incarnation's step caused is reported after that step. */
  #onSupervision({ connection, incarnation, event, from, to }: SupervisionMove): void {
    if (!this.#tapped.has(connection)) return;
    const ends = { from: nodeOf(from, SUPERVISION), to: nodeOf(to, SUPERVISION) };
    const at = this.#time.now();
    this.afterStep(connection, () =>
      this.#emit({ type: 'supervision', connection, at, incarnation, event, ...ends }),
    );
  }

  #onMicrostep({ _transitions }: Inspected<'@xstate.microstep'>, actor: TappedActor): void {
    actor.microsteps.push(microstepOf(_transitions, actor.actions));
    actor.actions = [];
  }

  #onSnapshot({ actorRef, event, snapshot }: Inspected<'@xstate.snapshot'>, actor: TappedActor): void {
    const { tapped, name, incarnation, node: from, actions, after } = actor;
    // The first snapshot, and that of an actor that is stopped, come without a microstep.
    const own = event.type.startsWith('xstate.');
    const microsteps = own && actions.length > 0 ? [microstepOf([], actions)] : actor.microsteps;
    const to = nodeOf((snapshot as { value?: StateValue }).value ?? '');
    const unhandled = !own && microsteps.every(({ edges }) => edges.length === 0);
    Object.assign(actor, { node: to, microsteps: [], actions: [], after: [] });
    const fields = {
      source: sourceOf(event),
      actor: name,
      incarnation,
      event: eventView(event),
      ...(from !== undefined && { from }),
      to,
      microsteps: unhandled ? [] : microsteps,
      ...(unhandled && { unhandled }),
      snapshot: snapshotView(snapshot),
    };
    // The exit of one incarnation may start the next one before its own snapshot is inspected.
    this.afterStep(tapped.id, () => {
      if (from === undefined) this.#emit(this.#actorMessage(actor, snapshot));
      this.#transition(tapped, fields);
      this.#trackSuspicion(tapped, to, incarnation);
      for (const tell of after) tell();
    });
    if (snapshot.status !== 'active') this.#actors.delete(actorRef);
  }

  #trackSuspicion(tapped: Tapped, node: string, incarnation: number): void {
    const span = { connection: tapped.id, incarnation, at: this.#time.now() };
    const [suspicion, news] = suspicionAfter(tapped.suspicion, node, span);
    tapped.suspicion = suspicion;
    if (news !== undefined) this.#emit(news);
  }

  #transition(tapped: Tapped, fields: Omit<TransitionMessage, 'type' | 'connection' | 'at' | 'seq'>): void {
    const { id: connection } = tapped;
    tapped.seq++;
    this.#emit({ type: '@xstate.transition', connection, at: this.#time.now(), seq: tapped.seq, ...fields });
  }

  #actorMessage({ tapped, name, incarnation }: TappedActor, snapshot: unknown): ActorMessage {
    return {
      type: '@xstate.actor',
      connection: tapped.id,
      at: this.#time.now(),
      actor: name,
      parent: 'supervisor',
      machine: CONNECTION,
      incarnation,
      snapshot: snapshotView(snapshot),
    };
  }
}

/** XState's type of an inspected actor lacks `id`. */
function idOf(actorRef: object): string {
  return String(Reflect.get(actorRef, 'id'));
}
