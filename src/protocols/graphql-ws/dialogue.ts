/** An incarnation of graphql-transport-ws. */
import type { Agreement, FrameSink, HandshakeIo, Heartbeat, Violation } from '../../ports/protocol.ts';
import type { CloseFrame } from '../../ports/transport.ts';
import type { WebSocketChunk } from '../../ports/websocket-chunk.ts';
import { isRecord, readJson } from '../json-text.ts';
import { Beat, handshakeOf, idOf, violated, WebDialogue } from '../web-dialogue.ts';
import { answer, type WebSocketMessage } from '../websocket-messages.ts';
import { encode, type GraphQlOut, isForUser } from './messages.ts';

/** A payload of a ping that is longer, in UTF-16 units, is not repeated: the answer may do without. */
const LONGEST_ECHO = 4096;

/** Close codes of the protocol and of the package graphql-ws. */
const closeReasons: Readonly<Record<number, Violation['reason']>> = {
  4400: 'protocol-error', // bad request
  4401: 'unauthorized', // subscribed before the acknowledgement
  4403: 'unauthorized', // forbidden
  4406: 'protocol-error', // subprotocol not acceptable
  4408: 'handshake-timeout', // connection_init came too late
  4409: 'protocol-error', // the id of an operation is in use
  4429: 'protocol-error', // connection_init came twice
  4499: 'going-away', // terminated
  4500: 'going-away', // internal server error
};

/** `connection_ack`. */
class Ack {
  readonly payload: unknown;

  constructor(payload: unknown) {
    this.payload = payload;
  }
}

export class GraphQlDialogue extends WebDialogue<GraphQlOut> {
  #acknowledged = false;

  encode(message: GraphQlOut): string {
    return encode(message, this.limit);
  }

  ping(id: number): string {
    return `{"type":"ping","payload":{"holdfast":${id}}}`;
  }

  pong(ping: Heartbeat): WebSocketChunk {
    if (!(ping instanceof Beat)) return answer(ping);
    return JSON.stringify({ type: 'pong', ...(ping.echo !== undefined && { payload: ping.echo }) });
  }

  async handshake(io: HandshakeIo): Promise<Agreement> {
    const payload = handshakeOf('graphql-ws', io);
    io.write(JSON.stringify({ type: 'connection_init', ...(payload !== undefined && { payload }) }));
    for (;;) {
      const frame = await io.receive();
      if (frame instanceof Ack) return { info: frame.payload };
    }
  }

  ended(close: CloseFrame | undefined): Violation | undefined {
    const reason = closeReasons[close?.code ?? 0];
    if (close === undefined || reason === undefined) return undefined;
    return { reason, code: close.code, ...(close.reason !== '' && { detail: close.reason }) };
  }

  protected read(message: WebSocketMessage, sink: FrameSink<unknown>): Violation | undefined {
    const value = typeof message === 'string' ? readJson(message) : undefined;
    if (!isRecord(value)) return violated('a message that is no JSON object');
    const { type, payload } = value;
    if (type === 'ping')
      sink.frame(new Beat('ping', undefined, message.length > LONGEST_ECHO ? undefined : payload));
    else if (type === 'pong')
      sink.frame(new Beat('pong', isRecord(payload) ? idOf(payload.holdfast) : undefined));
    else if ((type === 'connection_ack') === this.#acknowledged)
      return violated('a message out of turn with connection_ack');
    else if (type === 'connection_ack') return this.#acknowledge(payload ?? undefined, sink);
    else if (isForUser(value)) sink.frame(value);
    else return violated('a message that graphql-transport-ws does not have');
    return undefined;
  }

  #acknowledge(payload: unknown, sink: FrameSink<unknown>): Violation | undefined {
    if (payload !== undefined && !isRecord(payload))
      return violated('connection_ack with a payload that is no object');
    this.#acknowledged = true;
    sink.frame(new Ack(payload));
    return undefined;
  }
}
