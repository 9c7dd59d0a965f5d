/**
 * The supervisor: keeps the records by id, and starts and ends them. Its actor's children are not kept
 * in a map of XState's, so that one more costs the same at ten siblings and at a hundred thousand.
 */
import { type Observable, type SchedulerLike, Subject, type Subscription } from 'rxjs';
import { type Actor, type ActorOptions, type AnyActorLogic, createActor, type InspectionEvent } from 'xstate';
import { type Clock, systemClock } from '../clock.ts';
import { parseDuration } from '../config/duration.ts';
import { mergePolicy } from '../config/merge.ts';
import { defaultPolicy, type Policy, type PolicyConfig } from '../config/policy.ts';
import { ConfigError, HoldfastError } from '../errors.ts';
import { type Logger, type LogLevel, redactUrl, silentLogger } from '../log.ts';
import type { Bound } from '../transport/transport.ts';
import { type Acceptor, AcceptPlan, acceptorOf, settingsOf } from './acceptor.ts';
import { type Keeper, SupervisedConnection } from './connection.ts';
import { runLinks } from './connection-logic.ts';
import { Departures } from './departures.ts';
import { dialPlanOf, idOf } from './dialling.ts';
import { type GateHost, Gates, type GateView, type Waiter } from './gates.ts';
import type { Connection } from './handle.ts';
import { type LifecycleEvent, levelOf, sentence } from './lifecycle.ts';
import type { Link } from './link.ts';
import { endpointOf, modeOf, type Plan, policyPart, type Repertoire } from './plan.ts';
import type { Recorder } from './recorder.ts';
import { noSignals, type Signal, type Signals } from './signals.ts';
import type {
  AcceptSpec,
  ConnectSpec,
  Inspector,
  Listener,
  ListenSpec,
  StopOptions,
  SupervisorOptions,
} from './specs.ts';
import { type SupervisorLogic, supervisorLogic } from './supervisor-logic.ts';
import { Timekeeper } from './timekeeper.ts';

export type Supervisor = Pick<
  SupervisorCore,
  | 'connect'
  | 'accept'
  | 'listen'
  | 'get'
  | 'connections'
  | 'configure'
  | 'events$'
  | 'stop'
  | 'actor'
  | 'clock'
> & {
  /** The gates of endpoints that several connections share, while somebody dials or waits. */
  readonly gates: Iterable<GateView>;
} & AsyncDisposable;

/** Throws `ConfigError`. Starts nothing but an actor that waits. */
export function createSupervisor(options: SupervisorOptions): Supervisor {
  return new SupervisorCore(options);
}

/** Within how many milliseconds many connections react to a signal. */
const SPREAD = 1000;

class SupervisorCore implements Keeper, GateHost, AsyncDisposable {
  readonly timekeeper: Timekeeper;
  readonly recorder: Recorder | undefined;
  /** The gates of endpoints that somebody dials or waits for. */
  readonly gates: Gates;
  /** The root of the actor system, for inspectors. */
  readonly actor: Actor<SupervisorLogic>;
  /** What happens to all connections, as it happens. */
  readonly events$: Observable<LifecycleEvent>;
  readonly #connections = new Map<string, SupervisedConnection>();
  readonly #events = new Subject<LifecycleEvent>();
  readonly #listeners = new Set<Promise<Bound>>();
  readonly #logger: Logger;
  readonly #onError: SupervisorOptions['onError'];
  readonly #known: Repertoire;
  readonly #signals: Signals;
  #unwatch: (() => void) | undefined;
  /** The platform says that there is no network: dialling would fail. */
  offline = false;
  #accepted = 0;
  readonly #acceptors = new Set<Acceptor>();
  #stopped: Promise<void> | undefined;
  /** Over how many milliseconds the goodbyes are spread. */
  #window = 0;
  #departures: Departures | undefined;

