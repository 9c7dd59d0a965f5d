/**
 * Packets of Socket.IO in messages of Engine.IO: each text has a digit in front, and the binary attachments of a packet
 * follow it as they are.
 */
import { Decoder, Encoder, type Packet } from 'socket.io-parser';
import { bytesOf } from '../../base/bytes.ts';
import type { Violation } from '../../ports/protocol.ts';
import { isTooDeep } from '../json-text.ts';
import { badMessage, tooBig, tooLong } from '../refusals.ts';
import { utf8Length } from '../utf8.ts';
import { violated } from '../web-dialogue.ts';
import type { WebSocketMessage } from '../websocket-messages.ts';

/** Joins packets and their attachments, at most `limit` bytes together. */
export class PacketReader {
  readonly #limit: number;
  readonly #parser: Decoder;
  #packet: Packet | undefined;
  /** Length of the packet that is read, or was read last. */
  length = 0;
  #midPacket = false;

  constructor(limit: number, maxAttachments: number) {
    this.#limit = limit;
    this.#parser = new Decoder({ maxAttachments });
    this.#parser.on('decoded', (packet) => {
      this.#packet = packet;
    });
  }

  get midPacket(): boolean {
    return this.#midPacket;
  }

  /** Returns the packet that this part completes, `undefined` when attachments are to come, or a failure. */
  push(part: WebSocketMessage): Packet | Violation | undefined {
    this.length = part.length + (this.#midPacket ? this.length : 0);
    if (this.length > this.#limit) return tooBig(this.#limit);
    if (typeof part === 'string' && isTooDeep(part)) return violated('a packet that nests too deep');
    try {
      this.#parser.add(part);
    } catch (error) {
      return violated(`no packet of Socket.IO: ${(error as Error).message}`);
    }
    const packet = this.#packet;
    this.#packet = undefined;
    this.#midPacket = packet === undefined;
    return packet;
  }
}

const encoder = /* @__PURE__ */ new Encoder();

/** The messages of a packet, the text first. Throws `bad-message`. */
export function messagesOf(packet: Packet, limit: number): readonly [string, ...Uint8Array[]] {
  const [text, ...attachments] = encoded(packet);
  const messages = [`4${text}`, ...attachments.map((each) => bytesOf(each) ?? unreadable())] as const;
  const bytes = sizeOf(messages);
  if (bytes > limit) throw badMessage('socket.io', tooLong(bytes, limit));
  return messages;
}

/** Bytes of the messages of a packet. */
export function sizeOf([text, ...attachments]: readonly [string, ...Uint8Array[]]): number {
  return attachments.reduce((sum, { length }) => sum + length, utf8Length(text));
}

function encoded(packet: Packet): readonly unknown[] {
  try {
    return encoder.encode(packet);
  } catch {
    throw badMessage('socket.io', 'it cannot be written as JSON');
  }
}

/** A Blob can only be read later. */
function unreadable(): never {
  throw badMessage('socket.io', 'it holds a Blob, which has to be read first');
}
