/**
 * Version 2.0.0 of Phoenix's serializer: JSON lists of join_ref, ref, topic, event and payload; and binary messages, which
 * begin with a kind and the lengths of their texts, a byte each.
 */

import { encoder, strictDecoder } from '../../base/text-coding.ts';
import { readJson } from '../json-text.ts';
import { badMessage } from '../refusals.ts';
import { jsonOf } from '../web-dialogue.ts';
import type { WebSocketMessage } from '../websocket-messages.ts';
import type { Message } from './messages.ts';

/** Kinds of binary messages. A push of the server has no ref, a broadcast has neither ref. */
const PUSH = 0;
const REPLY = 1;
const BROADCAST = 2;
/** The texts in front of the payload, by kind. */
const textsOf: Readonly<Record<number, number>> = { [PUSH]: 3, [REPLY]: 4, [BROADCAST]: 2 };
const LONGEST_TEXT = 255;

/** Throws `bad-message`. */
export function serialized({ joinRef, ref, topic, event, payload }: Message): WebSocketMessage {
  if (!(payload instanceof Uint8Array)) return jsonOf('phoenix', [joinRef, ref, topic, event, payload]);
  const texts = [joinRef ?? '', ref ?? '', topic, event].map((text) => encoder().encode(text));
  const long = texts.find(({ length }) => length > LONGEST_TEXT);
  if (long !== undefined)
    throw badMessage(
      'phoenix',
      `a topic or event of a binary push has ${long.length} bytes, of ${LONGEST_TEXT} that fit`,
    );
  return joined([Uint8Array.of(PUSH, ...texts.map(({ length }) => length)), ...texts, payload]);
}

/** `undefined` when the message is none of version 2.0.0. */
export function parsed(message: WebSocketMessage): Message | undefined {
  return typeof message === 'string' ? ofList(readJson(message)) : ofBytes(message);
}

function ofList(list: unknown): Message | undefined {
  if (!Array.isArray(list) || list.length !== 5) return undefined;
  const [joinRef, ref, topic, event, payload] = list;
  if (!isRef(joinRef) || !isRef(ref) || typeof topic !== 'string' || typeof event !== 'string')
    return undefined;
  return { joinRef, ref, topic, event, payload };
}

function ofBytes(bytes: Uint8Array): Message | undefined {
  const kind = bytes[0] ?? Number.NaN;
  const fields = fieldsOf(bytes, textsOf[kind]);
  if (fields === undefined) return undefined;
  const { texts, payload } = fields;
  const [event = '', topic = '', ...refs] = texts.toReversed();
  const [ref = null, joinRef = null] = (kind === PUSH ? ['', ...refs] : refs).map((each) => each || null);
  if (kind !== REPLY) return { joinRef, ref, topic, event, payload };
  return { joinRef, ref, topic, event: 'phx_reply', payload: { status: event, response: payload } };
}

/** The texts of a binary message, and the bytes after them. `undefined` when it is cut short, or a text is not UTF-8. */
function fieldsOf(bytes: Uint8Array, count = 0): { texts: string[]; payload: Uint8Array } | undefined {
  const lengths = bytes.subarray(1, 1 + count);
  if (count === 0 || lengths.length < count) return undefined;
  const texts: string[] = [];
  let at = 1 + count;
  try {
    for (const length of lengths) {
      texts.push(strictDecoder().decode(bytes.subarray(at, at + length)));
      at += length;
    }
  } catch {
    return undefined;
  }
  return at > bytes.length ? undefined : { texts, payload: bytes.slice(at) };
}

function isRef(ref: unknown): ref is string | null {
  return ref === null || typeof ref === 'string';
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
