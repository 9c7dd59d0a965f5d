/** Frames of AMQP 0-9-1 (section 2.3.5): type, channel (u16), length (u32), payload, and the octet CE. */
import type { Decoder, FrameSink, Violation } from '../../ports/protocol.ts';
import { beatFrame } from '../heartbeats.ts';
import { Intake } from '../intake.ts';
import type { AmqpFrame } from './types.ts';

/** Bytes of a frame beside its payload. */
export const frameOverhead = 8;

/** The least that every peer must accept (section 4.2.3). */
export const leastFrameBytes = 4096;

const headerBytes = 7;
const frameEnd = 0xce;
const heartbeatType = 8;
const types = { method: 1, header: 2, body: 3 } as const;
const names: Readonly<Record<number, AmqpFrame['type']>> = { 1: 'method', 2: 'header', 3: 'body' };

export const heartbeatBytes = Uint8Array.of(heartbeatType, 0, 0, 0, 0, 0, 0, frameEnd);

/** The bytes of several frames. */
export function bytesFor(frames: readonly AmqpFrame[]): Uint8Array {
  const bytes = new Uint8Array(lengthOf(frames));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const { type, channel, payload } of frames) {
    view.setUint8(at, types[type]);
    view.setUint16(at + 1, channel);
    view.setUint32(at + 3, payload.length);
    bytes.set(payload, at + headerBytes);
    at += payload.length + frameOverhead;
    bytes[at - 1] = frameEnd;
  }
  return bytes;
}

export function lengthOf(frames: readonly AmqpFrame[]): number {
  return frames.reduce((length, { payload }) => length + payload.length + frameOverhead, 0);
}

export function isFrameType(type: unknown): boolean {
  return typeof type === 'string' && Object.hasOwn(types, type);
}

type OnFrame = (frame: AmqpFrame, sink: FrameSink<unknown>) => Violation | undefined;

/** Emits beats; all other frames, of channel 0 too, go to `onFrame`, which emits what is a message. */
export class FrameDecoder implements Decoder<unknown, Uint8Array> {
  /** Limit of a frame in bytes, which both sides lower when they agree. */
  frameMax: number;
  readonly #onFrame: OnFrame;
  readonly #intake = new Intake();
  #header: DataView | undefined;

  constructor(frameMax: number, onFrame: OnFrame) {
    this.frameMax = frameMax;
    this.#onFrame = onFrame;
  }

  get midFrame(): boolean {
    return this.#header !== undefined || this.#intake.isWaiting;
  }

  push(chunk: Uint8Array, sink: FrameSink<unknown>): Violation | undefined {
    this.#intake.feed(chunk);
    while (!this.#intake.isEmpty) {
      const violation =
        this.#header === undefined ? this.#readHeader() : this.#readPayload(this.#header, sink);
      if (violation !== undefined) return violation;
    }
    return undefined;
  }

  #readHeader(): Violation | undefined {
    const bytes = this.#intake.take(headerBytes);
    if (bytes === undefined) return undefined;
    const header = new DataView(bytes.buffer, bytes.byteOffset, headerBytes);
    const type = header.getUint8(0);
    // The answer to a protocol header of another version is a protocol header.
    if (type === 0x41) return broken('the server speaks another version of AMQP');
    if (type !== heartbeatType && names[type] === undefined)
      return broken(`a frame of the unknown type ${type}`);
    if (header.getUint32(3) + frameOverhead > this.frameMax)
      return { reason: 'message-too-big', detail: `a frame exceeds frame-max (${this.frameMax} bytes)` };
    this.#header = header;
    return undefined;
  }

  #readPayload(header: DataView, sink: FrameSink<unknown>): Violation | undefined {
    const length = header.getUint32(3);
    const bytes = this.#intake.take(length + 1);
    if (bytes === undefined) return undefined;
    if (bytes[length] !== frameEnd) return broken('a frame that does not end with CE');
    this.#header = undefined;
    return this.#emit(header.getUint8(0), header.getUint16(1), bytes.subarray(0, length), sink);
  }

  #emit(type: number, channel: number, payload: Uint8Array, sink: FrameSink<unknown>): Violation | undefined {
    const name = names[type];
    return name === undefined
      ? (sink.frame(beatFrame) as undefined)
      : this.#onFrame({ type: name, channel, payload }, sink);
  }
}

/** The number of a method: class id and method id. `undefined` for content, and for a payload without them. */
export function idIn({ type, payload }: AmqpFrame): number | undefined {
  if (type !== 'method' || payload.length < 4) return undefined;
  return new DataView(payload.buffer, payload.byteOffset, 4).getUint32(0);
}

export function broken(detail: string): Violation {
  return { reason: 'protocol-error', detail };
}
