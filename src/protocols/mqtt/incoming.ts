/** Packets of the server: what they mean for the session, what is answered, and what the user gets. */
import type { Decoder, FrameSink, Violation } from '../../ports/protocol.ts';
import { bounded } from '../bounded.ts';
import { failureOfPacket } from './codes.ts';
import { codeOf } from './connect.ts';
import type { ConnackProperties, MqttIn, MqttMessage, MqttSubscription } from './messages.ts';
import type { Settings } from './options.ts';
import { type AnyPacket, PacketParser } from './packets.ts';
import type { Pending, Session } from './session.ts';

/** A frame for the dialogue alone. */
export interface Internal {
  readonly cmd: 'pingresp' | 'settled';
  /** The numbers of the messages that it confirms. */
  readonly settles?: readonly number[];
}

/** The part of a dialogue that the reader uses. */
export interface Replies {
  write(packet: object): void;
  /** The server accepted the connection. */
  connected(packet: AnyPacket): void;
  /** A PINGRESP: returns the numbers of the messages that it confirms. */
  answered(): readonly number[];
  /** A PUBLISH needs no more room at the server. */
  landed(): void;
}

/** The first reason code that is an error. */
const errors = 0x80;
const idNotFound = 0x92;
const mostIds = 65_535;

export class PacketReader implements Decoder<unknown, Uint8Array>, FrameSink<AnyPacket> {
  readonly #packets: Decoder<AnyPacket, Uint8Array>;
  readonly #version: Settings['version'];
  readonly #session: Session;
  readonly #replies: Replies;
  #sink: FrameSink<unknown> | undefined;
  #violation: Violation | undefined;
  #connected = false;

