/** The options of a supervisor and its connections. */
import type { InspectionEvent, Observer } from 'xstate';
import type { AnyLogger } from '../../base/log.ts';
import type { ResolvePolicy } from '../../config/merge.ts';
import type { Duration, PolicyConfig } from '../../config/policy.ts';
import type { ListenLimits } from '../../endpoints/admission.ts';
import type { AnyProtocol, AnyTransport } from '../../endpoints/place.ts';
import type { EndpointSpec } from '../../endpoints/plan.ts';
import type { DialSpec } from '../../endpoints/spec.ts';
import type { ConnectionMachine } from '../../machines/connection.ts';
import type { UpgradeResponse } from '../../policy/upgrade-response.ts';
import type { Certificate } from '../../ports/transport.ts';
import type { Clock } from '../../time/clock.ts';
import type { Opening } from '../incarnation/introduction.ts';
import type { Recorder } from '../incarnation/recorder.ts';
import type { LifecycleEvent } from './events.ts';
import type { Connection, Sent } from './handle.ts';
import type { Part } from './parts.ts';
import type { Signals } from './signals.ts';

/** A running inspector. */
export type Inspector = Observer<InspectionEvent> | ((event: InspectionEvent) => unknown);

/** The policy is the default of all connections; each can override it. */
export interface SupervisorOptions extends PolicyConfig {
  /** Transports that come before those of the platform. */
  readonly transports: readonly AnyTransport[];
  /** Protocols by name, for transports that name their default, and for configurations. */
  readonly protocols?: Readonly<Record<string, () => AnyProtocol>>;
  /** A logger of pino's shape, or `console`. Default: in Node pino on standard error, in browsers none. */
  readonly logger?: AnyLogger;
  /** The message of a log line about an event, beside its fields. Default: in Node a sentence; elsewhere its name. */
  readonly describe?: (event: LifecycleEvent) => string;
  /**
   * Prints a line for each event to the console, in place of a `logger`: connection and incarnation, the move, and the fields
   * with reason and wait. In Node on standard error. Default false.
   */
  readonly debug?: boolean;
  /**
   * `gates`, `routes`, `handshakes`, `readers`, `receipts`, `policies`, `rests`, `hedging` and `idleCuts`, for what they add. Default: in Node all; in browsers none, so
   * that a page loads what it uses. Without `gates` each connection dials after its own backoff, and `gate.enabled: true` is
   * a `ConfigError`; without `routes` so are lists of URLs, headers, credentials and functions. Without `handshakes` a protocol
   * that has one ends its connection as `bad-config`; without `readers` a loop over messages throws; without
   * `receipts` `confirmed` rejects; without `policies` `configure` throws, and without `rests`
   * `connect` with `lazy`; without `hedging` `reconnect.hedge: true` is a `ConfigError`; without `idleCuts` nothing warns of what closes idle links.
   */
  readonly parts?: readonly Part[];
  /** Default: the system's. */
  readonly clock?: Clock;
  /** Events of the network and of sleep. Default: the browser's; in Node, jumps of the wall clock alone. */
  readonly signals?: Signals;
  /**
   * Hears of what callbacks, loggers, recorders and inspectors throw, and of the rejection when they return a promise.
   * Default: logged, as are failures of `onError` itself; in a browser without a `logger` both go to the page's
   * `reportError`. Subscribers of observables follow RxJS's rule instead.
   */
  readonly onError?: (error: unknown, where: string) => unknown;
  /** Receives XState's inspection events of the supervisor and all connections. */
  readonly inspect?: Inspector;
  /**
   * Reads the policies of the supervisor and its connections, each over the one below. Default: in Node
   * the `resolvePolicy` of `holdfast/config`; elsewhere one that refuses the same with fewer words.
   */
  readonly resolvePolicy?: ResolvePolicy;
  /** Keeps the last moves of each connection; see `Connection.history`. Default: in Node `flightRecorder()`, in browsers `null` for none. */
  readonly recorder?: Recorder | null;
  /** Runs a chart of one's own making; for tests of what happens when it has a bug. */
  readonly machine?: ConnectionMachine;
}

