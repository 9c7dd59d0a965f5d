/** The client's side of the NATS protocol. Each field is checked, so that no text of a field can begin a line of its own. */
import { bytesOf } from '../../base/bytes.ts';
import { encoder } from '../../base/text-coding.ts';
import { badMessage, neitherTextNorBytes, tooLong } from '../refusals.ts';
import { utf8Length } from '../utf8.ts';
import type { NatsHeaders, NatsOut, NatsPublish } from './types.ts';

const carriageReturn = 0x0d;
const newline = 0x0a;
const lineBreak = 2;

/** A message before it is bytes: text, and the data of a publication. */
export interface Layout {
  /** The line of control, and the headers. */
  readonly text: string;
  readonly data: Uint8Array | string | undefined;
  /** Bytes of the whole message. */
  readonly size: number;
  /** Bytes that count for `max_payload`: of headers and data. */
  readonly payloadBytes: number;
  readonly hasHeaders: boolean;
}

export function layoutOf(message: NatsOut, limit: number): Layout {
  if (Object(message) !== message) throw bad('it is no object');
  if (message.op === 'pub') return publication(message, limit);
  if (message.op === 'sub') {
    const { subject, queue, sid } = message;
    return control(`SUB ${word('subject', subject)}${optional('queue', queue)} ${word('sid', sid)}`);
  }
  if (message.op !== 'unsub') throw bad('op: expected pub, sub or unsub');
  const { sid, max } = message;
  if (max !== undefined && !(Number.isSafeInteger(max) && max > 0))
    throw bad('max: expected a whole number of messages from 1');
  return control(`UNSUB ${word('sid', sid)}${max === undefined ? '' : ` ${max}`}`);
}

export function bytesFor(layout: Layout): Uint8Array {
  const { text, data, size } = layout;
  const bytes = new Uint8Array(size);
  const { written } = encoder().encodeInto(text, bytes);
  if (data === undefined) return bytes;
  if (typeof data === 'string') encoder().encodeInto(data, bytes.subarray(written));
  else bytes.set(data, written);
  bytes[size - 2] = carriageReturn;
  bytes[size - 1] = newline;
  return bytes;
}

function publication({ subject, reply, headers, data = '' }: NatsPublish, limit: number): Layout {
  const payload = typeof data === 'string' ? data : bytesOf(data);
  if (payload === undefined) throw bad(neitherTextNorBytes(data));
  const fields = `${word('subject', subject)}${optional('reply', reply)}`;
  const block = headers === undefined ? '' : blockOf(headers);
  const headerBytes = utf8Length(block);
  const payloadBytes = headerBytes + (typeof payload === 'string' ? utf8Length(payload) : payload.length);
  if (payloadBytes > limit) throw bad(tooLong(payloadBytes, limit));
  const hasHeaders = headers !== undefined;
  const line = hasHeaders ? `HPUB ${fields} ${headerBytes} ${payloadBytes}` : `PUB ${fields} ${payloadBytes}`;
  const size = utf8Length(line) + payloadBytes + 2 * lineBreak;
  return { text: `${line}\r\n${block}`, data: payload, size, payloadBytes, hasHeaders };
}

function control(line: string): Layout {
  const size = utf8Length(line) + lineBreak;
  return { text: `${line}\r\n`, data: undefined, size, payloadBytes: 0, hasHeaders: false };
}

/** A field of a line of control. */
function word(field: string, value: string): string {
  if (typeof value === 'string' && /^[^\s\p{Cc}]+$/u.test(value)) return value;
  throw bad(`${field}: expected text without white space`);
}

function optional(field: string, value: string | undefined): string {
  return value === undefined ? '' : ` ${word(field, value)}`;
}

function blockOf(headers: NatsHeaders): string {
  if (!(Array.isArray(headers) && headers.every(isPair)))
    throw bad('headers: expected a list of pairs of texts');
  const lines = headers.map(([name, value]) => {
    if (!/^[^\s:\p{Cc}]+$/u.test(name)) throw bad('headers: expected names without white space and colons');
    if (/[\r\n\0]/.test(value))
      throw bad(`headers: expected no line break and no NUL in the value of ${name}`);
    return `${name}: ${value}\r\n`;
  });
  return `NATS/1.0\r\n${lines.join('')}\r\n`;
}

function isPair(pair: unknown): boolean {
  return Array.isArray(pair) && pair.length === 2 && pair.every((part) => typeof part === 'string');
}

function bad(why: string) {
  return badMessage('nats', why);
}