  constructor(options: SupervisorOptions) {
    const { transports, protocols = {}, clock = systemClock, inspect } = options;
    const { resolvePolicy = mergePolicy } = options;
    const made = Object.entries(protocols).map(([name, make]) => [name, make()]);
    this.#known = {
      transports,
      protocols: Object.fromEntries(made),
      policy: resolvePolicy(policyPart(options), defaultPolicy),
      resolvePolicy,
    };
    this.#logger = options.logger ?? silentLogger;
    this.#onError = options.onError;
    this.#signals = options.signals ?? noSignals;
    this.recorder = options.recorder ?? undefined;
    this.timekeeper = new Timekeeper(clock);
    this.gates = new Gates(this);
    this.timekeeper.onJump = () => this.#signalled('wake');
    this.events$ = this.#events.asObservable();
    const charts = runLinks((link: Link) => link, options.machine);
    const shield = this.shield.bind(this);
    const ended = () => {
      this.#stopped ??= Promise.resolve();
      // Once nobody is left to wait for.
      queueMicrotask(() => this.#departures?.hurry());
    };
    this.actor = createActor(supervisorLogic({ connections: this.#connections, charts, shield, ended }), {
      systemId: 'supervisor',
      clock: clockOf(clock.scheduler),
      ...(inspect && { inspect: this.#shieldedInspector(inspect) }),
    });
    this.actor.start();
  }

  /** The one it was given. */
  get clock(): Clock {
    return this.timekeeper.clock;
  }

  /** All connections that are not over, accepted ones included. */
  get connections(): IterableIterator<Connection> {
    return this.#connections.values();
  }

  get(id: string): Connection | undefined {
    return this.#connections.get(id);
  }

  /**
   * Starts a connection and keeps it. The same id, URL and protocol as a running one returns that one.
   * Throws `ConfigError`, or `HoldfastError("id-in-use")`, with nothing started.
   */
  connect<In = unknown, Out = In>(spec: ConnectSpec<In, Out>): Connection<In, Out> {
    this.#assertRunning();
    const plan = dialPlanOf(spec, this.#known, this.timekeeper.clock.random);
    const id = idOf(spec);
    const existing = this.#connections.get(id);
    if (existing !== undefined) {
      closeOnAbort(same(existing, plan), spec.signal);
      return existing as unknown as Connection<In, Out>;
    }
    const connection = new SupervisedConnection(id, plan, spec.onMessage, this);
    this.enlist(connection);
    closeOnAbort(connection, spec.signal);
    this.start(connection);
    return connection as unknown as Connection<In, Out>;
  }

  /**
   * Replaces the policy that was given to `createSupervisor`, for all connections and listeners; what a
   * connection has of its own stays over it. See `Connection.configure`. Throws `ConfigError`, with nothing
   * changed, also when it does not go together with what a connection has of its own.
   */
  configure(config: PolicyConfig): void {
    this.#assertRunning();
    const { resolvePolicy } = this.#known;
    const policy = resolvePolicy(policyPart(config), defaultPolicy);
    const resolved = new Map<PolicyConfig | undefined, Policy>();
    const over = (own: PolicyConfig | undefined) => {
      const known = resolved.get(own) ?? resolvePolicy(own ?? {}, policy);
      resolved.set(own, known);
      return known;
    };
    const connections = [...this.#connections.values()];
    for (const { plan } of connections) modeOf(plan.protocol, over(plan.config), plan.side);
    for (const { protocol, settings } of this.#acceptors) modeOf(protocol, over(settings.config), 'accept');
    const before = this.#known.policy;
    this.#known.policy = policy;
    for (const acceptor of this.#acceptors) {
      const { protocol, settings } = acceptor;
      acceptor.settings = settingsOf(protocol, settings.config, over(settings.config));
    }
    for (const connection of connections) {
      connection.replace(connection.plan.config, over(connection.plan.config));
    }
    this.gates.shorten(policy, before);
    this.publish({ event: 'configured' });
  }

  policyFor(config: PolicyConfig): Policy {
    return this.#known.resolvePolicy(policyPart(config), this.#known.policy);
  }

  /** Takes over a socket that somebody else accepted: a `net.Socket`, or a WebSocket of `ws`. */
  accept<In = unknown, Out = In>(raw: unknown, spec: AcceptSpec<In, Out>): Connection<In, Out> {
    this.#assertRunning();
    return this.#adopt(raw, acceptorOf(spec, this.#known), spec.peer ?? 'unknown');
  }

  /** Supervises whatever connects to the URL. Rejects when the address cannot be had. */
  async listen<In = unknown, Out = In>(spec: ListenSpec<In, Out>): Promise<Listener> {
    this.#assertRunning();
    const endpoint = endpointOf(spec, this.#known, 'accept');
    const { transport, url } = endpoint;
    const acceptor = acceptorOf({ ...spec, transport }, this.#known);
    if (transport.listen === undefined) throw cannotListen(spec.url, transport.name);
    let address = url;
    const binding = transport.listen(new URL(url), {
      accepted: (raw, from) => {
        if (this.#stopped !== undefined) new AcceptPlan(acceptor, raw).drop();
        else this.#adopt(raw, acceptor, from, address);
      },
      failed: (error) => this.#report(error, 'listen'),
    });
    this.#listeners.add(binding);
    this.#acceptors.add(acceptor);
    binding.catch(() => {
      this.#listeners.delete(binding);
      this.#acceptors.delete(acceptor);
    });
    const bound = await binding;
    address = bound.url;
    const close = () => {
      this.#listeners.delete(binding);
      this.#acceptors.delete(acceptor);
      return bound.close();
    };
    this.publish({ event: 'listening', url: bound.url });
    return { url: bound.url, close };
  }

  /**
   * Closes every listener and connection, and waits until nothing of them is left. Accepted connections
   * are told 1001 (going away), where the protocol has codes. With `over` their goodbyes are spread evenly
   * over that time, each at a random moment of its share, so that their peers do not all come back
   * together; connections that were dialled close after them. A second call without `over` ends the wait.
   * Rejects with `ConfigError`, with nothing stopped.
   */
  stop({ over = 0 }: StopOptions = {}): Promise<void> {
    const overMs = parseDuration(over);
    if (overMs === undefined) return Promise.reject(badWindow(over));
    this.#window = this.#stopped === undefined ? overMs : Math.min(overMs, this.#window);
    if (overMs === 0) this.#departures?.hurry();
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  get stopping(): boolean {
    return this.#stopped !== undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(): Promise<void> {
    const listeners = await Promise.allSettled(this.#listeners);
    await Promise.all(listeners.map((each) => each.status === 'fulfilled' && each.value.close()));
    if (this.#window > 0) await this.#seeOff();
    // Those who wait come first: whoever ends hands its turn to one of them.
    const waits = ({ status }: Connection) => Number(status === 'waiting');
    const all = [...this.connections].sort((one, other) => waits(other) - waits(one));
    await Promise.all(all.map((connection) => connection.close()));
    this.actor.stop();
    this.#events.complete();
  }

  #seeOff(): Promise<unknown> {
    const accepted = Array.from(this.#connections.values()).filter(({ plan }) => plan.side === 'accept');
    this.#departures = new Departures(accepted, this.#window, this.timekeeper);
    return this.#departures.done;
  }

  #adopt<In, Out>(
    raw: unknown,
    acceptor: Acceptor,
    peer: string,
    url = acceptor.transport.name,
  ): Connection<In, Out> {
    const id = acceptor.id ?? this.#freeId();
    const plan = new AcceptPlan(acceptor, raw, url);
    const connection = new SupervisedConnection(id, plan, acceptor.onMessage, this);
    this.enlist(connection);
    this.publish({ event: 'accepted', connection: id, url, incarnation: 1, peer });
    this.shield('onConnection', () => acceptor.onConnection?.(connection as never));
    this.start(connection);
    return connection as unknown as Connection<In, Out>;
  }

  /** Users choose ids too, and one of theirs must not cost an accepted socket. */
  #freeId(): string {
    let id: string;
    do id = `accepted-${++this.#accepted}`;
    while (this.#connections.has(id));
    return id;
  }

  // --- what connections need

  start(connection: SupervisedConnection, hurry = false): void {
    const dials = connection.plan.side === 'dial';
    if (dials && this.offline) return;
    if (!dials || this.gates.request(connection, hurry)) this.admit(connection);
  }

  admit(waiter: Waiter): void {
    this.actor.send({ type: 'start', id: (waiter as SupervisedConnection).id });
  }

  retire(connection: SupervisedConnection): void {
    if (this.#connections.get(connection.id) === connection) {
      this.#connections.delete(connection.id);
      this.gates.leave(connection.plan.key);
    }
    if (this.#connections.size > 0) return;
    this.#unwatch?.();
    this.#unwatch = undefined;
    this.offline = false;
  }

  enlist(connection: SupervisedConnection): void {
    this.#assertRunning();
    const existing = this.#connections.get(connection.id);
    if (existing !== undefined && existing !== connection) throw inUse(connection.id);
    if (existing === undefined) this.gates.join(connection.plan.key);
    this.#connections.set(connection.id, connection);
    this.#unwatch ??= this.#signals.watch((signal) => this.#signalled(signal));
  }

  publish(event: LifecycleEvent): void {
    this.shield('logger', () => log(this.#logger, levelOf(event), event));
    this.#events.next(event);
  }

  heartbeat(connection: SupervisedConnection, kind: 'sent' | 'received', rttMs: number | undefined): void {
    this.shield('logger', () => {
      if (this.#logger.isLevelEnabled?.('trace') === false) return;
      const { id, incarnation } = connection;
      const fields = { event: 'heartbeat', kind, ...(rttMs !== undefined && { rttMs }) };
      this.#logger.child({ connection: id, incarnation }).trace(fields);
    });
  }

  shield(where: string, code: () => void): void {
    try {
      code();
    } catch (error) {
      this.#report(error, where);
    }
  }

  #report(error: unknown, where: string): void {
    try {
      if (this.#onError !== undefined) this.#onError(error, where);
      else this.#logger.error({ err: error, where }, `exception in ${where}`);
    } catch {
      // The reporter itself is broken: there is nobody left to tell.
    }
  }

  /** Spread over time, as many that react at once are a load of their own. */
  #signalled(signal: Signal): void {
    if (signal !== 'wake') this.offline = signal === 'offline';
    const { random } = this.timekeeper.clock;
    const spread = Math.min(SPREAD, 10 * (this.#connections.size - 1));
    for (const connection of this.#connections.values()) connection.signalled(signal, spread * random());
    if (signal === 'online') this.gates.reset();
  }

  #assertRunning(): void {
    if (this.#stopped !== undefined) throw new HoldfastError('closed', 'the supervisor is stopped');
  }

  /** An inspector's exception would otherwise escape from `send`, or fail the actor. */
  #shieldedInspector(inspect: Inspector): (event: InspectionEvent) => void {
    return (event) =>
      this.shield('inspect', () => (typeof inspect === 'function' ? inspect(event) : inspect.next?.(event)));
  }
}

/** A child for each connection and incarnation; made when there is something to say, and not kept. */
function log(logger: Logger, level: LogLevel, event: LifecycleEvent): void {
  if (logger.isLevelEnabled?.(level) === false) return;
  if (!('connection' in event)) return logger[level](event, sentence(event));
  const { connection, incarnation, ...fields } = event;
  logger.child({ connection, incarnation })[level](fields, sentence(event));
}

function same(existing: SupervisedConnection, { address, protocol }: Plan): SupervisedConnection {
  const { plan } = existing;
  if (plan.address !== address || plan.protocol.name !== protocol.name) throw inUse(existing.id);
  existing.keep();
  return existing;
}

function badWindow(over: unknown): ConfigError {
  return new ConfigError([{ path: 'over', value: over, expected: 'a duration such as "5s" or 2000 (ms)' }]);
}

function cannotListen(url: string, transport: string): ConfigError {
  const expected = `a URL of a transport that can listen, which ${transport} cannot`;
  return new ConfigError([{ path: 'url', value: redactUrl(url), expected }]);
}

function inUse(id: string): HoldfastError {
  return new HoldfastError(
    'id-in-use',
    `id: ${JSON.stringify(id)} is running with another URL or protocol; give this connection an id of its own`,
  );
}

function closeOnAbort(connection: SupervisedConnection, signal: AbortSignal | undefined): void {
  if (signal === undefined) return;
  const close = () => void connection.close();
  signal.addEventListener('abort', close, { once: true });
  connection.closed.then(() => signal.removeEventListener('abort', close));
  if (signal.aborted) close();
}

/** XState's clock, on the same scheduler as everything else. */
function clockOf(scheduler: SchedulerLike): NonNullable<ActorOptions<AnyActorLogic>['clock']> {
  return {
    setTimeout: (fn, ms) => scheduler.schedule(fn, ms),
    clearTimeout: (id: Subscription | undefined) => id?.unsubscribe(),
  };
}
