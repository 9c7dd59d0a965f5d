/**
 * Messages and control frames of all WebSocket protocols. The transport does the framing; this decoder checks
 * the limit, and copies the bytes that must outlive the call.
 */
import { bytesOf } from '../base/bytes.ts';
import type { Decoder, Dialogue, FrameSink, Heartbeat, Violation } from '../ports/protocol.ts';
import { ControlFrame, isControl, type WebSocketChunk } from '../ports/websocket-chunk.ts';
import { badMessage, neitherTextNorBytes, tooBig, tooLong } from './refusals.ts';
import { encodedLength, isOver, utf8Length } from './utf8.ts';

export type WebSocketMessage = string | Uint8Array;

/** All connections of a protocol share one, as it has no state. */
export type WebSocketDialogue = Dialogue<WebSocketMessage, WebSocketChunk>;

/** A decoder without state: all connections of a protocol share one. */
export class MessageDecoder implements Decoder<unknown, WebSocketChunk> {
  readonly midFrame = false;
  readonly #limit: number;
  readonly #frameOf: (text: string) => unknown;

  /** `frameOf` returns the frame of a text message: the text itself or a heartbeat. Its errors pass through. */
  constructor(limit: number, frameOf: (text: string) => unknown) {
    this.#limit = limit;
    this.#frameOf = frameOf;
  }

  push(chunk: WebSocketChunk, sink: FrameSink<unknown>): Violation | undefined {
    if (isControl(chunk)) {
      sink.frame(chunk.copy());
    } else if (exceeds(chunk, this.#limit)) {
      return tooBig(this.#limit);
    } else {
      sink.frame(typeof chunk === 'string' ? this.#frameOf(chunk) : sink.copies ? chunk : standalone(chunk));
    }
    return undefined;
  }
}

/** Returns the message; throws `HoldfastError("bad-message")` when it cannot be sent. */
export function checkMessage(protocol: string, message: unknown, limit: number): WebSocketMessage {
  const sent = typeof message === 'string' ? message : bytesOf(message);
  if (sent === undefined) throw badMessage(protocol, neitherTextNorBytes(message));
  if (!exceeds(sent, limit)) return sent;
  throw badMessage(protocol, tooLong(typeof sent === 'string' ? encodedLength(sent) : sent.length, limit));
}

/** RFC 6455 section 5.5.3: a pong repeats the payload of its ping. */
export function answer(ping: Heartbeat): ControlFrame {
  return new ControlFrame('pong', ping.payload ?? new Uint8Array(0));
}

/** A message that covers its whole buffer. A smaller one is a view of the read buffer, which it would keep alive: copied. */
export function standalone(chunk: Uint8Array): Uint8Array {
  const alone = chunk.length === chunk.buffer.byteLength;
  return alone ? new Uint8Array(chunk.buffer) : new Uint8Array(chunk);
}

export function bytesIn(message: WebSocketMessage): number {
  return typeof message === 'string' ? utf8Length(message) : message.length;
}

export function exceeds(message: WebSocketMessage, limit: number): boolean {
  return typeof message === 'string' ? isOver(message, limit) : message.length > limit;
}
