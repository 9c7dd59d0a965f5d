/**
 * The frames of sessions: one byte of type, then JSON, a number or a payload. No frame has the number of a message: both sides
 * count. What a peer sends is read strictly: a field more, a field less or a number out of range is no frame.
 */
import { encoder, strictDecoder } from '../base/text-coding.ts';
import type { Keep, Room } from './slab.ts';

export const VERSION = 1;

/** The first byte of a frame. */
export const types = { hello: 1, welcome: 2, text: 3, bytes: 4, ack: 5, bye: 6, refused: 7 } as const;

/** How much the other side may send that was not acknowledged: credit in messages, and in bytes of their payloads. */
export interface Window {
  readonly messages: number;
  readonly bytes: number;
}

/** The numbers that a side says of both directions. */
interface Counts {
  /** Messages of the other side that arrived. */
  readonly received: number;
  /** Messages of the other side that were handled. */
  readonly handled: number;
  /** Messages of this side of which it knows that they were handled. */
  readonly acked: number;
}

export interface Hello extends Counts {
  readonly v: number;
  readonly instance: string;
  readonly attempt: number;
  /** Absent: a new session is wanted. */
  readonly session?: string;
  /** That of the last welcome; 0 without a session. */
  readonly epoch: number;
  /** The first messages of this session that may have arrived in an earlier one. Said until they are acknowledged. */
  readonly again?: number;
  readonly window: Window;
  readonly credentials?: unknown;
}

export interface Welcome extends Counts {
  readonly session: string;
  readonly epoch: number;
  /** Milliseconds. */
  readonly keepFor: number;
  readonly window: Window;
  readonly resumed: boolean;
}

export interface Bye {
  readonly handled: number;
  readonly reason: string;
}

const refusals = ['unknown-session', 'not-yours', 'replaced', 'gap', 'unavailable', 'version'] as const;

export interface Refused {
  readonly reason: (typeof refusals)[number];
  /** Milliseconds, with `unavailable`. */
  readonly retryAfterMs?: number;
  /** The versions that are spoken, with `version`. */
  readonly supported?: readonly number[];
}

export type Frame =
  | { readonly type: 'hello'; readonly hello: Hello }
  /** A hello of another version, whose fields are not known. */
  | { readonly type: 'foreign' }
  | { readonly type: 'welcome'; readonly welcome: Welcome }
  | { readonly type: 'message'; readonly data: string | Uint8Array; readonly bytes: number }
  | { readonly type: 'ack'; readonly handled: number }
  | { readonly type: 'bye'; readonly bye: Bye }
  | { readonly type: 'refused'; readonly refused: Refused };

export const notText = 'a text that is not UTF-8';

/** Bytes of a hello, whose credentials may be a token of some length, and of each other control frame. */
const MOST_HELLO = 16 * 1024;
const MOST_CONTROL = 1024;
/** Bytes of a LEB128 number up to 2^53. */
const MOST_ACK = 8;
const MOST_REASON = 123;

/** A control frame. */
export function control(type: 'hello' | 'welcome' | 'bye' | 'refused', fields: object): Uint8Array {
  return textFrame(types[type], JSON.stringify(fields));
}

/** The frame of a message of the user, in memory of `room`. */
export function messageFrame(data: string | Uint8Array, room: Room = ownRoom): Uint8Array {
  if (typeof data === 'string') return textFrame(types.text, data, room);
  const frame = room(1 + data.length);
  frame[0] = types.bytes;
  frame.set(data, 1);
  return frame;
}

