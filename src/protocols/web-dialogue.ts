/** The parts of protocols that run inside WebSocket messages: limits, JSON, heartbeats, credentials. */
import { isHoldfastError } from '../base/errors.ts';
import type { Decoder, Dialogue, FrameSink, HandshakeIo, Heartbeat, Violation } from '../ports/protocol.ts';
import { isControl, type WebSocketChunk } from '../ports/websocket-chunk.ts';
import { refused } from './clients.ts';
import { isSharedHeartbeat } from './heartbeats.ts';
import { isRecord } from './json-text.ts';
import { badMessage, tooBig, tooLong } from './refusals.ts';
import { utf8Length } from './utf8.ts';
import { exceeds, standalone, type WebSocketMessage } from './websocket-messages.ts';

/** A heartbeat that is a message of the protocol. `isHeartbeat` goes by the class, so that no message of a peer passes for one. */
export class Beat implements Heartbeat {
  readonly kind: Heartbeat['kind'];
  declare readonly id?: number;
  /** The text that the answer repeats. */
  readonly echo: unknown;

  constructor(kind: Heartbeat['kind'], id?: number, echo?: unknown) {
    this.kind = kind;
    if (id !== undefined) this.id = id;
    this.echo = echo;
  }
}

/** A dialogue that is its own decoder. Each message is a frame of its own; control frames are heartbeats. */
export abstract class WebDialogue<Out>
  implements Dialogue<Out, WebSocketChunk>, Decoder<unknown, WebSocketChunk>
{
  protected readonly limit: number;

  constructor(limit: number) {
    this.limit = limit;
  }

  get decoder(): this {
    return this;
  }

  get midFrame(): boolean {
    return false;
  }

  push(chunk: WebSocketChunk, sink: FrameSink<unknown>): Violation | undefined {
    if (isControl(chunk)) {
      sink.frame(chunk.copy());
      return undefined;
    }
    if (exceeds(chunk, this.limit)) return tooBig(this.limit);
    return this.read(typeof chunk === 'string' ? chunk : standalone(chunk), sink);
  }

  isHeartbeat(frame: unknown): Heartbeat | false {
    if (isControl(frame)) return frame.asHeartbeat();
    return frame instanceof Beat ? frame : isSharedHeartbeat(frame);
  }

  abstract encode(message: Out): WebSocketChunk;

  /** Reads a message within the limit; returns the failure of one that is not acceptable. */
  protected abstract read(message: WebSocketMessage, sink: FrameSink<unknown>): Violation | undefined;
}

export function violated(detail: string): Violation {
  return { reason: 'protocol-error', detail };
}

/** A number that a peer repeats: whole, not negative, within 32 bits; anything else matches no ping. */
export function idOf(value: unknown): number | undefined {
  return typeof value === 'number' && value >>> 0 === value ? value : undefined;
}

/** Throws `bad-message` for what JSON cannot express. */
export function jsonOf(protocol: string, value: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch {
    // As for a value that is nothing in JSON.
  }
  if (text === undefined) throw badMessage(protocol, 'it cannot be written as JSON');
  return text;
}

/** Messages of a handshake; refused as `bad-config` when it cannot be carried, as it is made of options and credentials. */
export function orRefused<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw isHoldfastError(error) ? refused('bad-config', error.message) : error;
  }
}

/** Returns `text`; throws `bad-message` when it is over the limit in bytes. */
export function within(protocol: string, text: string, limit: number): string {
  if (exceeds(text, limit)) throw badMessage(protocol, tooLong(utf8Length(text), limit));
  return text;
}

/** The object in the part `handshake` of the credentials. Refuses another value, and the accepting side. */
export function handshakeOf(
  protocol: string,
  { side, credentials }: Pick<HandshakeIo, 'side' | 'credentials'>,
): Readonly<Record<string, unknown>> | undefined {
  if (side === 'accept') throw refused('bad-config', `${protocol} has no accepting side`);
  const part = typeof credentials === 'object' ? credentials.handshake : undefined;
  if (part === undefined) return undefined;
  if (!isRecord(part) || !isJson(part))
    throw refused('bad-config', 'credentials.handshake: expected an object that JSON can express');
  return part;
}

function isJson(value: unknown): boolean {
  try {
    return JSON.stringify(value) !== undefined;
  } catch {
    return false;
  }
}
