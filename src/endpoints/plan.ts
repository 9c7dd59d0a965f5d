/** The plan of a connection, made from the user's spec: transport, protocol, policy and mode. */

import { defined } from '../base/defined.ts';
import { badConfig } from '../base/errors.ts';
import { redactUrl } from '../base/redact.ts';
import type { Policy, PolicyConfig } from '../config/policy.ts';
import { forgiven, judged, type Standing, unknownStanding } from '../policy/classes.ts';
import type { Exit, ExitClass, Failure } from '../policy/exits.ts';
import type { UpgradeResponse } from '../policy/upgrade-response.ts';
import type { Credentials, Dialogue, HeartbeatMode, Protocol } from '../ports/protocol.ts';
import type {
  CloseFrame,
  Peer,
  Side,
  Socket,
  SocketSink,
  Target,
  UpgradeRequest,
} from '../ports/transport.ts';
import type { Clock } from '../time/clock.ts';
import {
  type AnyProtocol,
  type AnyTransport,
  type Defaults,
  keyOf,
  type Place,
  protocolFor,
} from './place.ts';
import type { ProviderContext } from './providers.ts';
import { askedProtocol, schemePlaceOf } from './schemes.ts';

/** Opens the socket of an incarnation and says how to keep it. Shared by all incarnations of an id. */
export interface Plan {
  /** The URL or URLs, unredacted: two connections with the same address and protocol are the same. */
  readonly address: string;
  readonly side: Side;
  readonly protocol: Protocol;
  readonly policy: Policy;
  readonly mode: HeartbeatMode | undefined;
  readonly provedByOpening: boolean;
  /** Throws `HoldfastError` for a connection that was accepted. */
  assertDialled?(id: string): void;
  /** It is dialled only while something wants it; absent: always. */
  readonly lazy?: boolean;
  /** The policy that was configured for this connection alone. */
  readonly config: PolicyConfig | undefined;
  /** Replaces the policy; `config` is the part for this connection alone. Throws `ConfigError`, with nothing changed. */
  configure(config: PolicyConfig | undefined, policy: Policy): void;
  /** The URL of the endpoint in use, credentials redacted. */
  readonly redactedUrl: string;
  /** The same as it was given: with the scheme of the protocol, unredacted. */
  readonly endpointUrl: string;
  /**
   * The key of the route that is dialled next: `scheme://host:port/path`, else the URL without the query. Keys with the
   * same `hostOf` share a host. Undefined when not known: for accepted sockets, and before a function said where to.
   */
  readonly endpointKey: string | undefined;
  /** The same of the endpoint that the running incarnation dials: a function may have answered with another. */
  readonly dialledKey: string | undefined;
  /** Credentials that a handshake may present. */
  readonly credentials?: Credentials | undefined;
  /**
   * Asks the functions that say where and how to dial; absent without any. The result ends that, and `answered` is not called any
   * more.
   */
  readonly prepare?: ((attempt: Attempt, answered: (failure?: Failure) => void) => () => void) | undefined;
  /** What asking has come to, for the exit when that takes too long. */
  readonly progress?: { readonly detail: string };
  /** The credentials that no dialogue of this kind presents, as a sentence; undefined: there are none. */
  misfitOf?(dialogue: Pick<Dialogue, 'handshake'>): string | undefined;
  /** The class of an exit, where the endpoint that gave it and other endpoints change it. Absent: that of the policy alone. */
  classOf?(exit: EndpointExit, stable: boolean): ExitClass;
  /** The `endpointKey` after `onExit`. */
  endpointKeyAfter(stable: boolean): string | undefined;
  /** An incarnation ended, and another will follow: decides which endpoint it dials. `next`: the one after. */
  onExit(exit: EndpointExit, stable: boolean, next?: boolean): void;
  /** The endpoint after the one that would be dialled takes its place. Without effect for a single one. */
  moveOn?(): void;
  /** `healthy`: the endpoint in use counts as stable. Otherwise refusals of all endpoints are forgotten. */
  forgive?(healthy: boolean): void;
  /** Goes on to the next endpoint that is not closed, without an exit. Returns false when there is none. */
  skip(closed: (key: string) => boolean): boolean;
  /** A plan of its own for one dial beside the running incarnation, at the next endpoint. Absent: this plan serves both. */
  beside?(): Plan;
  /** The dial of that plan is the running incarnation from here on. */
  take?(beside: Plan): void;
  /** Opens or adopts a socket; called once for each incarnation. */
  open(sink: SocketSink<unknown>, clock?: Clock): Socket<unknown>;
  /** The close frame of a goodbye when the supervisor stops; absent: the end of the stream alone. */
  readonly goodbyeFrame?: CloseFrame;
  /** An accepted socket: its peer, also after its end; `drop` gives it back when it will not be opened. */
  readonly peer?: Peer | undefined;
  /** The upgrade of an accepted WebSocket. */
  readonly request?: UpgradeRequest | undefined;
  drop?(): void;
}

/** The attempt that functions are asked for. */
type Attempt = Pick<ProviderContext, 'incarnation' | 'attempt'>;

/** The parts of an exit that tell something of its endpoint. */
export type EndpointExit = Pick<Exit, 'reason' | 'code' | 'proved'>;

/** The options that `connect` and `listen` share. */
export interface EndpointSpec<In, Out, Info = unknown, Extra = unknown> extends PolicyConfig {
  /** `tcp://host:port`, `tls://host:port`, `unix:/path`, `ws://…`, `wss://…`, as the transports serve. */
  readonly url: string | URL;
  /** A protocol, or the name of one the supervisor knows. Default: the transport's. */
  // biome-ignore lint/suspicious/noExplicitAny: bytes or messages, whatever the transport carries
  readonly protocol?: string | Protocol<In, Out, any, Info, Extra>;
  /** Default: the supervisor's transport for the URL's scheme. */
  readonly transport?: AnyTransport;
}

