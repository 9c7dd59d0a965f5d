/**
 * Binary messages with a length prefix:
 *
 *     heartbeat  00 01
 *     message    00 02, length (u32, big-endian), payload
 */
import { bytesOf } from '../base/bytes.ts';
import { objectOf } from '../base/options.ts';
import { encoder } from '../base/text-coding.ts';
import type { Decoder, Dialogue, FrameSink, StatelessProtocol, Violation } from '../ports/protocol.ts';
import { ByteAccumulator } from './byte-accumulator.ts';
import { beatFrame, isSharedHeartbeat } from './heartbeats.ts';
import { defaultMaxMessageBytes, limitRequirement, requireAll } from './options.ts';
import { badMessage, neitherTextNorBytes, tooBig, tooLong } from './refusals.ts';
import { utf8Length } from './utf8.ts';

export interface FramedOptions {
  /** Limit of one payload in bytes. @default 16777216 (16 MiB) */
  readonly maxMessageBytes?: number;
  /** The two bytes of a heartbeat; `00 02` marks messages and is not possible. @default 00 01 */
  readonly heartbeat?: Uint8Array;
}

const messageType = 0x0002;
const typeBytes = 2;
const headerBytes = 6;

/**
 * Length-prefixed messages for peers that stream. Both sides send heartbeats and listen for them; heartbeats
 * are not answered, so there is no RTT.
 *
 * @remarks
 * A message may be empty, and may contain any bytes; strings go out as UTF-8 and arrive as bytes. A payload
 * that arrived in one chunk is copied once; the store of a longer one grows with the bytes that arrived. A
 * length over the limit is refused before memory is allocated for it.
 */
export function framed(options: FramedOptions = {}): StatelessProtocol<Uint8Array, Uint8Array | string> {
  const { maxMessageBytes = defaultMaxMessageBytes, heartbeat = new Uint8Array([0x00, 0x01]) } = objectOf(
    'framed',
    options,
  );
  requireAll('framed', options, [
    limitRequirement(maxMessageBytes),
    ['heartbeat', heartbeat, isHeartbeatType(heartbeat), 'two bytes other than 00 02'],
  ]);
  const beatBytes = new Uint8Array(heartbeat);
  const beatType = typeOf(beatBytes);
  return {
    name: 'framed',
    identity: `framed ${maxMessageBytes} ${beatType}`,
    modes: { dial: 'exchange', accept: 'exchange' },
    takesCredentials: false,
    open: () => new FramedDialogue(maxMessageBytes, beatBytes),
    encode: (message: unknown, lead?: number, room?: Room) => encode(message, maxMessageBytes, lead, room),
  };
}

class FramedDialogue implements Dialogue, Decoder<unknown, Uint8Array> {
  readonly #limit: number;
  readonly #beatBytes: Uint8Array;
  /** Bytes of the header read so far: `headerBytes` means inside a payload. */
  #read = 0;
  /** The bytes of the type, then of the length, read so far. */
  #value = 0;
  #payload: ByteAccumulator | undefined;

  constructor(limit: number, beatBytes: Uint8Array) {
    this.#limit = limit;
    this.#beatBytes = beatBytes;
  }

  get decoder(): this {
    return this;
  }

  encode(message: unknown): Uint8Array {
    return encode(message, this.#limit);
  }

  ping(): Uint8Array {
    return this.#beatBytes;
  }

  isHeartbeat(frame: unknown) {
    return isSharedHeartbeat(frame);
  }

  get midFrame(): boolean {
    return this.#read > 0;
  }

  push(chunk: Uint8Array, sink: FrameSink<unknown>): Violation | undefined {
    let at = 0;
    while (at < chunk.length) {
      if (this.#read === headerBytes) {
        at = this.#readPayload(chunk, at, sink);
      } else {
        const violation = this.#readHeader(chunk[at++] as number, sink);
        if (violation !== undefined) return violation;
      }
    }
    return undefined;
  }

  #readHeader(byte: number, sink: FrameSink<unknown>): Violation | undefined {
    this.#value = this.#value * 256 + byte;
    this.#read++;
    if (this.#read === typeBytes) return this.#startFrame(sink);
    if (this.#read < headerBytes) return undefined;
    if (this.#value > this.#limit) return tooBig(this.#limit);
    if (this.#value === 0) this.#finishFrame(new Uint8Array(0), sink);
    return undefined;
  }

  #startFrame(sink: FrameSink<unknown>): Violation | undefined {
    const type = this.#value;
    this.#value = 0;
    if (type === messageType) return undefined;
    if (type !== typeOf(this.#beatBytes))
      return { reason: 'protocol-error', detail: `a frame of the unknown type ${hex(type)}` };
    this.#finishFrame(beatFrame, sink);
    return undefined;
  }

  /** Returns the offset where the payload ended, or else the chunk. */
  #readPayload(chunk: Uint8Array, at: number, sink: FrameSink<unknown>): number {
    const length = this.#value;
    const end = Math.min(chunk.length, at + length - (this.#payload?.length ?? 0));
    const part = chunk.subarray(at, end);
    if (part.length === length) {
      this.#finishFrame(sink.copies ? part : new Uint8Array(part), sink);
      return end;
    }
    this.#payload ??= new ByteAccumulator(length);
    this.#payload.append(part);
    if (this.#payload.length === length) this.#finishFrame(this.#payload.bytes(), sink);
    return end;
  }

  #finishFrame(frame: unknown, sink: FrameSink<unknown>): void {
    this.#read = 0;
    this.#value = 0;
    this.#payload = undefined;
    sink.frame(frame);
  }
}

type Room = (bytes: number) => Uint8Array;

/**
 * `lead`: a byte of a protocol above, which goes ahead of the message: joined here, the message is copied once. `room`: memory for the frame.
 */
function encode(message: unknown, limit: number, lead?: number, room?: Room): Uint8Array {
  const bytes = typeof message === 'string' ? undefined : bytesIn(message);
  const start = lead === undefined ? headerBytes : headerBytes + 1;
  const length = start - headerBytes + (bytes?.length ?? utf8Length(message as string));
  if (length > limit) throw badMessage('framed', tooLong(length, limit));
  const frame = room?.(headerBytes + length) ?? new Uint8Array(headerBytes + length);
  frame[0] = 0;
  frame[1] = messageType;
  for (let at = 0; at < 4; at++) frame[headerBytes - 1 - at] = length >>> (8 * at);
  if (lead !== undefined) frame[headerBytes] = lead;
  if (bytes === undefined) encoder().encodeInto(message as string, frame.subarray(start));
  else frame.set(bytes, start);
  return frame;
}

function bytesIn(message: unknown): Uint8Array {
  const bytes = bytesOf(message);
  if (bytes !== undefined) return bytes;
  throw badMessage('framed', neitherTextNorBytes(message));
}

function isHeartbeatType(bytes: unknown): boolean {
  return bytes instanceof Uint8Array && bytes.length === typeBytes && typeOf(bytes) !== messageType;
}

function typeOf(bytes: Uint8Array): number {
  const [high = 0, low = 0] = bytes;
  return high * 256 + low;
}

function hex(type: number): string {
  return type.toString(16).padStart(4, '0').replace(/(..)/, '$1 ');
}
