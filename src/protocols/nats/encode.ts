/** The client's side of the NATS protocol. Each field is checked, so that no text of a field can begin a line of its own. */
import { bytesOf } from '../../base/bytes.ts';
import { badMessage, neitherTextNorBytes, tooLong } from '../refusals.ts';
import { encoder, utf8Length } from '../utf8.ts';
import type { NatsHeaders, NatsOut, NatsPublish } from './types.ts';

/** A message before it is bytes: text, and the data of a publication. */
export interface Layout {
  /** The line of control, and the headers. */
  readonly text: string;
  readonly data: Uint8Array | string | undefined;
  /** Bytes that count for `max_payload`: of headers and data. */
  readonly payloadBytes: number;
  readonly hasHeaders: boolean;
}

export function layoutOf(message: NatsOut, limit: number): Layout {
  if (Object(message) !== message) throw bad('it is no object');
  if (message.op === 'pub') return publication(message, limit);
  if (message.op === 'sub') {
    const { subject, queue, sid } = message;
    return control(`SUB ${words({ subject, queue, sid })}\r\n`);
  }
  if (message.op !== 'unsub') throw bad('op: expected pub, sub or unsub');
  const { sid, max } = message;
  if (max !== undefined && !(Number.isInteger(max) && max > 0))
    throw bad('max: expected a whole number of messages from 1');
  return control(`UNSUB ${words({ sid, max: max?.toString() })}\r\n`);
}

export function sizeOf({ text, data }: Layout): number {
  return utf8Length(text) + (data === undefined ? 0 : lengthOf(data) + 2);
}

export function bytesFor(layout: Layout): Uint8Array {
  const { text, data } = layout;
  const bytes = new Uint8Array(sizeOf(layout));
  const { written } = encoder.encodeInto(text, bytes);
  if (data === undefined) return bytes;
  if (typeof data === 'string') encoder.encodeInto(data, bytes.subarray(written));
  else bytes.set(data, written);
  bytes.set([0x0d, 0x0a], bytes.length - 2);
  return bytes;
}

function publication({ subject, reply, headers, data = '' }: NatsPublish, limit: number): Layout {
  const payload = typeof data === 'string' ? data : bytesOf(data);
  if (payload === undefined) throw bad(neitherTextNorBytes);
  const block = headers === undefined ? '' : blockOf(headers);
  const headerBytes = utf8Length(block);
  const payloadBytes = headerBytes + lengthOf(payload);
  if (payloadBytes > limit) throw bad(tooLong(payloadBytes, limit));
  const lengths = headers === undefined ? payloadBytes : `${headerBytes} ${payloadBytes}`;
  const text = `${headers === undefined ? 'PUB' : 'HPUB'} ${words({ subject, reply })} ${lengths}\r\n${block}`;
  return { text, data: payload, payloadBytes, hasHeaders: headers !== undefined };
}

function control(text: string): Layout {
  return { text, data: undefined, payloadBytes: 0, hasHeaders: false };
}

/** Fields of a line of control; those that are `undefined` are left out. */
function words(fields: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(fields).filter(
    ([field, value]) => value !== undefined || /subject|sid/.test(field),
  );
  for (const [field, value] of given)
    if (typeof value !== 'string' || !/^[^\s\p{Cc}]+$/u.test(value))
      throw bad(`${field}: expected text without white space`);
  return given.map(([, value]) => value).join(' ');
}

function blockOf(headers: NatsHeaders): string {
  if (!(Array.isArray(headers) && headers.every(isPair)))
    throw bad('headers: expected a list of pairs of texts');
  const lines = headers.map(([name, value]) => {
    if (!/^[^\s:\p{Cc}]+$/u.test(name)) throw bad('headers: expected names without white space and colons');
    if (/[\r\n]/.test(value)) throw bad(`headers: expected no line break in the value of ${name}`);
    return `${name}: ${value}\r\n`;
  });
  return `NATS/1.0\r\n${lines.join('')}\r\n`;
}

function isPair(pair: unknown): boolean {
  return Array.isArray(pair) && pair.length === 2 && pair.every((part) => typeof part === 'string');
}

function lengthOf(data: Uint8Array | string): number {
  return typeof data === 'string' ? utf8Length(data) : data.length;
}

function bad(why: string) {
  return badMessage('nats', why);
}