// biome-ignore lint/suspicious/noExplicitAny: a supervisor holds connections of all message types
export type AnyEndpointSpec = EndpointSpec<any, any>;

export interface Endpoint extends Place {
  readonly protocol: AnyProtocol;
  readonly config: PolicyConfig | undefined;
  readonly policy: Policy;
}

/** Throws `ConfigError`, with nothing started. */
export function endpointOf(spec: AnyEndpointSpec, known: Defaults, side: Side): Endpoint {
  const { config, policy } = policiesOf(spec, known);
  const text = String(spec.url);
  const asked = askedProtocol(spec.protocol, text, known);
  const over = { transport: spec.transport, protocol: asked };
  const { url, transport } = schemePlaceOf(text, over, known, side);
  const protocol = protocolFor(asked, transport, known);
  return { url, transport, protocol, config, policy };
}

/** The policy of a connection alone, and the same over the supervisor's. Throws `ConfigError`. */
export function policiesOf(
  spec: PolicyConfig,
  known: Defaults,
): { readonly config: PolicyConfig | undefined; readonly policy: Policy } {
  const own = policyPart(spec);
  const config = Object.keys(own).length === 0 ? undefined : own;
  return { config, policy: known.resolvePolicy(own, known.policy) };
}

/** The keys of a policy among the options of `createSupervisor`, `connect` or `listen`. */
export function policyPart(options: PolicyConfig): PolicyConfig {
  const { profile, heartbeat, deadlines, reconnect, endpoints, gate, outbox } = options;
  return defined({ profile, heartbeat, deadlines, reconnect, endpoints, gate, outbox });
}

/** A subclass that opens sockets in another way leaves the transport out. */
type DialledEndpoint = Omit<Endpoint, 'transport'> & { readonly transport: AnyTransport | undefined };

/** A plan that dials anew for each incarnation. One for each id, so it holds references and no copies. */
export class DialPlan implements Plan {
  readonly address: string;
  readonly protocol: AnyProtocol;
  config: PolicyConfig | undefined;
  policy: Policy;
  mode: HeartbeatMode | undefined;
  redactedUrl: string;
  /** Takes no memory where it is not set. */
  declare lazy?: boolean;
  declare onResponse?: (response: UpgradeResponse) => void;
  readonly #transport: AnyTransport | undefined;
  readonly #extra: Omit<Target, 'url'>;
  #standing = unknownStanding;

  constructor({ url, transport, protocol, config, policy }: DialledEndpoint, extra: Omit<Target, 'url'>) {
    this.address = url;
    this.redactedUrl = redactUrl(url);
    this.config = config;
    this.protocol = protocol;
    this.policy = policy;
    this.mode = modeOf(protocol, policy, 'dial');
    this.#transport = transport;
    this.#extra = extra;
  }

  get side(): 'dial' {
    return 'dial';
  }

  get provedByOpening(): boolean {
    return this.#transport?.provedByOpening ?? false;
  }

  get endpointKey(): string | undefined {
    return keyOf(new URL(this.address));
  }

  get dialledKey(): string | undefined {
    return this.endpointKey;
  }

  get endpointUrl(): string {
    return this.address;
  }

  endpointKeyAfter(_stable: boolean): string | undefined {
    return this.endpointKey;
  }

  /** The record of the endpoint in use. */
  protected get standing(): Standing {
    return this.#standing;
  }

  protected set standing(standing: Standing) {
    this.#standing = standing;
  }

  /** True when a function provides credentials. */
  protected get asksAgain(): boolean {
    return false;
  }

  classOf(exit: EndpointExit, stable: boolean): ExitClass {
    return this.#judged(exit, stable).class;
  }

  onExit(exit: EndpointExit, stable: boolean): void {
    this.standing = this.#judged(exit, stable).standing;
  }

  forgive(healthy: boolean): void {
    const { standing } = this;
    this.standing = forgiven(healthy ? { ...standing, stable: true } : standing);
  }

  #judged(exit: EndpointExit, stable: boolean) {
    return judged(this.standing, exit, this.policy.reconnect, stable, this.asksAgain);
  }

  skip(_closed: (key: string) => boolean): boolean {
    return false;
  }

  configure(config: PolicyConfig | undefined, policy: Policy): void {
    this.mode = modeOf(this.protocol, policy, 'dial');
    this.config = config;
    this.policy = policy;
  }

  open(sink: SocketSink<unknown>, clock?: Clock): Socket<unknown> {
    if (this.#transport === undefined) throw new Error('a plan without a transport');
    return this.#transport.dial({ ...this.#extra, url: new URL(this.address), dialler: this }, sink, clock);
  }
}

/** The mode of a side; undefined: no heartbeats. */
export function modeOf({ name, modes }: AnyProtocol, policy: Policy, side: Side): HeartbeatMode | undefined {
  const { mode, reply, interval } = policy.heartbeat;
  const possible = Object.values(modes);
  const speaks = possible.some((each) => each !== null && each !== 'listen');
  if (mode === 'probe' ? !possible.includes(mode) : mode === 'announce' && !speaks) {
    const [others, lack] = speaks ? ['announce, ', 'answer to a probe'] : ['', 'heartbeat to send'];
    throw badConfig(
      'heartbeat.mode',
      mode,
      `${others}listen or auto, as the protocol ${name} has no ${lack}`,
    );
  }
  if (interval === null) return undefined;
  if (mode !== 'auto') return mode;
  const auto = modes[side] ?? undefined;
  return auto === 'probe' && side === 'dial' && !reply ? 'announce' : auto;
}
