/** An incarnation of Phoenix channels: refs, the topics that are joined, and the pushes whose replies are awaited. */
import { abortable } from '../../base/abortable.ts';
import {
  type About,
  type Agreement,
  type FrameSink,
  type HandshakeIo,
  type Heartbeat,
  Refused,
  type Violation,
} from '../../ports/protocol.ts';
import type { WebSocketChunk } from '../../ports/websocket-chunk.ts';
import { AwaitedKeys } from '../awaited-keys.ts';
import { isRecord } from '../json-text.ts';
import { badMessage, tooLong } from '../refusals.ts';
import { Beat, handshakeOf, idOf, orRefused, violated, WebDialogue } from '../web-dialogue.ts';
import { answer, bytesIn, exceeds, type WebSocketMessage } from '../websocket-messages.ts';
import { Joining } from './joining.ts';
import { type Message, ofSocket, type PhoenixPush, type PhoenixReply, payloadOf } from './messages.ts';
import { parsed, serialized } from './serializer.ts';

export interface PhoenixSettings {
  /** Parameters of the joins of the handshake, by topic. */
  readonly join: Readonly<Record<string, object>>;
  readonly maxMessageBytes: number;
}

export class PhoenixDialogue extends WebDialogue<PhoenixPush> {
  readonly #join: PhoenixSettings['join'];
  readonly #url: URL;
  #ref = 0;
  /** The ref of its join, by topic. */
  readonly #joins = new Map<string, string>();
  /** By ref. */
  readonly #awaited = new AwaitedKeys<string>();
  #joining: Joining | undefined;

  constructor({ join, maxMessageBytes }: PhoenixSettings, { url }: About) {
    super(maxMessageBytes);
    this.#join = join;
    this.#url = url;
  }

  encode(push: PhoenixPush): WebSocketMessage {
    const payload = payloadOf(push);
    const { topic, event, key } = push;
    const joins = event === 'phx_join';
    if ((joins || event === 'phx_leave') && Object.hasOwn(this.#join, topic))
      throw badMessage('phoenix', 'its topic is one of the option join, which stays joined');
    const ref = String(this.#ref + 1);
    const joinRef = joins ? ref : this.#joins.get(topic);
    if (joinRef === undefined) throw badMessage('phoenix', 'its topic is not joined in this incarnation');
    const message = this.#fitting({ joinRef, ref, topic, event, payload });
    if (key !== undefined) this.#awaited.add(ref, key);
    return message;
  }

  ping(id: number): string {
    return `[null,"${id}","${ofSocket}","heartbeat",{}]`;
  }

  pong(ping: Heartbeat): WebSocketChunk {
    return answer(ping);
  }

  async handshake(io: HandshakeIo): Promise<Agreement> {
    const params = handshakeOf('phoenix', io);
    if (this.#url.searchParams.get('vsn') !== '2.0.0')
      throw new Refused({ reason: 'bad-config', detail: 'the URL has no vsn=2.0.0, which phoenixUrl adds' });
    const topics = Object.keys(this.#join);
    if (topics.length === 0) return { info: {} };
    const joining = new Joining(topics, this.limit);
    this.#joining = joining;
    for (const topic of topics) {
      const ref = String(this.#ref + 1);
      const payload = { ...this.#join[topic], ...params };
      io.write(orRefused(() => this.#fitting({ joinRef: ref, ref, topic, event: 'phx_join', payload })));
    }
    return { info: await abortable(joining.outcome, io.signal) };
  }

  protected read(message: WebSocketMessage, sink: FrameSink<unknown>): Violation | undefined {
    const got = parsed(message);
    if (got === undefined) return violated('no message of version 2.0.0 of the serializer');
    const { topic, event, ref, joinRef } = got;
    if (topic === ofSocket && event === 'phx_reply')
      sink.frame(new Beat('pong', idOf(Number(ref ?? Number.NaN))));
    // Messages of a channel that was joined anew since.
    else if (joinRef === null || joinRef === this.#joins.get(topic))
      return this.#receive(got, message.length, sink);
    return undefined;
  }

  #receive(got: Message, length: number, sink: FrameSink<unknown>): Violation | undefined {
    const { topic, event, payload } = got;
    if (event === 'phx_reply') return this.#replied(got, length, sink);
    if (event === 'phx_error' || event === 'phx_close') {
      this.#joins.delete(topic);
      if (Object.hasOwn(this.#join, topic)) return endOf(topic, event);
    }
    return this.#deliver({ topic, event, payload }, length, sink);
  }

  #replied(
    { topic, ref, payload }: Message,
    length: number,
    sink: FrameSink<unknown>,
  ): Violation | undefined {
    if (ref === null || !isRecord(payload) || typeof payload.status !== 'string')
      return violated('a reply without ref or status');
    const { status, response } = payload;
    const key = this.#awaited.take(ref);
    const reply: PhoenixReply = {
      topic,
      event: 'phx_reply',
      status,
      response,
      ...(key !== undefined && { key }),
    };
    const toJoin = ref === this.#joins.get(topic);
    if (toJoin && status !== 'ok') this.#joins.delete(topic);
    if (!toJoin || !Object.hasOwn(this.#join, topic)) return this.#deliver(reply, length, sink);
    if (this.#joining?.answered(reply, sink)) this.#joining = undefined;
    return undefined;
  }

  #deliver(frame: object, length: number, sink: FrameSink<unknown>): Violation | undefined {
    if (this.#joining !== undefined) return this.#joining.hold(frame, length);
    sink.frame(frame);
    return undefined;
  }

  /** The message with the next ref, if it is within the limit. */
  #fitting(fields: Message): WebSocketMessage {
    const message = serialized(fields);
    if (exceeds(message, this.limit)) throw badMessage('phoenix', tooLong(bytesIn(message), this.limit));
    this.#ref++;
    if (fields.event === 'phx_join') this.#joins.set(fields.topic, fields.ref ?? '');
    return message;
  }
}

/** A topic of the option `join` has ended, and the connection with it. */
function endOf(topic: string, event: 'phx_error' | 'phx_close'): Violation {
  return event === 'phx_error'
    ? { reason: 'going-away', detail: `the channel of ${topic} crashed` }
    : { reason: 'closed-by-peer', detail: `the server closed the channel of ${topic}` };
}
