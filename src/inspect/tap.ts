/**
 * What happens to a few connections, event by event: XState's inspection of the whole system, attached
 * only while somebody watches, and put into the two-event shape of the wire.
 */
import type { AnyEventObject, InspectionEvent, StateValue } from 'xstate';
import type { Supervisor } from '../actors/supervisor/supervisor.ts';
import { connectionMachine } from '../machines/connection.ts';
import { sourceOf } from './senders.ts';
import { actorOf, connectionOf, nodeOf, type Time } from './subject.ts';
import { ongoing, suspicionAfter } from './suspicion-spans.ts';
import { eventView, microstepOf, snapshotView } from './views.ts';
import type { ActorMessage, Microstep, SuspicionMessage, TransitionMessage } from './wire.ts';

export type TapMessage = ActorMessage | TransitionMessage | SuspicionMessage;

interface Tapped {
  readonly id: string;
  seq: number;
  suspicion: SuspicionMessage | undefined;
}

/** An actor of a watched connection, and what it has done since its last snapshot. */
interface TappedActor {
  readonly tapped: Tapped;
  node: string | undefined;
  microsteps: Microstep[];
  actions: string[];
  /** What it told others in its last step; the page hears of the step first. */
  after: (() => void)[];
}

type Inspected<Type> = Extract<InspectionEvent, { type: Type }>;

export class Tap {
  readonly #supervisor: Supervisor;
  readonly #time: Time;
  readonly #say: (message: TapMessage) => void;
  readonly #tapped = new Map<string, Tapped>();
  readonly #actors = new Map<object, TappedActor>();
  /** Who sent an event, where it was an actor. */
  #senders = new WeakMap<object, string>();
  #attached: { unsubscribe(): void } | undefined;

  constructor(supervisor: Supervisor, time: Time, say: (message: TapMessage) => void) {
    this.#supervisor = supervisor;
    this.#time = time;
    this.#say = say;
  }

