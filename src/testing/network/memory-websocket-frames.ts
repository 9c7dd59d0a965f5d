/**
 * The frames of simulated WebSockets: one frame per write, in one chunk or, on a slow link, in several. The upgrade is
 * a frame too, so that a frozen server accepts the dial and not the upgrade.
 */
import { bodyLimit, type UpgradeResponse, upgradeResponse } from '../../policy/upgrade-response.ts';
import type { CloseFrame } from '../../ports/transport.ts';
import { isControl, type WebSocketChunk } from '../../ports/websocket-chunk.ts';
import { bytesOfText, textOfBytes } from './utf8.ts';

/** The upgrade request of a client. */
export interface UpgradeRequest {
  readonly url: string;
  readonly protocols: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
}

/** The answer of a server: status 101 with a subprotocol, or another status. */
export interface UpgradeAnswer {
  readonly status: number;
  readonly protocol?: string;
  /** The text of the header `Retry-After`. */
  readonly retryAfter?: string;
  /** Other headers; those of `onResponse` and `exit.response`. Default: none. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** The body of a refusal. Default: empty. */
  readonly body?: string;
}

/** The answer as a client reads it. */
export function responseOf({
  status,
  protocol,
  retryAfter,
  headers = {},
  body = '',
}: UpgradeAnswer): UpgradeResponse {
  const own = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return upgradeResponse({
    status,
    headers: {
      ...Object.fromEntries(own),
      ...(protocol !== undefined && { 'sec-websocket-protocol': protocol }),
      ...(retryAfter !== undefined && { 'retry-after': retryAfter }),
    },
    body: status === 101 ? '' : body.slice(0, bodyLimit),
  });
}

export type Frame =
  | { readonly kind: 'request'; readonly request: UpgradeRequest }
  | { readonly kind: 'answer'; readonly answer: UpgradeAnswer }
  | { readonly kind: 'close'; readonly close: CloseFrame }
  | Slice;

/** A message, a part of one, or a ping or pong. */
interface Slice {
  readonly kind: 'text' | 'bytes' | 'ping' | 'pong';
  readonly payload: Uint8Array;
  readonly more: boolean;
}

const kinds = ['request', 'answer', 'close', 'text', 'bytes', 'ping', 'pong'] as const;

/** Bytes before the payload: one for the kind, one for `more`, four for the length of the payload. */
const HEAD = 6;

function packed(kind: Frame['kind'], payload: Uint8Array, more = false): Uint8Array {
  const frame = new Uint8Array(HEAD + payload.length);
  frame.set([kinds.indexOf(kind), more ? 1 : 0]);
  new DataView(frame.buffer).setUint32(2, payload.length);
  frame.set(payload, HEAD);
  return frame;
}

export function frameOfChunk(chunk: WebSocketChunk, more: boolean): Uint8Array {
  if (isControl(chunk)) return packed(chunk.kind, chunk.payload);
  return typeof chunk === 'string' ? packed('text', bytesOfText(chunk), more) : packed('bytes', chunk, more);
}

export function frameOf(kind: 'request' | 'answer' | 'close', content: object): Uint8Array {
  return packed(kind, bytesOfText(JSON.stringify(content)));
}

/** Finds frames in chunks. */
export class Unpacking {
  #rest: Uint8Array[] = [];

  /** Returns the frames that this chunk completes. */
  push(chunk: Uint8Array): Frame[] {
    this.#rest.push(chunk);
    const [first] = this.#rest;
    const missing = first === undefined || first.length < HEAD ? 0 : sizeOf(first) - lengthOf(this.#rest);
    if (missing > 0) return [];
    const frames: Frame[] = [];
    let bytes = joined(this.#rest.splice(0));
    for (; bytes.length >= HEAD && bytes.length >= sizeOf(bytes); bytes = bytes.subarray(sizeOf(bytes)))
      frames.push(unpacked(bytes.subarray(0, sizeOf(bytes))));
    if (bytes.length > 0) this.#rest.push(bytes);
    return frames;
  }
}

/** Bytes of the frame that begins here. */
function sizeOf(frame: Uint8Array): number {
  return HEAD + new DataView(frame.buffer, frame.byteOffset).getUint32(2);
}

function unpacked(frame: Uint8Array): Frame {
  const kind = kinds[frame[0] ?? -1] ?? 'bytes';
  const payload = frame.subarray(HEAD);
  if (kind !== 'request' && kind !== 'answer' && kind !== 'close')
    return { kind, payload, more: frame[1] === 1 };
  return { kind, [kind]: JSON.parse(textOfBytes(payload)) } as unknown as Frame;
}

/** Joins the slices of a message. */
export class Assembly {
  #parts: Uint8Array[] = [];

  /** Returns the message that this slice completes, else `undefined`. */
  add({ kind, payload, more }: Slice): string | Uint8Array | undefined {
    this.#parts.push(payload);
    if (more) return undefined;
    const whole = joined(this.#parts.splice(0));
    return kind === 'text' ? textOfBytes(whole) : whole;
  }
}

function lengthOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((length, part) => length + part.length, 0);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  if (first !== undefined && parts.length === 1) return first;
  const whole = new Uint8Array(lengthOf(parts));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
