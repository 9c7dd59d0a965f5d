/** Phoenix channels, version 2.0.0 of the serializer. */
import { objectOf } from '../../base/options.ts';
import type { Protocol } from '../../ports/protocol.ts';
import type { WebSocketChunk } from '../../ports/websocket-chunk.ts';
import { isRecord } from '../json-text.ts';
import { defaultMaxMessageBytes, limitRequirement, requireAll } from '../options.ts';
import { setParameters } from '../query.ts';
import { badMessage, tooLong } from '../refusals.ts';
import { bytesIn, exceeds } from '../websocket-messages.ts';
import { PhoenixDialogue } from './dialogue.ts';
import type { Joined } from './joining.ts';
import { ofSocket, type PhoenixIn, type PhoenixPush, payloadOf } from './messages.ts';
import { serialized } from './serializer.ts';

/** Options of `phoenix`. */
export interface PhoenixOptions {
  /**
   * Topics that each incarnation joins before it is alive, with the parameters of their joins. A channel of them that ends
   * takes the incarnation with it: `going-away` after `phx_error`, `closed-by-peer` after `phx_close`. @default {}
   */
  readonly join?: Readonly<Record<string, object>>;
  /** Limit of one message in bytes; a text counts in UTF-8. @default 16777216 (16 MiB) */
  readonly maxMessageBytes?: number;
}

/** The responses to the joins of the option `join`, by topic: `connection.agreed`. */
export type PhoenixAgreed = Joined;

/**
 * Phoenix channels over WebSocket, for the dialling side, in Node and browsers. Alive once the topics of `join` are joined.
 *
 * @remarks
 * Probes with `heartbeat` of the topic `phoenix`. A socket that refuses is `unauthorized` by its status 403. A refused join
 * of the handshake is `unauthorized`; `bad-config` for "unmatched topic"; `going-away` for "join crashed", or where the
 * response has a number `retryAfterMs`. `credentials.handshake`, an object, is added to the parameters of these joins;
 * `credentials.query` has the parameters of the socket. Other topics are joined by a push of `phx_join`, and end with
 * their incarnation.
 *
 * @example
 * ```ts
 * supervisor.connect({ url: phoenixUrl('wss+phoenix://api.example/socket'), protocol: phoenix({ join: { 'room:lobby': {} } }) });
 * ```
 */
export function phoenix(
  options: PhoenixOptions = {},
): Protocol<PhoenixIn, PhoenixPush, WebSocketChunk, PhoenixAgreed> {
  const { join = {}, maxMessageBytes = defaultMaxMessageBytes } = objectOf('phoenix', options);
  requireAll('phoenix', options, [
    limitRequirement(maxMessageBytes),
    ['join', join, isJoin(join), `an object with an object for each topic, none of them ${ofSocket}`],
  ]);
  return {
    name: 'phoenix',
    identity: `phoenix ${maxMessageBytes} ${JSON.stringify(join)}`,
    carrier: 'messages',
    modes: { dial: 'probe', accept: null },
    schemes: { 'ws+phoenix': { over: 'ws' }, 'wss+phoenix': { over: 'wss' } },
    open: (about) => new PhoenixDialogue({ join, maxMessageBytes }, about),
    measure: (push) => measure(push, maxMessageBytes),
  };
}

function isJoin(join: unknown): boolean {
  return (
    isRecord(join) && Object.entries(join).every(([topic, params]) => topic !== ofSocket && isRecord(params))
  );
}

/** Bytes without the refs, which each incarnation has of its own. Throws `bad-message`. */
function measure(push: PhoenixPush, limit: number): number {
  const payload = payloadOf(push);
  const message = serialized({ joinRef: null, ref: null, topic: push.topic, event: push.event, payload });
  const bytes = bytesIn(message);
  if (exceeds(message, limit)) throw badMessage('phoenix', tooLong(bytes, limit));
  return bytes;
}

/** The URL of a socket's WebSocket: `base` is the socket as the server's endpoint mounts it, such as `/socket`. */
export function phoenixUrl(base: string | URL): string {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/$/, '')}/websocket`;
  setParameters(url, { vsn: '2.0.0' });
  return url.href;
}
