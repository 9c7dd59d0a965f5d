/**
 * What both WebSocket protocols do with messages and control frames. The transport has done the framing;
 * left are the limit, and frames that outlive the call that brought them.
 */
import type { Decoder, FrameSink, Heartbeat, Violation } from '../ports/protocol.ts';
import { ControlFrame, type WebSocketChunk } from '../ports/websocket-chunk.ts';
import { badMessage, tooBig } from './refusals.ts';
import { isOver } from './utf8.ts';

export type WebSocketMessage = string | Uint8Array;

/** Remembers nothing, so that all connections of a protocol can share one. */
export class MessageDecoder implements Decoder<unknown, WebSocketChunk> {
  readonly midFrame = false;
  readonly #limit: number;
  readonly #frameOf: (text: string) => unknown;

  /** `frameOf`: what a text message stands for, itself or a heartbeat. What it throws passes through. */
  constructor(limit: number, frameOf: (text: string) => unknown) {
    this.#limit = limit;
    this.#frameOf = frameOf;
  }

  push(chunk: WebSocketChunk, sink: FrameSink<unknown>): Violation | undefined {
    if (chunk instanceof ControlFrame) {
      sink.frame(new ControlFrame(chunk.kind, new Uint8Array(chunk.payload)));
    } else if (exceeds(chunk, this.#limit)) {
      return tooBig(this.#limit);
    } else {
      sink.frame(typeof chunk === 'string' ? this.#frameOf(chunk) : kept(chunk));
    }
    return undefined;
  }
}

/** The message itself, or the error that says why it cannot be sent. */
export function checkMessage(protocol: string, message: unknown, limit: number): WebSocketMessage {
  if (typeof message !== 'string' && !(message instanceof Uint8Array)) {
    throw badMessage(protocol, 'it is neither text nor bytes');
  }
  if (exceeds(message, limit)) throw badMessage(protocol, `it is over ${limit} bytes`);
  return message;
}

/** RFC 6455 section 5.5.3: a pong repeats the payload of its ping. */
export function answer(ping: Heartbeat): ControlFrame {
  return new ControlFrame('pong', ping.payload ?? new Uint8Array(0));
}

/** Small messages are views of what was read, and would keep all of that alive. Large ones are alone. */
function kept(chunk: Uint8Array): Uint8Array {
  const alone = chunk.length === chunk.buffer.byteLength;
  return alone ? new Uint8Array(chunk.buffer) : new Uint8Array(chunk);
}

function exceeds(message: WebSocketMessage, limit: number): boolean {
  return typeof message === 'string' ? isOver(message, limit) : message.length > limit;
}
