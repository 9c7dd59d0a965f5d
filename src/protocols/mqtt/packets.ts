/** Packets of MQTT to bytes and back, by mqtt-packet. */
import { generate, type Packet, parser, writeToStream } from 'mqtt-packet';
import type { UnboundedParser } from '../bounded.ts';
import type { Version } from './messages.ts';

// The library's table of all 65,536 packet ids takes 7 MB, and 40 ms of the first packet.
writeToStream.cacheNumbers = false;

/** As mqtt-packet reads and writes them; the types of the package do not know all fields. */
export type AnyPacket = Packet & {
  readonly messageId?: number;
  readonly reasonCode?: number;
  readonly properties?: Readonly<Record<string, unknown>>;
};

const continuation = 0x80;

/** The bytes of a packet. Throws an `Error` for fields that have no encoding, such as a text over 65,535 bytes. */
export function encodePacket(packet: object, version: Version): Uint8Array {
  return generate(packet as Packet, { protocolVersion: version });
}

/** mqtt-packet takes text and Node's buffers. */
export function asBuffer(payload: string | Uint8Array): string | Buffer {
  if (typeof payload === 'string') return payload;
  return Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
}

/**
 * Hands mqtt-packet one packet at a time: its readers of fields know no end but that of all bytes that arrived, and the bytes
 * of a next packet would do for missing ones. Counts what the packet under way has.
 */
export class PacketParser implements UnboundedParser {
  readonly #inner: { parse(bytes: Uint8Array): unknown };
  /** Bytes of the packet so far. */
  held = 0;
  /** The bytes that the length announced, as far as read. */
  #length = 0;
  /** Bytes up to the end of the packet; 0 before its length is read. */
  #left = 0;

  constructor(version: Version, emit: (packet: AnyPacket) => void) {
    const inner = parser({ protocolVersion: version });
    inner.on('packet', (packet) => emit(packet as AnyPacket));
    inner.on('error', (error) => {
      throw error;
    });
    this.#inner = inner as { parse(bytes: Uint8Array): unknown };
  }

  push(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length; ) {
      const end = this.#endIn(bytes, from);
      this.#inner.parse(bytes.subarray(from, end));
      from = end;
    }
  }

  /** Where the packet ends in `bytes`, or else `bytes`. */
  #endIn(bytes: Uint8Array, from: number): number {
    let at = from;
    while (this.#left === 0 && at < bytes.length) {
      if (this.#readHeader(bytes[at++] as number)) return at;
    }
    const end = Math.min(bytes.length, at + this.#left);
    this.#left -= end - at;
    this.held = this.#left === 0 && end > at ? 0 : this.held + end - at;
    return end;
  }

  /** Reads the type, then the length: 7 bits in a byte, the lowest first. True when the packet has nothing else. */
  #readHeader(byte: number): boolean {
    if (this.held++ === 0) {
      this.#length = 0;
      return false;
    }
    this.#length += (byte & ~continuation) * 128 ** (this.held - 2);
    if (byte >= continuation) return false;
    this.#left = this.#length;
    if (this.#left === 0) this.held = 0;
    return this.#left === 0;
  }
}