  /** Begins to tell; what runs already is told by `present`. */
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
    this.#attached ??= this.#supervisor.actor.system.inspect((event) => this.#inspect(event));
  }

  close(id: string): void {
    this.#tapped.delete(id);
    for (const [actor, { tapped }] of this.#actors) if (tapped.id === id) this.#actors.delete(actor);
    if (this.#tapped.size > 0) return;
    this.#attached?.unsubscribe();
    this.#attached = undefined;
  }

  /** What is said of a connection in the middle of a step comes after that step. */
  afterStep(id: string, tell: () => void): void {
    const actors = [...this.#actors.values()];
    const busy = actors.find(({ tapped, microsteps }) => tapped.id === id && microsteps.length > 0);
    if (busy === undefined) tell();
    else busy.after.push(tell);
  }

  /** The running actor of a connection, for one who begins to watch it. */
  present(id: string): TapMessage[] {
    const actor = this.#actorOf(id);
    if (actor === undefined) return [];
    const { suspicion } = this.#tapped.get(id) ?? {};
    return [this.#introduced(actor.id, actor.getSnapshot()), ...(suspicion ? [suspicion] : [])];
  }

  #actorOf(id: string) {
    const connection = connectionOf(this.#supervisor, id);
    return connection && actorOf(connection);
  }

  /** An exception from here would reach whoever sent the event. */
  #inspect(event: InspectionEvent): void {
    try {
      this.#sort(event);
    } catch {
      // The view is incomplete; the connection is not to notice.
    }
  }

  #sort(event: InspectionEvent): void {
    const { actorRef } = event;
    if (event.type === '@xstate.actor') return this.#began(actorRef);
    const actor = this.#actors.get(actorRef);
    if (event.type === '@xstate.event') return this.#sent(event, actor);
    if (actor === undefined) return;
    if (event.type === '@xstate.action') actor.actions.push(event.action.type);
    else if (event.type === '@xstate.microstep') this.#stepped(event, actor);
    else if (event.type === '@xstate.snapshot') this.#settled(event, actor);
  }

  #began(actorRef: object): void {
    const id = idOf(actorRef);
    const tapped = this.#tapped.get(id.slice(0, id.lastIndexOf('#')));
    if (tapped !== undefined) this.#follow(actorRef, tapped, undefined);
  }

  #follow(actorRef: object, tapped: Tapped, node: string | undefined): void {
    this.#actors.set(actorRef, { tapped, node, microsteps: [], actions: [], after: [] });
  }

  #sent({ actorRef, sourceRef, event }: Inspected<'@xstate.event'>, actor: TappedActor | undefined): void {
    const source = sourceRef && idOf(sourceRef);
    if (actor !== undefined && source !== undefined) {
      this.#senders.set(event, source.includes('#') ? source : 'supervisor');
    }
    if ((actorRef as object) !== this.#supervisor.actor) return;
    const sender = sourceRef && this.#actors.get(sourceRef);
    if (sender === undefined) this.#supervisorHeard(event, source);
    else sender.after.push(() => this.#supervisorHeard(event, source));
  }

  /** The supervisor's own events about a watched connection: that it is to start, and that it ended. */
  #supervisorHeard(event: AnyEventObject, source: string | undefined): void {
    const about = 'actorId' in event ? String(event.actorId) : undefined;
    const id = about?.slice(0, about.lastIndexOf('#')) ?? ('id' in event ? String(event.id) : undefined);
    const tapped = id === undefined ? undefined : this.#tapped.get(id);
    if (tapped === undefined) return;
    this.#transition(tapped, {
      source: source ?? 'supervisor',
      actor: 'supervisor',
      incarnation: about === undefined ? 0 : incarnationOf(about),
      event: eventView(event),
      microsteps: [],
    });
  }

  #stepped({ _transitions }: Inspected<'@xstate.microstep'>, actor: TappedActor): void {
    actor.microsteps.push(microstepOf(_transitions, actor.actions));
    actor.actions = [];
  }

  #settled({ actorRef, event, snapshot }: Inspected<'@xstate.snapshot'>, actor: TappedActor): void {
    const { tapped, node: from, actions } = actor;
    const id = idOf(actorRef);
    if (from === undefined) this.#say(this.#introduced(id, snapshot));
    // The first snapshot, and that of an actor that is stopped, come without a microstep.
    const own = event.type.startsWith('xstate.');
    const microsteps = own && actions.length > 0 ? [microstepOf([], actions)] : actor.microsteps;
    const to = nodeOf((snapshot as { value?: StateValue }).value ?? '');
    const unhandled = !own && microsteps.every(({ edges }) => edges.length === 0);
    const { after } = actor;
    Object.assign(actor, { node: to, microsteps: [], actions: [], after: [] });
    this.#transition(tapped, {
      source: this.#senders.get(event) ?? sourceOf(event),
      actor: id,
      incarnation: incarnationOf(id),
      event: eventView(event),
      ...(from !== undefined && { from }),
      to,
      microsteps: unhandled ? [] : microsteps,
      ...(unhandled && { unhandled }),
      snapshot: snapshotView(snapshot),
    });
    const span = { connection: tapped.id, incarnation: incarnationOf(id), at: this.#time.now() };
    const [suspicion, news] = suspicionAfter(tapped.suspicion, to, span);
    tapped.suspicion = suspicion;
    if (news !== undefined) this.#say(news);
    for (const tell of after) tell();
    if (snapshot.status !== 'active') this.#actors.delete(actorRef);
  }

  #transition(tapped: Tapped, fields: Omit<TransitionMessage, 'type' | 'connection' | 'at' | 'seq'>): void {
    const { id: connection } = tapped;
    tapped.seq++;
    this.#say({ type: '@xstate.transition', connection, at: this.#time.now(), seq: tapped.seq, ...fields });
  }

  #introduced(actor: string, snapshot: unknown): ActorMessage {
    return {
      type: '@xstate.actor',
      connection: actor.slice(0, actor.lastIndexOf('#')),
      at: this.#time.now(),
      actor,
      parent: 'supervisor',
      machine: connectionMachine.id,
      incarnation: incarnationOf(actor),
      snapshot: snapshotView(snapshot),
    };
  }
}

/** XState's type for inspected actors leaves out that they have one. */
function idOf(actorRef: object): string {
  return String(Reflect.get(actorRef, 'id'));
}

function incarnationOf(actor: string): number {
  return Number(actor.slice(actor.lastIndexOf('#') + 1));
}
