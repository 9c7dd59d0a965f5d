/** The supervisor that also accepts connections. Browsers cannot, and load nothing of it. */

import { nameDetached } from '../../base/detached.ts';
import { badConfig, type ConfigError } from '../../base/errors.ts';
import { showAsJson } from '../../base/inspect.ts';
import { redactUrl } from '../../base/redact.ts';
import { type Acceptor, AcceptPlan, acceptorOf } from '../../endpoints/accept-plan.ts';
import { Admission } from '../../endpoints/admission.ts';
import { declined } from '../../endpoints/declined.ts';
import { type DialPlan, endpointOf } from '../../endpoints/plan.ts';
import { outboxes } from '../../messages/outboxes.ts';
import { timeLimits } from '../../messages/time-limits.ts';
import type { Bound } from '../../ports/transport.ts';
import { Incarnation } from '../incarnation/incarnation.ts';
import { recordings } from '../incarnation/recordings.ts';
import { streams } from '../incarnation/streams.ts';
import { allParts } from './all-parts.ts';
import { SupervisedConnection } from './connection.ts';
import { Departures } from './departures.ts';
import type { Connection, Sent } from './handle.ts';
import type { Journal } from './journal.ts';
import { ListeningJournal } from './listening-journal.ts';
import { awaited, checkedAccept, checkedListen, windowOf } from './listening-kinds.ts';
import { OpenListener } from './open-listener.ts';
import type {
  AcceptSpec,
  AnyConnectSpec,
  Listener,
  ListenSpec,
  StopOptions,
  SupervisorOptions,
} from './options.ts';
import type { Configured } from './policies.ts';
import type { Supervised } from './port.ts';
import { probes } from './probing.ts';
import { type Supervisor, SupervisorCore } from './supervisor.ts';

/** The supervisor of Node: dials, listens, and accepts sockets of servers of one's own. */
export type ListeningSupervisor = Supervisor &
  Pick<ListeningCore, 'accept' | 'listen' | 'listeners' | 'stop'>;

/** Where accepted sockets come from: what they share, and what their users asked for. */
interface Source {
  readonly acceptor: Acceptor;
  readonly spec: Pick<AcceptSpec<never, never>, 'id' | 'onConnection' | 'onMessage'>;
}

/** Throws `ConfigError`. Starts nothing but an actor that waits. */
export function createListeningSupervisor(options: SupervisorOptions): ListeningSupervisor {
  return new ListeningCore({
    ...options,
    parts: [...(options.parts ?? allParts), probes, recordings, streams, timeLimits, declined, outboxes],
  });
}

class ListeningCore extends SupervisorCore {
  declare readonly journal: ListeningJournal;
  readonly #listeners = new Set<OpenListener>();
  #accepted = 0;
  /** Over how many milliseconds the goodbyes are spread. */
  #window = 0;
  #departures: Departures | undefined;

  /**
   * Takes over a socket that other code accepted: a `net.Socket` or another `Duplex` of bytes, or a WebSocket of `ws`. Throws
   * `ConfigError`, or `HoldfastError("id-in-use")`, with the socket left alone.
   */
  accept<In = unknown, Out = Sent<In>>(raw: unknown, spec: AcceptSpec<In, Out>): Connection<In, Out> {
    this.assertRunning();
    checkedAccept(spec);
    const acceptor = acceptorOf(spec, this.known);
    acceptor.transport.checkAccepted?.(raw);
    return this.#adopt(raw, { acceptor, spec }, spec.peer ?? 'unknown');
  }

  /** Supervises the connections to the URL. Rejects with `ConfigError`, or when the address cannot be had. */
  listen<In = unknown, Out = Sent<In>>(spec: ListenSpec<In, Out>): Promise<Listener> {
    return awaited(this.#listen(spec));
  }

  async #listen<In, Out>(spec: ListenSpec<In, Out>): Promise<Listener> {
    this.assertRunning();
    const endpoint = endpointOf(checkedListen(spec), this.known, 'accept');
    const { transport, url, protocol } = endpoint;
    if (transport.listen === undefined) throw cannotListen(url, transport.name);
    if (protocol.mayListen !== undefined) {
      await protocol.mayListen(this);
      this.assertRunning();
    }
    const admission = new Admission(spec.limits);
    const acceptor = acceptorOf({ ...spec, transport, protocol }, this.known, admission);
    const listener = new OpenListener(url, acceptor, admission, this, (raw, peer, at) => {
      this.#adopt(raw, { acceptor, spec }, peer, at);
    });
    this.#listeners.add(listener);
    try {
      await listener.bind((at, sink) => transport.listen?.(at, sink, this.clock) as Promise<Bound>);
    } catch (error) {
      this.#listeners.delete(listener);
      throw error;
    }
    if (!this.stopping) this.journal.publish({ event: 'listening', url: listener.url });
    return listener;
  }

