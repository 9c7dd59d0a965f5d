/**
 * The supervisor, as far as it dials: keeps the records by id, and starts and ends them. Its actor's children are not kept
 * in a map of XState's, so that one more costs the same at ten siblings and at a hundred thousand.
 */

import type { Observable } from 'rxjs';
import { type Actor, createActor } from 'xstate';
import { deferred } from '../../base/deferred.ts';
import { HoldfastError } from '../../base/errors.ts';
import { needed } from '../../base/needed.ts';
import type { Policy, PolicyConfig } from '../../config/policy.ts';
import type { GateDecision, GateView } from '../../endpoints/endpoint-gate.ts';
import { Offline } from '../../endpoints/offline.ts';
import type { Defaults } from '../../endpoints/place.ts';
import type { DialPlan } from '../../endpoints/plan.ts';
import { idOf } from '../../endpoints/spec.ts';
import { ownTurns, type Turns } from '../../endpoints/turns.ts';
import { deliver } from '../../liveness/deadlines.ts';
import { type Clock, systemClock } from '../../time/clock.ts';
import { Timekeeper } from '../../time/timekeeper.ts';
import { incarnationLogic } from '../incarnation/actor.ts';
import type { Incarnation } from '../incarnation/incarnation.ts';
import type { Recording } from '../incarnation/recorder.ts';
import { type SupervisorLogic, supervisorLogic } from './actor.ts';
import { SupervisedConnection } from './connection.ts';
import type { LifecycleEvent } from './events.ts';
import type { Connection, Sent } from './handle.ts';
import { bindSignals, closeOnAbort, same } from './identity.ts';
import { Journal } from './journal.ts';
import { checkSpec } from './kinds.ts';
import { knownBy, planFor, recordingWith } from './known.ts';
import type { AnyConnectSpec, ConnectSpec, SupervisorOptions } from './options.ts';
import type { Part } from './parts.ts';
import type { Supervised, SupervisorPort } from './port.ts';
import { inUse } from './refusals.ts';
import { noSignals, type Signal, type Signals } from './signals.ts';
import { Steps } from './steps.ts';
import type { Supervision } from './supervision.ts';

/** Dials, and accepts nothing: all that browsers can. */
export type Supervisor = Pick<
  SupervisorCore,
  'connect' | 'get' | 'connections' | 'configure' | 'events$' | 'samples$' | 'stop' | 'actor' | 'clock'
> & {
  /** The gates of endpoints that several connections share, while a connection dials or waits, or they are closed. */
  readonly gates: Iterable<GateView>;
} & AsyncDisposable;

/** Throws `ConfigError`. Starts nothing but an actor that waits. */
export function createSupervisor(options: SupervisorOptions): Supervisor {
  return new SupervisorCore(options);
}

/** Within how many milliseconds many connections react to a signal. */
const SPREAD = 1000;

export class SupervisorCore implements SupervisorPort, AsyncDisposable {
  readonly timekeeper: Timekeeper;
  readonly recording: Recording | undefined;
  /** The gates of endpoints that connections dial or wait for. */
  readonly gates: Turns;
  /** While it holds an endpoint, no turn is requested there. */
  readonly offline: Offline;
  readonly parts: Part;
  /** The root of the actor system, for inspectors. */
  readonly actor: Actor<SupervisorLogic>;
  readonly journal: Journal;
  readonly steps = new Steps();
  readonly records = new Map<string, SupervisedConnection>();
  readonly known: Defaults;
  readonly #signals: Signals;
  /** Set by inspectors. */
  trafficOf: SupervisorPort['trafficOf'];
  /** Set by inspectors. */
  onMove: SupervisorPort['onMove'];
  #unwatch: (() => void) | undefined;
  #requests = 0;
  protected stopped: Promise<void> | undefined;

  constructor(options: SupervisorOptions) {
    const { clock = systemClock, inspect, parts = [] } = options;
    this.parts = Object.assign({}, ...parts);
    this.known = knownBy(options, this.parts);
    this.journal = this.journalOf(options);
    this.#signals = options.signals ?? noSignals;
    this.timekeeper = new Timekeeper(clock);
    this.recording = recordingWith(options.recorder, this);
    this.timekeeper.rings$.subscribe(deliver);
    this.offline = new Offline(this.timekeeper);
    const due = (key: string) => this.carryOut(this.gates.due(key));
    this.gates = this.parts.turns?.(this.timekeeper, this.offline, due) ?? ownTurns;
    this.timekeeper.onJump = () => this.#signalled('wake');
    const charts = incarnationLogic((incarnation: Incarnation) => incarnation, options.machine);
    const shield = this.journal.shield.bind(this.journal);
    const ended = () => this.ended();
    this.actor = createActor(supervisorLogic({ connections: this.records, charts, shield, ended }), {
      systemId: 'supervisor',
      ...(inspect && { inspect: this.journal.shielded(inspect) }),
    });
    this.actor.start();
  }

  get clock(): Clock {
    return this.timekeeper.clock;
  }

  /** The events of all connections, as they happen. */
  get events$(): Observable<LifecycleEvent> {
    return this.journal.events$;
  }

  /** Round-trip times, as they are measured; costs nothing without a subscriber. Completes with `stop()`. */
  get samples$() {
    return this.journal.samples$;
  }

  /** All connections that are not over, accepted ones included. */
  get connections(): IterableIterator<Connection> {
    return this.records.values();
  }

  /** The connection of that id that is not over. The types of its messages are the caller's word. */
  get<In = unknown, Out = Sent<In>, Info = unknown>(id: string): Connection<In, Out, Info> | undefined {
    return this.records.get(id) as unknown as Connection<In, Out, Info> | undefined;
  }