  constructor({ version, maxMessageBytes }: Settings, session: Session, replies: Replies) {
    this.#packets = bounded({
      limit: maxMessageBytes,
      parser: (emit: (packet: AnyPacket) => void) => new PacketParser(version, emit),
    });
    this.#version = version;
    this.#session = session;
    this.#replies = replies;
  }

  get midFrame(): boolean {
    return this.#packets.midFrame;
  }

  push(chunk: Uint8Array, sink: FrameSink<unknown>): Violation | undefined {
    this.#sink = sink;
    const violation = this.#packets.push(chunk, this);
    this.#sink = undefined;
    return this.#violation ?? violation;
  }

  frame(packet: AnyPacket): void {
    this.#violation ??= this.#take(packet);
  }

  #take(packet: AnyPacket): Violation | undefined {
    if (packet.cmd === 'connack') return this.#takeConnack(packet);
    if (packet.cmd === 'disconnect') return failureOfPacket(packet, codeOf(packet), this.#version);
    if (packet.cmd === 'auth' || !this.#connected) return unexpected(packet);
    if (packet.cmd === 'pingresp') return this.#emit({ cmd: 'pingresp', settles: this.#replies.answered() });
    if (packet.cmd === 'publish') return this.#takePublish(packet);
    return isId(packet.messageId) ? this.#takeAck(packet, packet.messageId) : withoutId(packet);
  }

  #takeConnack(packet: AnyPacket): Violation | undefined {
    if (this.#connected) return unexpected(packet);
    const { receiveMaximum, maximumPacketSize } = (packet.properties ?? {}) as ConnackProperties;
    if (receiveMaximum === 0 || maximumPacketSize === 0)
      return { reason: 'protocol-error', detail: 'CONNACK with a limit of 0' };
    if (codeOf(packet) === 0) {
      this.#connected = true;
      this.#replies.connected(packet);
    }
    return this.#emit(packet);
  }

  #takePublish(packet: AnyPacket & { cmd: 'publish' }): Violation | undefined {
    const { topic, qos, messageId } = packet;
    if (topic === '')
      return { reason: 'protocol-error', detail: 'PUBLISH without a topic: no alias was offered' };
    if (qos === 0) return this.#emit(messageOf(packet));
    if (!isId(messageId)) return withoutId(packet);
    const { received } = this.#session;
    if (qos === 1 || !received.has(messageId)) this.#emit(messageOf(packet));
    if (qos === 2) received.add(messageId);
    this.#reply(qos === 2 ? 'pubrec' : 'puback', messageId);
    return undefined;
  }

  #takeAck(packet: AnyPacket, id: number): Violation | undefined {
    switch (packet.cmd) {
      case 'pubrel':
        this.#reply('pubcomp', id, this.#session.received.delete(id));
        return undefined;
      case 'pubrec':
        return this.#takePubrec(packet, id);
      case 'puback':
        return this.#finish(packet, this.#session.find(id, 'publish', 1));
      case 'pubcomp':
        return this.#finish(packet, this.#session.find(id, 'publish', 2));
      case 'suback':
      case 'unsuback':
        return this.#finish(
          packet,
          this.#session.find(id, packet.cmd === 'suback' ? 'subscribe' : 'unsubscribe'),
        );
      default:
        return unexpected(packet);
    }
  }

  #takePubrec(packet: AnyPacket, id: number): Violation | undefined {
    const pending = this.#session.find(id, 'publish', 2);
    if (codeOf(packet) >= errors) return this.#finish(packet, pending);
    if (pending !== undefined) {
      pending.released = true;
      pending.bytes = undefined;
    }
    this.#reply('pubrel', id, pending !== undefined);
    return undefined;
  }

  /**
   * The last packet about one of ours, which is told in any case, as it makes room. A PUBCOMP with an error is no refusal: the
   * server has had the message.
   */
  #finish(packet: AnyPacket, pending: Pending | undefined): undefined {
    if (pending === undefined) return;
    this.#session.remove(pending);
    if (pending.cmd === 'publish') this.#replies.landed();
    const { number } = pending;
    const granted = ('granted' in packet ? packet.granted : []) as readonly number[];
    const failed = [codeOf(packet), ...granted].some((code) => code >= errors);
    this.#emit({ cmd: 'settled', settles: failed || number === undefined ? [] : [number] });
    const tells = pending.cmd !== 'publish' || (failed && packet.cmd !== 'pubcomp');
    if (tells) this.#emit(answerOf(packet, pending, granted));
  }

  #reply(cmd: 'puback' | 'pubrec' | 'pubrel' | 'pubcomp', messageId: number, found = true): void {
    this.#replies.write({ cmd, messageId, reasonCode: found ? 0 : idNotFound });
  }

  #emit(frame: Internal | MqttIn | AnyPacket): undefined {
    this.#sink?.frame(frame);
  }
}

function isId(id: number | undefined): id is number {
  return id !== undefined && id >= 1 && id <= mostIds;
}

function withoutId({ cmd }: AnyPacket): Violation {
  return { reason: 'protocol-error', detail: `${cmd.toUpperCase()} without a packet id` };
}

function unexpected({ cmd }: AnyPacket): Violation {
  return { reason: 'protocol-error', detail: `unexpected ${cmd.toUpperCase()}` };
}

function messageOf({
  topic,
  payload,
  qos,
  retain,
  dup,
  properties,
}: AnyPacket & { cmd: 'publish' }): MqttMessage {
  const bytes = bytesOf(payload as Buffer);
  return { cmd: 'publish', topic, payload: bytes, qos, retain, dup, ...(properties && { properties }) };
}

/** A copy where a small payload would keep alive the chunk that it arrived in. */
function bytesOf({ buffer, byteOffset, length }: Buffer): Uint8Array {
  const view = new Uint8Array(buffer, byteOffset, length);
  return length * 2 < buffer.byteLength ? new Uint8Array(view) : view;
}

function answerOf(packet: AnyPacket, { cmd, about }: Pending, granted: readonly number[]): MqttIn {
  const properties = packet.properties && { properties: packet.properties };
  if (cmd === 'publish')
    return { cmd: 'refused', topic: about as string, reasonCode: codeOf(packet), ...properties };
  if (cmd === 'subscribe')
    return { cmd: 'suback', subscriptions: about as readonly MqttSubscription[], granted, ...properties };
  return { cmd: 'unsuback', unsubscriptions: about as readonly string[], granted, ...properties };
}
