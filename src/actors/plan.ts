/** From what a user asked for to a plan: the transport, protocol, policy and mode of a connection. */
import type { ResolvePolicy } from '../config/merge.ts';
import type { Policy, PolicyConfig } from '../config/policy.ts';
import { ConfigError } from '../errors.ts';
import { redactUrl } from '../log.ts';
import type { Exit } from '../policy/exits.ts';
import type { HeartbeatMode, Protocol } from '../transport/protocol.ts';
import type { Side, Socket, SocketSink, Target, Transport } from '../transport/transport.ts';

/** How to open the socket, and how to keep it. Shared by all incarnations of an id. */
export interface Plan {
  /** Where to, unredacted: two connections with the same address and protocol are the same. */
  readonly address: string;
  readonly side: Side;
  readonly protocol: Protocol;
  readonly policy: Policy;
  readonly mode: HeartbeatMode | undefined;
  readonly provedByOpening: boolean;
  /** Scheme, host and port of what is dialled next: connections with the same share a gate. */
  readonly key?: string | undefined;
  /** Takes note of how an incarnation ended, before the next is planned. */
  concluded?(exit: Exit, stable: boolean): void;
  /** Goes on to the next endpoint; false: there is none. */
  skip?(): boolean;
  /** What was configured for this connection alone. */
  readonly config: PolicyConfig | undefined;
  /** Another policy, from `config` over the supervisor's. Throws `ConfigError`, with nothing changed. */
  configure(config: PolicyConfig | undefined, policy: Policy): void;
  /** Opens or adopts a socket; called once for each incarnation. */
  open(sink: SocketSink<unknown>): Socket<unknown>;
  /** Gives back a socket that will not be opened. */
  drop?(): void;
}

// biome-ignore lint/suspicious/noExplicitAny: a supervisor holds connections of all message types
export type AnyProtocol = Protocol<any, any, any>;
// biome-ignore lint/suspicious/noExplicitAny: likewise, of all chunk types
export type AnyTransport = Transport<any>;

/** What `connect` and `listen` have in common. */
export interface EndpointSpec<In, Out> extends PolicyConfig {
  /** `tcp://host:port`, `tls://host:port`, `unix:/path`, `ws://…`, `wss://…`, as the transports serve. */
  readonly url: string;
  /** A protocol, or the name of one the supervisor knows. Default: the transport's. */
  // biome-ignore lint/suspicious/noExplicitAny: bytes or messages, whatever the transport carries
  readonly protocol?: string | Protocol<In, Out, any>;
  /** Default: the supervisor's transport for the URL's scheme. */
  readonly transport?: AnyTransport;
}

/** What the supervisor knows to choose from. */
export interface Repertoire {
  readonly transports: readonly AnyTransport[];
  readonly protocols: Readonly<Record<string, AnyProtocol>>;
  policy: Policy;
  readonly resolvePolicy: ResolvePolicy;
}

export interface Endpoint {
  /** As it was given: normalised when it is dialled. */
  readonly url: string;
  readonly transport: AnyTransport;
  readonly protocol: AnyProtocol;
  readonly config: PolicyConfig | undefined;
  readonly policy: Policy;
}

/** Throws `ConfigError`, with nothing started. */
export function endpointOf(spec: EndpointSpec<never, never>, known: Repertoire, side: Side): Endpoint {
  const own = policyPart(spec);
  const config = Object.keys(own).length === 0 ? undefined : own;
  const policy = known.resolvePolicy(own, known.policy);
  const url = parseUrl(spec.url);
  const transport = spec.transport ?? transportFor(url, known);
  const expected = transport.check(url, side);
  if (expected !== undefined) throw badUrl(spec.url, expected);
  const protocol = protocolFor(spec.protocol, transport, known);
  return { url: spec.url, transport, protocol, config, policy };
}

/** The keys of a policy among the options of `createSupervisor`, `connect` or `listen`. */
export function policyPart(options: PolicyConfig): PolicyConfig {
  const { profile, heartbeat, deadlines, reconnect, endpoints, gate, outbox } = options;
  const parts = Object.entries({ profile, heartbeat, deadlines, reconnect, endpoints, gate, outbox });
  return Object.fromEntries(parts.filter(([, part]) => part !== undefined));
}

