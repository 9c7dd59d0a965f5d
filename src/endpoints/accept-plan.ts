/** Plans of accepted sockets, and the part that all sockets of one listener share. */

import { badConfig, type ConfigError, HoldfastError } from '../base/errors.ts';
import { urlOf } from '../base/url.ts';
import type { Policy, PolicyConfig } from '../config/policy.ts';
import type { HeartbeatMode } from '../ports/protocol.ts';
import {
  type CloseFrame,
  ignoringSink,
  type Peer,
  type Socket,
  type SocketSink,
  type UpgradeRequest,
} from '../ports/transport.ts';
import type { Admission } from './admission.ts';
import { type AnyProtocol, type AnyTransport, type Defaults, protocolFor } from './place.ts';
import type { Plan } from './plan.ts';
import { type AnyEndpointSpec, modeOf, policyPart } from './plan.ts';

/** The part of `accept` and `listen` that a plan needs: the transport is known, the address is not asked for. */
type AdoptSpec = Omit<AnyEndpointSpec, 'url' | 'transport'> & Required<Pick<AnyEndpointSpec, 'transport'>>;

/** A plan for all connections of a listener, until one of them gets its own. */
export interface Settings {
  readonly config: PolicyConfig | undefined;
  readonly policy: Policy;
  readonly mode: HeartbeatMode | undefined;
}

type Adopting = AnyTransport & Required<Pick<AnyTransport, 'adopt'>>;

/** The part that all accepted connections of one listener share. */
export class Acceptor {
  readonly side = 'accept';
  readonly protocol: AnyProtocol;
  readonly transport: Adopting;
  /** Counts the connections of a listener; absent for those of a server of the user. */
  readonly admission: Admission | undefined;
  settings: Settings;

  constructor(transport: Adopting, protocol: AnyProtocol, settings: Settings, admission?: Admission) {
    this.admission = admission;
    this.protocol = protocol;
    this.transport = transport;
    this.settings = settings;
  }

  get config(): PolicyConfig | undefined {
    return this.settings.config;
  }

  /** Replaces the policy of connections that are accepted from now on. */
  configure(config: PolicyConfig | undefined, policy: Policy): void {
    this.settings = settingsOf(this.protocol, config, policy);
  }
}

const goingAway: CloseFrame = { code: 1001, reason: 'going away' };

/** A plan for the one incarnation of an accepted socket. */
export class AcceptPlan implements Plan {
  readonly side = 'accept';
  readonly #acceptor: Acceptor;
  readonly #raw: unknown;
  readonly redactedUrl: string;
  readonly endpointKey = undefined;
  readonly dialledKey = undefined;
  #settings: Settings;

  /** `url`: where it was accepted. */
  constructor(acceptor: Acceptor, raw: unknown, url: string = acceptor.transport.name) {
    this.#acceptor = acceptor;
    this.#raw = raw;
    this.redactedUrl = url;
    this.#settings = acceptor.settings;
  }

  assertDialled(id: string): void {
    throw new HoldfastError('bad-config', `connection ${id} was accepted: only its peer can connect again`);
  }

  /** Where it was accepted, as far as that is known. */
  get endpointUrl(): string {
    const { redactedUrl } = this;
    return [redactedUrl, `${redactedUrl}:`].find((text) => urlOf(text)) ?? 'unknown:';
  }

  get address(): string {
    return this.#acceptor.transport.name;
  }

  get protocol(): AnyProtocol {
    return this.#acceptor.protocol;
  }

  get policy(): Policy {
    return this.#settings.policy;
  }

  get mode(): HeartbeatMode | undefined {
    return this.#settings.mode;
  }

  get config(): PolicyConfig | undefined {
    return this.#settings.config;
  }

  configure(config: PolicyConfig | undefined, policy: Policy): void {
    this.#settings = settingsOf(this.protocol, config, policy);
  }

  get provedByOpening(): boolean {
    return false;
  }

  get goodbyeFrame(): CloseFrame {
    return goingAway;
  }

  /** The peer's end of the socket, also after its end. */
  get peer(): Peer | undefined {
    return this.#acceptor.transport.peerOf?.(this.#raw);
  }

  get request(): UpgradeRequest | undefined {
    return this.#acceptor.transport.requestOf?.(this.#raw);
  }

  /** The protocol of its transport begins with bytes of the peer, as a WebSocket upgrade does. */
  get isUpgraded(): boolean {
    return this.#acceptor.transport.provedByOpening;
  }

  /** Whether the peer may be a mere visitor: opened and closed without a byte; `undefined` where that is not known. */
  get isSilent(): boolean | undefined {
    return this.#acceptor.transport.isSilent?.(this.#raw);
  }

  /** The connection begins, and counts against the limits of its listener. */
  enter(): void {
    this.#acceptor.admission?.enter('connections', this.peer?.address);
  }

  leave(): void {
    this.#acceptor.admission?.leave('connections', this.peer?.address);
  }

  endpointKeyAfter(): undefined {}

  onExit(): void {}

  skip(): boolean {
    return false;
  }

  drop(): void {
    this.open(ignoringSink).destroy();
  }

  open(sink: SocketSink<unknown>): Socket<unknown> {
    return this.#acceptor.transport.adopt(this.#raw, sink);
  }
}

/** Throws `ConfigError`. Accepted connections are temporary, whatever the policy says: only their peers can dial. */
export function acceptorOf(spec: AdoptSpec, known: Defaults, admission?: Admission): Acceptor {
  const { transport } = spec;
  if (!canAdopt(transport)) throw cannotAccept(transport.name);
  const config = policyPart(spec);
  const protocol = protocolFor(spec.protocol, transport, known);
  const settings = settingsOf(protocol, config, known.resolvePolicy(config, known.policy));
  return new Acceptor(transport, protocol, settings, admission);
}

/** Throws `ConfigError`. */
function settingsOf(
  protocol: AnyProtocol,
  config: PolicyConfig | undefined,
  { reconnect, ...rest }: Policy,
): Settings {
  const policy = { ...rest, reconnect: { ...reconnect, restart: 'temporary' as const } };
  return { config, policy, mode: modeOf(protocol, policy, 'accept') };
}

function canAdopt(transport: AnyTransport): transport is Adopting {
  return transport.adopt !== undefined;
}

function cannotAccept(transport: string): ConfigError {
  const expected = 'a transport that can take over accepted sockets';
  return badConfig('transport', transport, expected);
}