export function ackFrame(handled: number): Uint8Array {
  const bytes: number[] = [types.ack];
  let rest = handled;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

/** Reads a frame; returns what is wrong with it where it is none. A payload of bytes is a view of the frame. */
export function readFrame(frame: Uint8Array): Frame | string {
  const body = frame.subarray(1);
  switch (frame[0]) {
    case types.hello:
      return readControl(body, MOST_HELLO, helloOf);
    case types.welcome:
      return readControl(body, MOST_CONTROL, (fields) => checked('welcome', welcomeFields, fields));
    case types.text:
    case types.bytes:
      return readMessage(frame);
    case types.ack:
      return readAck(body);
    case types.bye:
      return readControl(body, MOST_CONTROL, (fields) => checked('bye', byeFields, fields));
    case types.refused:
      return readControl(body, MOST_CONTROL, (fields) => checked('refused', refusedFields, fields));
    default:
      return frame.length === 0 ? 'an empty frame' : `a frame of the unknown type ${frame[0]}`;
  }
}

const ownRoom: Room = (bytes) => new Uint8Array(bytes);

function textFrame(type: number, text: string, room: Room = ownRoom): Uint8Array {
  const bytes = encoder().encode(text);
  const frame = room(1 + bytes.length);
  frame[0] = type;
  frame.set(bytes, 1);
  return frame;
}

/** Whether a frame is a message of the user. */
export function isMessage(frame: unknown): frame is Uint8Array {
  return frame instanceof Uint8Array && (frame[0] === types.bytes || frame[0] === types.text);
}

/** The message in such a frame; undefined for a text that is not UTF-8. Bytes are what `keep` returns: by default, a view of the frame. */
export function messageIn(frame: Uint8Array, keep: Keep = viewed): string | Uint8Array | undefined {
  return frame[0] === types.bytes ? keep(frame, 1) : decoded(frame.subarray(1));
}

const viewed: Keep = (frame, from) => frame.subarray(from);

function readMessage(frame: Uint8Array): Frame | string {
  const data = messageIn(frame);
  return data === undefined ? notText : { type: 'message', data, bytes: frame.length - 1 };
}

/** Only the shortest form of a number is one. */
function readAck(body: Uint8Array): Frame | string {
  let handled = 0;
  let unit = 1;
  for (const [at, byte] of body.entries()) {
    handled += (byte & 0x7f) * unit;
    unit *= 0x80;
    if (byte < 0x80 && at === body.length - 1 && (byte > 0 || at === 0) && Number.isSafeInteger(handled))
      return { type: 'ack', handled };
    if (byte < 0x80 || at + 1 === MOST_ACK) break;
  }
  return 'an ack without a number in LEB128';
}

type Fields = Readonly<Record<string, unknown>>;

function readControl(
  body: Uint8Array,
  most: number,
  read: (fields: Fields) => Frame | string,
): Frame | string {
  if (body.length > most) return `a control frame of ${body.length} bytes, above ${most}`;
  const text = decoded(body);
  if (text === undefined) return 'a control frame that is not UTF-8';
  let fields: unknown;
  try {
    fields = JSON.parse(text);
  } catch {
    return 'a control frame that is not JSON';
  }
  return isObject(fields) ? read(fields) : 'a control frame that is no object';
}

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return strictDecoder().decode(bytes);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

type Check = (value: unknown) => boolean;

const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isPositive: Check = (value) => isCount(value) && (value as number) > 0;
const isText: Check = (value) => typeof value === 'string' && value.length <= MOST_REASON;
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const isHex =
  (digits: number): Check =>
  (value) =>
    typeof value === 'string' && value.length === digits && /^[0-9a-f]*$/.test(value);
const isWindow: Check = (value) =>
  isObject(value) && Object.keys(value).length === 2 && isPositive(value.messages) && isPositive(value.bytes);

const counts = { received: isCount, handled: isCount, acked: isCount };
const helloFields: Readonly<Record<keyof Hello, Check>> = {
  ...counts,
  v: isPositive,
  instance: isHex(16),
  attempt: isPositive,
  session: optional(isHex(32)),
  epoch: isCount,
  again: optional(isCount),
  window: isWindow,
  credentials: () => true,
};
const welcomeFields: Readonly<Record<keyof Welcome, Check>> = {
  ...counts,
  session: isHex(32),
  epoch: isPositive,
  keepFor: isCount,
  window: isWindow,
  resumed: (value) => typeof value === 'boolean',
};
const byeFields: Readonly<Record<keyof Bye, Check>> = { handled: isCount, reason: isText };
const refusedFields: Readonly<Record<keyof Refused, Check>> = {
  reason: (value) => refusals.includes(value as Refused['reason']),
  retryAfterMs: optional(isCount),
  supported: optional(
    (value) => Array.isArray(value) && value.length > 0 && value.length <= 16 && value.every(isPositive),
  ),
};

function helloOf(fields: Fields): Frame | string {
  if (isPositive(fields.v) && fields.v !== VERSION) return { type: 'foreign' };
  return checked('hello', helloFields, fields);
}

function checked(
  type: 'hello' | 'welcome' | 'bye' | 'refused',
  checks: Readonly<Record<string, Check>>,
  fields: Fields,
): Frame | string {
  const foreign = Object.keys(fields).find((field) => !Object.hasOwn(checks, field));
  const wrong = foreign ?? Object.keys(checks).find((field) => checks[field]?.(fields[field]) === false);
  if (wrong !== undefined) return `a ${type} with the field ${JSON.stringify(wrong.slice(0, 40))}`;
  return { type, [type]: fields } as unknown as Frame;
}