/** A connection to dial: its endpoint, its callbacks, and its policy over that of the supervisor. */
export interface ConnectSpec<In = unknown, Out = Sent<In>, Info = unknown, Extra = unknown>
  extends DialSpec<In, Out, Info, Extra> {
  readonly onMessage?: (message: In, connection: Connection<In, Out, Info>) => unknown;
  /**
   * Says what has to be said anew on each socket, such as a login or subscriptions: called once in each incarnation, after the
   * protocol's handshake, and before `onMessage` of that incarnation. What it sends by `opening.send` goes ahead of all
   * messages that wait. When it returns a promise, waiting messages, `alive` and `ready()` wait for that, for `deadlines.handshake` at most;
   * messages of the peer go to `onMessage` meanwhile, and heartbeats go on. `Refused`, thrown or rejected with, ends the
   * incarnation with that failure; what else it throws goes to `onError`, and ends the incarnation as `crashed`. Needs the
   * part `handshakes`.
   */
  readonly onOpen?: (opening: Opening<Out, Info>, connection: Connection<In, Out, Info>) => unknown;
  /**
   * Hears of each answer to the request for a WebSocket: before the connection is alive, or before the exit of a refusal, which has
   * it as `exit.response`. What it throws goes to `onError`. Never called in browsers, which do not show the answer, nor by other
   * transports.
   */
  readonly onResponse?: (response: UpgradeResponse, connection: Connection<In, Out, Info>) => unknown;
  /** Aborting it is like `close()`. */
  readonly signal?: AbortSignal;
  /**
   * Dials only while something wants the connection: a message that waits, a caller of `ready()`, a subscriber of `messages$`, a loop
   * over messages; or for `reconnect()`. `onMessage`, `state$`, `closed` and `probe()` want nothing. Once nothing wants it, and no message has
   * come or gone for `deadlines.idle`, it closes and rests: `status` is `resting`, and the next wish dials at once. Where
   * `deadlines.idle` is off this is 30 s; given as `null` beside `lazy` it stays open. A rest is no failure: no attempt is
   * counted, and `deadlines.idle` ends no lazy connection that is wanted. A failed attempt is repeated, after its delay, while something wants
   * it. Default `false`. Needs the part `rests`.
   */
  readonly lazy?: boolean;
}

// biome-ignore lint/suspicious/noExplicitAny: messages of any protocol
export type AnyConnectSpec = ConnectSpec<any, any, any>;

/** A listener: its address, its limits, and what its connections share. */
export interface ListenSpec<In = unknown, Out = Sent<In>> extends EndpointSpec<In, Out> {
  /** How many sockets the listener may have. */
  readonly limits?: ListenLimits;
  /** Called for each accepted connection, before it is alive. */
  readonly onConnection?: (connection: Connection<In, Out>) => unknown;
  readonly onMessage?: (message: In, connection: Connection<In, Out>) => unknown;
}

/** A socket of a server of one's own that the supervisor takes over. */
export interface AcceptSpec<In = unknown, Out = Sent<In>>
  extends Omit<ListenSpec<In, Out>, 'url' | 'transport' | 'limits'>,
    Required<Pick<EndpointSpec<In, Out>, 'transport'>> {
  /** Default: `accepted-` and a number. */
  readonly id?: string;
  /** The peer's address, for the log. */
  readonly peer?: string;
}

/** Options of `stop`. */
export interface StopOptions {
  /** Spreads the goodbyes to accepted connections over this time. Default 0: all at once. */
  readonly over?: Duration;
}

/** A listening socket, and the connections that it accepted. */
export interface Listener {
  /** The bound URL: port 0 is replaced by the port that was chosen. */
  readonly url: string;
  /** Connections it accepted that are not over. */
  readonly connections: number;
  /** Sockets whose handshake (TLS, WebSocket upgrade) is under way. */
  readonly handshakes: number;
  /** Takes no more connections, and drops sockets whose handshake is under way; those accepted live on. */
  close(): Promise<void>;
  /**
   * Replaces the certificate of a `tls:` or `wss:` listener, for handshakes that begin from now on; live connections
   * stay. Throws `ConfigError`, with the old certificate kept, when the PEM cannot be read, the key does not fit, or
   * the listener has no certificate.
   */
  update(certificate: Certificate): void;
}
