/** graphql-transport-ws, as published with the package graphql-ws. */
import { objectOf } from '../../base/options.ts';
import type { Protocol } from '../../ports/protocol.ts';
import type { WebSocketChunk } from '../../ports/websocket-chunk.ts';
import { defaultMaxMessageBytes, limitRequirement, requireAll } from '../options.ts';
import { GraphQlDialogue } from './dialogue.ts';
import { encode, type GraphQlIn, type GraphQlOut } from './messages.ts';

/** Options of `graphqlWs`. */
export interface GraphQlWsOptions {
  /** Limit of one message in bytes of UTF-8. @default 16777216 (16 MiB) */
  readonly maxMessageBytes?: number;
}

/** The payload of `connection_ack`: `connection.agreed`. */
export type GraphQlAgreed = Readonly<Record<string, unknown>> | undefined;

const subprotocols = ['graphql-transport-ws'];

/**
 * GraphQL over WebSocket for the dialling side, in Node and browsers. Alive once `connection_ack` came.
 *
 * @remarks
 * `credentials.handshake`, an object, is the payload of `connection_init`, and is sent nowhere else. Probes with the
 * protocol's `ping`; those of the server are answered. Close codes 4401 and 4403 are `unauthorized`. Operations end with
 * their incarnation and are not begun again: subscribe whenever the connection becomes alive. `ws:` and `wss:` need
 * `protocols: ['graphql-transport-ws']`, which `ws+graphql:` and `wss+graphql:` bring.
 *
 * @example
 * ```ts
 * supervisor.connect({ url: 'wss+graphql://api.example/graphql', protocol: graphqlWs(), credentials: { handshake: { token } } });
 * ```
 */
export function graphqlWs(
  options: GraphQlWsOptions = {},
): Protocol<GraphQlIn, GraphQlOut, WebSocketChunk, GraphQlAgreed> {
  const { maxMessageBytes = defaultMaxMessageBytes } = objectOf('graphql-ws', options);
  requireAll('graphql-ws', options, [limitRequirement(maxMessageBytes)]);
  return {
    name: 'graphql-ws',
    identity: `graphql-ws ${maxMessageBytes}`,
    carrier: 'messages',
    modes: { dial: 'probe', accept: null },
    schemes: { 'ws+graphql': { over: 'ws', subprotocols }, 'wss+graphql': { over: 'wss', subprotocols } },
    open: () => new GraphQlDialogue(maxMessageBytes),
    encode: (message) => encode(message, maxMessageBytes),
  };
}
