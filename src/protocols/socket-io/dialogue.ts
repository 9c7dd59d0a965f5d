/** An incarnation of Socket.IO 5 over Engine.IO 4: the packets `open` and CONNECT come first, and in this order. */
import { decodePacket } from 'engine.io-parser';
import { type Packet, PacketType } from 'socket.io-parser';
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
import { pingFrame } from '../heartbeats.ts';
import { HeldFrames } from '../held-frames.ts';
import { isRecord } from '../json-text.ts';
import { badMessage } from '../refusals.ts';
import { handshakeOf, orRefused, violated, WebDialogue } from '../web-dialogue.ts';
import { answer, bytesIn, type WebSocketMessage } from '../websocket-messages.ts';
import { Awaited, numberOf } from './awaited.ts';
import { ConnectError, Connected, Opened, refusalOf } from './connecting.ts';
import type { SocketIoOut } from './messages.ts';
import { isId, packetOf } from './packet-of.ts';
import { messagesOf, PacketReader } from './packets.ts';

/** UTF-16 units. What is longer is a text of the user. */
const LONGEST_OFFSET = 1024;

/** State of the protocol's value. */
export interface SocketIoSettings {
  readonly namespace: string;
  readonly maxMessageBytes: number;
  readonly maxAttachments: number;
}

/** The state that the next incarnation needs to go on in the session of this one; kept up to date. */
interface Recovery {
  readonly pid: string;
  /** The last event that was received. */
  offset?: string;
}

export class SocketIoDialogue extends WebDialogue<SocketIoOut> {
  readonly #nsp: string;
  readonly #packets: PacketReader;
  readonly #write: About['write'];
  readonly #previous: Recovery | undefined;
  #stage: 'opening' | 'connecting' | 'connected' = 'opening';
  /** The server closes the connection at a longer message. */
  #maxPayload = Number.POSITIVE_INFINITY;
  #recovery: Recovery | undefined;
  /** Packets of events that were missed, which come ahead of CONNECT. */
  readonly #missed: HeldFrames;
  /** Messages encoded so far. */
  #sent = 0;
  readonly #awaited = new Awaited();

  constructor({ namespace, maxMessageBytes, maxAttachments }: SocketIoSettings, about: About) {
    super(maxMessageBytes);
    this.#nsp = namespace;
    this.#packets = new PacketReader(maxMessageBytes, maxAttachments);
    this.#missed = new HeldFrames(maxMessageBytes);
    this.#write = about.write;
    this.#previous = about.previous as Recovery | undefined;
  }

  override get midFrame(): boolean {
    return this.#packets.midPacket;
  }