  protected override planOf(spec: AnyConnectSpec, id: string): DialPlan {
    const plan = super.planOf(spec, id);
    const { onResponse } = spec;
    if (onResponse !== undefined)
      plan.onResponse = (response) =>
        this.journal.shield('onResponse', () => onResponse(response, this.records.get(id) as never));
    return plan;
  }

  /** The listeners that are open. */
  get listeners(): IterableIterator<Listener> {
    return this.#listeners.values();
  }

  forget(listener: OpenListener): void {
    this.#listeners.delete(listener);
  }

  override retire(connection: Supervised): void {
    super.retire(connection);
    const { plan, incarnation } = connection;
    if (!(plan instanceof AcceptPlan)) return;
    plan.leave();
    if (incarnation === 0) this.journal.shield('accept', () => plan.drop());
  }

  override proved(connection: SupervisedConnection): void {
    super.proved(connection);
    this.journal.proved(connection.id);
  }

  /**
   * Closes every listener and connection, and waits until nothing of them is left. Accepted connections
   * are told 1001 (going away), where the protocol has codes. With `over` their goodbyes are spread evenly
   * over that time, each at a random moment of its share, so that their peers do not all come back
   * together; connections that were dialled close after them. A second call without `over` ends the wait.
   * Rejects with `ConfigError`, with nothing stopped.
   */
  override stop(options: StopOptions = {}): Promise<void> {
    const overMs = windowOf(options);
    if (typeof overMs !== 'number') return Promise.reject(overMs);
    this.#window = this.stopping ? Math.min(overMs, this.#window) : overMs;
    if (overMs === 0) this.#departures?.hurry();
    return super.stop();
  }

  toJSON(): unknown {
    return { connections: [...this.connections], listeners: this.#listeners.size };
  }

  protected override async leave(): Promise<void> {
    await this.#closeListeners();
    if (this.#window > 0) await this.#seeOff();
    await super.leave();
  }

  protected override ended(): void {
    this.stopped ??= this.#closeListeners().then(() => this.journal.complete());
    // Once every connection is over.
    queueMicrotask(() => this.#departures?.hurry());
  }

  protected override journalOf(options: SupervisorOptions): Journal {
    return new ListeningJournal(options, this.steps);
  }

  get acceptors(): readonly Configured[] {
    return Array.from(this.#listeners, ({ acceptor }) => acceptor);
  }

  async #closeListeners(): Promise<void> {
    await Promise.all(Array.from(this.#listeners, ({ close }) => close()));
  }

  #seeOff(): Promise<unknown> {
    const accepted = [...this.records.values()].filter(({ plan }) => plan.side === 'accept');
    this.#departures = new Departures(accepted, this.#window, this.timekeeper);
    return this.#departures.done;
  }

  #adopt<In, Out>(
    raw: unknown,
    { acceptor, spec }: Source,
    peer: string,
    url = acceptor.transport.name,
  ): Connection<In, Out> {
    const id = spec.id ?? this.#freeId();
    const plan = new AcceptPlan(acceptor, raw, url);
    const Class = plan.protocol.connection?.(SupervisedConnection, 'accept') ?? SupervisedConnection;
    const connection = new Class(id, plan, spec.onMessage, this);
    this.enlist(connection);
    plan.enter();
    this.#holdLines(connection, plan);
    this.journal.publish({ event: 'accepted', connection: id, url, incarnation: 1, peer });
    this.journal.shield('onConnection', () => spec.onConnection?.(connection as never));
    connection.supervision.start();
    return connection as unknown as Connection<In, Out>;
  }

  /** A WebSocket has sent its upgrade: no mere visitor. */
  #holdLines({ id, supervision }: SupervisedConnection, plan: AcceptPlan): void {
    if (plan.isUpgraded) return;
    const isSilent = () => plan.isSilent ?? supervision.exit?.proved === false;
    this.journal.visited(id, isSilent, this.timekeeper);
  }

  /** Users choose ids too, and one of theirs must not cost an accepted socket. */
  #freeId(): string {
    let id: string;
    do id = `accepted-${++this.#accepted}`;
    while (this.records.has(id));
    return id;
  }
}

showAsJson(ListeningCore, SupervisedConnection, Incarnation);
nameDetached('supervisor', SupervisorCore, ['connect', 'get', 'configure']);
nameDetached('supervisor', ListeningCore, ['accept', 'listen', 'stop']);
nameDetached('connection', SupervisedConnection, [
  'send',
  'ready',
  'messages',
  'history',
  'probe',
  'close',
  'reconnect',
  'configure',
  'healthy',
]);

function cannotListen(url: string, transport: string): ConfigError {
  const expected = `a URL of a transport that can listen, which ${transport} cannot`;
  return badConfig('url', redactUrl(url), expected);
}
