/** How accepted sockets become connections: what is the same for all sockets of one listener. */
import type { Policy } from '../config/policy.ts';
import { ConfigError } from '../errors.ts';
import type { HeartbeatMode } from '../transport/protocol.ts';
import { nobody, type Socket, type SocketSink } from '../transport/transport.ts';
import type { Connection, MessageCallback } from './handle.ts';
import type { Plan } from './plan.ts';
import {
  type AnyProtocol,
  type AnyTransport,
  modeOf,
  policyPart,
  protocolFor,
  type Repertoire,
} from './plan.ts';
import type { AcceptSpec } from './specs.ts';

/** What all accepted connections of one listener share. */
export interface Acceptor {
  readonly id: string | undefined;
  readonly protocol: AnyProtocol;
  readonly policy: Policy;
  readonly mode: HeartbeatMode | undefined;
  readonly transport: AnyTransport & Required<Pick<AnyTransport, 'adopt'>>;
  readonly onMessage: MessageCallback | undefined;
  readonly onConnection: ((connection: Connection<never, never>) => void) | undefined;
}

/** A plan for the one incarnation of an accepted socket. */
export class AcceptPlan implements Plan {
  readonly side = 'accept';
  readonly #acceptor: Acceptor;
  readonly #raw: unknown;
  readonly shown: string;
  readonly key = undefined;

  /** `url`: where it was accepted. */
  constructor(acceptor: Acceptor, raw: unknown, url: string = acceptor.transport.name) {
    this.#acceptor = acceptor;
    this.#raw = raw;
    this.shown = url;
  }

  get address(): string {
    return this.#acceptor.transport.name;
  }

  get protocol(): AnyProtocol {
    return this.#acceptor.protocol;
  }

  get policy(): Policy {
    return this.#acceptor.policy;
  }

  get mode(): HeartbeatMode | undefined {
    return this.#acceptor.mode;
  }

  get provedByOpening(): boolean {
    return false;
  }

  concluded(): void {}

  skip(): boolean {
    return false;
  }

  drop(): void {
    this.open(nobody).destroy();
  }

  open(sink: SocketSink<unknown>): Socket<unknown> {
    return this.#acceptor.transport.adopt(this.#raw, sink);
  }
}

/** Throws `ConfigError`. Accepted connections are temporary, whatever the policy says: nobody dials them. */
export function acceptorOf<In, Out>(spec: AcceptSpec<In, Out>, known: Repertoire): Acceptor {
  const { transport, id, onMessage, onConnection } = spec;
  if (!canAdopt(transport)) throw cannotAccept(transport.name);
  const { reconnect, ...rest } = known.resolvePolicy(policyPart(spec), known.policy);
  const policy = { ...rest, reconnect: { ...reconnect, restart: 'temporary' as const } };
  const protocol = protocolFor(spec.protocol, transport, known);
  const mode = modeOf(protocol, policy, 'accept');
  return {
    id,
    transport,
    protocol,
    policy,
    mode,
    onMessage,
    onConnection: onConnection as Acceptor['onConnection'],
  };
}

function canAdopt(transport: AnyTransport): transport is Acceptor['transport'] {
  return transport.adopt !== undefined;
}

function cannotAccept(transport: string): ConfigError {
  const expected = 'a transport that can take over accepted sockets';
  return new ConfigError([{ path: 'transport', value: transport, expected }]);
}