  encode(message: SocketIoOut): string {
    const number = this.#sent + 1;
    const messages = messagesOf(packetOf(message, this.#nsp, number), this.limit);
    const longest = Math.max(...messages.map(bytesIn));
    if (longest > this.#maxPayload)
      throw badMessage(
        'socket.io',
        `its ${longest} bytes exceed the server's maxPayload (${this.#maxPayload})`,
      );
    const [text, ...attachments] = messages;
    this.#sent = number;
    if ('ack' in message && message.ack !== undefined) this.#awaited.add(number, message.ack);
    for (const attachment of attachments) this.#write(attachment);
    return text;
  }

  pong(ping: Heartbeat): WebSocketChunk {
    return ping === pingFrame ? '3' : answer(ping);
  }

  async handshake(io: HandshakeIo): Promise<Agreement> {
    const auth = handshakeOf('socket.io', io);
    let opened: Opened | undefined;
    for (;;) {
      const frame = await io.receive();
      if (frame instanceof Opened) {
        opened = frame;
        const data = { ...this.#previous, ...auth };
        const packet = { type: PacketType.CONNECT, nsp: this.#nsp, data };
        io.write(orRefused(() => messagesOf(packet, this.limit)[0]));
      } else if (frame instanceof ConnectError) throw new Refused(refusalOf(frame.data));
      else if (frame instanceof Connected && opened !== undefined) return this.#agreed(opened, frame, io);
    }
  }

  goodbye(): string {
    return messagesOf({ type: PacketType.DISCONNECT, nsp: this.#nsp }, this.limit)[0];
  }

  acknowledges(frame: unknown): number | undefined {
    return numberOf(frame);
  }

  protected read(message: WebSocketMessage, sink: FrameSink<unknown>): Violation | undefined {
    if (typeof message !== 'string') return this.#take(message, sink);
    const { type, data } = decodePacket(message);
    if (this.#stage === 'opening')
      return type === 'open' ? this.#open(data, sink) : violated('no Engine.IO open packet');
    if (type === 'ping') sink.frame(pingFrame);
    else if (type === 'message' && typeof data === 'string') return this.#take(data, sink);
    else if (type === 'close')
      return { reason: 'going-away', detail: 'the server sent an Engine.IO close packet' };
    else if (type !== 'noop') return violated('a packet that Engine.IO does not have here');
    return undefined;
  }

  #open(text: string, sink: FrameSink<unknown>): Violation | undefined {
    const opened = Opened.of(text);
    if (opened === undefined) return violated('an Engine.IO open packet without its timings');
    this.#stage = 'connecting';
    this.#maxPayload = opened.maxPayload ?? this.#maxPayload;
    sink.frame(opened);
    return undefined;
  }

  #take(part: WebSocketMessage, sink: FrameSink<unknown>): Violation | undefined {
    if (this.#stage === 'opening') return violated('no Engine.IO open packet');
    const packet = this.#packets.push(part);
    if (packet === undefined || 'reason' in packet) return packet;
    if (packet.nsp !== this.#nsp) return violated('a packet of another namespace');
    return this.#stage === 'connecting' ? this.#connect(packet, sink) : this.#receive(packet, sink);
  }

  #connect(packet: Packet, sink: FrameSink<unknown>): Violation | undefined {
    const { type, data } = packet;
    if (type === PacketType.CONNECT && isRecord(data) && typeof data.sid === 'string')
      return this.#connected(data.sid, data.pid, sink);
    if (type === PacketType.EVENT && this.#previous !== undefined)
      return this.#missed.hold(packet, this.#packets.length);
    if (type !== PacketType.CONNECT_ERROR)
      return violated('neither CONNECT nor CONNECT_ERROR in answer to CONNECT');
    sink.frame(new ConnectError(data));
    return undefined;
  }

  #connected(sid: string, pid: unknown, sink: FrameSink<unknown>): Violation | undefined {
    this.#stage = 'connected';
    if (typeof pid === 'string')
      this.#recovery = pid === this.#previous?.pid ? { ...this.#previous } : { pid };
    sink.frame(new Connected(sid));
    let failure: Violation | undefined;
    this.#missed.release({
      frame: (packet) => {
        failure ??= this.#receive(packet as Packet, sink);
      },
    });
    return failure;
  }

  #receive({ type, id, data }: Packet, sink: FrameSink<unknown>): Violation | undefined {
    if (id !== undefined && !isId(id)) return violated('a packet with an id that is no whole number');
    if (type === PacketType.EVENT && Array.isArray(data)) {
      const [event, ...args] = data;
      this.#remember(id, args.at(-1));
      sink.frame({ event, args, ...(id !== undefined && { id }) });
    } else if (type === PacketType.ACK && Array.isArray(data) && id !== undefined) {
      const ack = this.#awaited.answered(id, data);
      if (ack !== undefined) sink.frame(ack);
    } else if (type === PacketType.DISCONNECT)
      return { reason: 'closed-by-peer', detail: 'the server disconnected the namespace' };
    else return violated('a packet out of turn');
    return undefined;
  }

  /** A server with recovery appends the offset to events that ask for nothing. */
  #remember(id: number | undefined, last: unknown): void {
    const isOffset = id === undefined && typeof last === 'string' && last.length <= LONGEST_OFFSET;
    if (this.#recovery !== undefined && isOffset) this.#recovery.offset = last;
  }

  /** A policy without an interval has no heartbeats: the server's silence says nothing then. */
  #agreed(
    { pingInterval, pingTimeout, maxPayload }: Opened,
    { sid }: Connected,
    { policy }: About,
  ): Agreement {
    const recovery = this.#recovery;
    const recovered = recovery !== undefined && recovery.pid === this.#previous?.pid;
    return {
      hear: policy.heartbeat.interval === null ? null : pingInterval + pingTimeout,
      info: { sid, recovered, pingInterval, pingTimeout, ...(maxPayload !== undefined && { maxPayload }) },
      ...(recovery !== undefined && { resume: recovery }),
    };
  }
}
