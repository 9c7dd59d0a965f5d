/** Frames of this side of STOMP 1.2. */
import { bytesOf } from '../../base/bytes.ts';
import { encoder } from '../../base/text-coding.ts';
import { isRecord } from '../json-text.ts';
import { badMessage, neitherTextNorBytes, tooLong } from '../refusals.ts';
import { utf8Length } from '../utf8.ts';
import { escaped } from './escapes.ts';
import type { StompHeaders, StompOut } from './types.ts';

const commands = ['SEND', 'SUBSCRIBE', 'UNSUBSCRIBE', 'ACK', 'NACK', 'BEGIN', 'COMMIT', 'ABORT'];

/** A frame before it is bytes. */
export interface Layout {
  readonly head: string;
  readonly body: Uint8Array | string;
}

/** Throws `bad-message`. `setsReceipts`: the header `receipt` is the dialogue's. */
export function layoutOf(message: StompOut, limit: number, setsReceipts: boolean): Layout {
  const { command, headers = {}, body } = Object(message) as StompOut;
  if (!commands.includes(command)) throw bad(`command: expected one of ${commands.join(', ')}`);
  if (!isRecord(headers)) throw bad('headers: expected an object of texts');
  if (setsReceipts && Object.hasOwn(headers, 'receipt'))
    throw bad('headers.receipt: set by the option receipts');
  // The server would take what follows for the body.
  if (body === undefined && Object.hasOwn(headers, 'content-length'))
    throw bad('headers.content-length: expected none without a body');
  if (body !== undefined && command !== 'SEND') throw bad(`body: expected none for ${command}`);
  const content = body === undefined || typeof body === 'string' ? (body ?? '') : bytesOf(body);
  if (content === undefined) throw bad(neitherTextNorBytes(body));
  const length = body === undefined ? {} : { 'content-length': String(lengthOf(content)) };
  const head = headOf(command, { ...headers, ...length });
  const bytes = utf8Length(head) + lengthOf(content);
  if (bytes > limit) throw bad(tooLong(bytes, limit));
  return { head, body: content };
}

/** The command and its headers with their line breaks, and without the empty line that ends it. */
export function headOf(command: string, headers: StompHeaders, code = escaped): string {
  const lines = Object.entries(headers).map(([name, value]) => {
    if (name === '') throw bad('headers: expected no empty name');
    if (typeof value !== 'string' || `${name}${value}`.includes('\0'))
      throw bad(`headers.${name}: expected text without NUL`);
    return `${code(name)}:${code(value)}\n`;
  });
  return `${command}\n${lines.join('')}`;
}

/** Bytes of a frame without a receipt. */
export function sizeOf({ head, body }: Layout): number {
  return utf8Length(head) + 1 + lengthOf(body) + 1;
}

export function bytesFor({ head, body }: Layout): Uint8Array {
  const bytes = new Uint8Array(sizeOf({ head, body }));
  const { written } = encoder().encodeInto(`${head}\n`, bytes);
  if (typeof body === 'string') encoder().encodeInto(body, bytes.subarray(written));
  else bytes.set(body, written);
  return bytes;
}

function lengthOf(body: Uint8Array | string): number {
  return typeof body === 'string' ? utf8Length(body) : body.length;
}

function bad(why: string) {
  return badMessage('stomp', why);
}