/** A plan that dials anew for each incarnation. One for each id, so it holds references and no copies. */
export class DialPlan implements Plan {
  readonly side = 'dial';
  readonly address: string;
  readonly protocol: AnyProtocol;
  config: PolicyConfig | undefined;
  policy: Policy;
  mode: HeartbeatMode | undefined;
  readonly #transport: AnyTransport;
  readonly #extra: Omit<Target, 'url'>;

  constructor({ url, transport, protocol, config, policy }: Endpoint, extra: Omit<Target, 'url'>) {
    this.address = url;
    this.config = config;
    this.protocol = protocol;
    this.policy = policy;
    this.mode = modeOf(protocol, policy, 'dial');
    this.#transport = transport;
    this.#extra = extra;
  }

  get provedByOpening(): boolean {
    return this.#transport.provedByOpening;
  }

  get key(): string {
    const { protocol, host, href } = new URL(this.address);
    return host === '' ? href : `${protocol}//${host}`;
  }

  configure(config: PolicyConfig | undefined, policy: Policy): void {
    this.mode = modeOf(this.protocol, policy, 'dial');
    this.config = config;
    this.policy = policy;
  }

  open(sink: SocketSink<unknown>): Socket<unknown> {
    return this.#transport.dial({ ...this.#extra, url: new URL(this.address) }, sink);
  }
}

/** The mode of a side; undefined: no heartbeats. */
export function modeOf(protocol: AnyProtocol, policy: Policy, side: Side): HeartbeatMode | undefined {
  const { mode, reply, interval } = policy.heartbeat;
  if (mode === 'probe' && protocol.pong === undefined) {
    const expected = `announce, listen or auto, as the protocol ${protocol.name} has no answer to a probe`;
    throw new ConfigError([{ path: 'heartbeat.mode', value: mode, expected }]);
  }
  if (mode !== 'auto' && mode !== 'listen' && protocol.ping === undefined) {
    const expected = `listen or auto, as the protocol ${protocol.name} has no heartbeat to send`;
    throw new ConfigError([{ path: 'heartbeat.mode', value: mode, expected }]);
  }
  if (interval === null) return undefined;
  const auto = protocol.modes[side];
  const chosen = mode === 'auto' ? (auto === 'probe' && side === 'dial' && !reply ? 'announce' : auto) : mode;
  return protocol.ping === undefined && chosen !== 'listen' ? undefined : chosen;
}

function parseUrl(text: string): URL {
  const port = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*:(\d+)(?=$|[/?#])/i.exec(text)?.[1];
  if (port !== undefined && Number(port) > 65_535) throw badUrl(text, 'a port from 1 to 65535');
  if (!URL.canParse(text)) throw badUrl(text, 'a URL such as tcp://host:port or wss://host/path');
  return new URL(text);
}

function transportFor(url: URL, { transports }: Repertoire): AnyTransport {
  const scheme = url.protocol.slice(0, -1);
  const transport = transports.find(({ schemes }) => schemes.includes(scheme));
  if (transport !== undefined) return transport;
  const known = transports.flatMap(({ schemes }) => schemes).join(', ');
  throw badUrl(url.href, `a scheme that is known here: ${known || 'none'}`);
}

/** The protocol that was asked for, or the transport's default; one that runs over this transport. */
export function protocolFor(
  asked: string | object | undefined,
  transport: AnyTransport,
  { protocols }: Repertoire,
): AnyProtocol {
  const wanted = asked ?? transport.defaultProtocol;
  const protocol = typeof wanted === 'string' ? protocolOf(wanted, protocols) : wanted;
  const { name, carrier = 'bytes' } = protocol as AnyProtocol;
  if (carrier === (transport.carrier ?? 'bytes')) return protocol as AnyProtocol;
  const expected = `a protocol over ${transport.carrier ?? 'bytes'}, as ${transport.name} carries nothing else`;
  throw new ConfigError([{ path: 'protocol', value: name, expected }]);
}

function protocolOf(protocol: string, protocols: Repertoire['protocols']): AnyProtocol {
  const known = Object.hasOwn(protocols, protocol) ? protocols[protocol] : undefined;
  if (known !== undefined) return known;
  const expected = `one of ${Object.keys(protocols).join(', ')}`;
  throw new ConfigError([{ path: 'protocol', value: protocol, expected }]);
}

function badUrl(url: string, expected: string): ConfigError {
  return new ConfigError([{ path: 'url', value: redactUrl(String(url)), expected }]);
}