  /** Returns the running connection of the same id, URL and protocol. Throws `ConfigError` or `id-in-use`, with nothing started. */
  connect<In = unknown, Out = Sent<In>, Info = unknown, Extra = unknown>(
    spec: ConnectSpec<In, Out, Info, Extra>,
  ): Extra & Connection<In, Out, Info> {
    this.assertRunning();
    checkSpec(spec);
    const id = idOf(spec);
    const plan = this.planOf(spec, id);
    const existing = this.records.get(id);
    if (existing !== undefined) {
      closeOnAbort(same(existing, { plan, onMessage: spec.onMessage }), spec.signal);
      return existing as unknown as Extra & Connection<In, Out, Info>;
    }
    const Class = plan.protocol.connection?.(SupervisedConnection, 'dial') ?? SupervisedConnection;
    const connection = new Class(id, plan, spec.onMessage, this);
    this.enlist(connection);
    closeOnAbort(connection, spec.signal);
    connection.supervision.start();
    return connection as unknown as Extra & Connection<In, Out, Info>;
  }

  /**
   * Replaces the policy that was given to `createSupervisor`, for all connections and listeners; what a
   * connection has of its own stays over it. See `Connection.configure`. Throws `ConfigError`, with nothing
   * changed, also when it does not go together with what a connection has of its own.
   */
  configure(config: PolicyConfig): void {
    this.assertRunning();
    needed(this.parts, 'policies', 'configure').configureAll(config, this);
  }

  /** Throws `ConfigError`, and where a part is missing. */
  protected planOf(spec: AnyConnectSpec, _id: string): DialPlan {
    return planFor(spec, this.parts, this.known, this.timekeeper.clock.random);
  }

  policyFor(config: PolicyConfig): Policy {
    return this.known.resolvePolicy(config, this.known.policy);
  }

  /** Closes every connection, and waits until nothing of them is left. */
  stop(): Promise<void> {
    if (this.stopped !== undefined) return this.stopped;
    const { promise, resolve } = deferred<void>();
    // Before anything closes: listeners of what closes may call back.
    this.stopped = promise;
    resolve(this.leave());
    return promise;
  }

  get stopping(): boolean {
    return this.stopped !== undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  protected async leave(): Promise<void> {
    await Promise.all([...this.connections].map((connection) => connection.close()));
    this.#rest();
    this.actor.stop();
    this.journal.complete();
  }

  /** The supervisor's actor has ended: by `leave`, or stopped by itself. */
  protected ended(): void {
    this.stopped ??= Promise.resolve().then(() => this.journal.complete());
  }

  protected journalOf(options: SupervisorOptions): Journal {
    return new Journal(options, this.steps);
  }

  nextRequest(): number {
    return ++this.#requests;
  }

  admit(id: string, request: number): void {
    this.steps.afterAll(() => {
      // The end of a connection hands its turn to another, which is about to end as well.
      if (!this.stopping) this.actor.send({ type: 'admitted', id, request });
    });
  }

  carryOut(decisions: readonly GateDecision[]): void {
    if (decisions.length === 0) return;
    this.steps.run(() => {
      for (const decision of decisions) {
        if (decision.type === 'publish') this.journal.publish(decision.event);
        // Waiters are supervisions, and standbys with the same two methods: nothing else asks for turns.
        else if (decision.type === 'admit') (decision.waiter as Supervision).admitted();
        else (decision.waiter as Supervision).step({ type: 'deferred', delayMs: decision.delayMs });
      }
    });
  }

  proved({ supervision }: SupervisedConnection): void {
    this.offline.refuted(supervision.plan.dialledKey);
    this.carryOut(this.gates.proved(supervision));
  }

  retire({ id, plan }: Supervised): void {
    this.records.delete(id);
    this.gates.leave(plan.endpointKey);
    if (!this.stopping) this.steps.afterAll(() => this.actor.send({ type: 'retired', id }));
    this.#rest();
  }

  /** No signal is watched while there are no connections, but for the end of an `offline` that the next connection would believe. */
  #rest(): void {
    if (this.records.size > 0 || (!this.stopping && this.offline.msFor() > 0)) return;
    this.journal.shield('signals', () => this.#unwatch?.());
    this.#unwatch = undefined;
  }

  enlist(connection: SupervisedConnection): void {
    this.assertRunning();
    const existing = this.records.get(connection.id);
    if (existing !== undefined && existing !== connection) throw inUse(connection.id);
    if (existing === connection) return;
    this.gates.join(connection.plan.endpointKey);
    this.records.set(connection.id, connection);
    this.steps.after(() => bindSignals(connection));
    this.steps.afterAll(() => this.actor.send({ type: 'enlisted', id: connection.id }));
    this.journal.shield('signals', () => {
      this.#unwatch ??= this.#signals.watch((signal) => this.#signalled(signal));
    });
  }

  spread(): number {
    return Math.min(SPREAD, 10 * (this.records.size - 1)) * this.timekeeper.clock.random();
  }

  #signalled(signal: Signal): void {
    if (signal !== 'wake') this.offline.told(signal === 'offline');
    this.steps.run(() => {
      for (const { supervision } of this.records.values()) supervision.signalled(signal, this.spread());
      if (signal === 'online') this.carryOut(this.gates.reset());
    });
    this.#rest();
  }

  protected assertRunning(): void {
    if (this.stopped !== undefined) throw new HoldfastError('closed', 'the supervisor is stopped');
  }
}
