/**
 * The arguments of a standard WebSocket: converted as Web IDL says, and refused with the exceptions of the WHATWG
 * WebSockets standard.
 */

import { bytesOf, tagOf } from '../base/bytes.ts';
import { urlOf } from '../base/url.ts';

/** Throws the exception of a call with too few arguments. A missing argument is not the same as `undefined`. */
export function requireArgument(method: string, given: number): void {
  if (given === 0) throw new TypeError(`${method}: 1 argument is required, and none is given.`);
}

/** Converts as `USVString` of Web IDL, but for halves of surrogate pairs, which encoding replaces. Throws for a symbol. */
export function textOf(value: unknown): string {
  return `${value}`;
}

/**
 * Returns an absolute `ws:` or `wss:` URL: `http:` and `https:` are converted, a relative URL is resolved against the
 * page's. Throws a `DOMException` named `SyntaxError`.
 */
export function socketUrl(given: string | URL): URL {
  const text = textOf(given);
  const url = parsed(text);
  if (url === undefined) throw syntaxError(`The URL ${JSON.stringify(text)} is invalid.`);
  if (url.protocol === 'http:') url.protocol = 'ws:';
  if (url.protocol === 'https:') url.protocol = 'wss:';
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:')
    throw syntaxError(`The scheme of a WebSocket must be ws or wss, not ${url.protocol.slice(0, -1)}.`);
  if (url.hash !== '' || url.href.endsWith('#'))
    throw syntaxError('The URL of a WebSocket must not have a fragment.');
  return url;
}

function parsed(text: string): URL | undefined {
  const { document, location } = globalThis as unknown as Page;
  const base = document?.baseURI ?? location?.href;
  return urlOf(text, base);
}

/** Globals of a page, and of a worker, that hold the base URL. */
interface Page {
  readonly document?: { readonly baseURI: string };
  readonly location?: { readonly href: string };
}

/** A token in HTTP (RFC 9110 section 5.6.2). */
const TOKEN = /^[!#$%&'*+\-.^`|~\w]+$/;

/** Whether Web IDL takes a value for a sequence; a text is none. */
export function isSequence(value: unknown): value is Iterable<unknown> {
  return Object(value) === value && (value as Partial<Iterable<unknown>>)[Symbol.iterator] != null;
}

/** The list of subprotocols to offer. Names that differ in case alone are repeated ones. */
export function subprotocols(given: unknown): readonly string[] {
  const offered = isSequence(given) ? Array.from(given, textOf) : [textOf(given)];
  const lower = offered.map((name) => name.toLowerCase());
  const wrong = offered.find((name, at) => !TOKEN.test(name) || lower.indexOf(name.toLowerCase()) !== at);
  if (wrong === undefined) return offered;
  throw syntaxError(`The subprotocol ${JSON.stringify(wrong)} is not a token, or is repeated.`);
}

/** The bytes of a reason that a close frame can carry (RFC 6455 section 5.5). */
const MAX_REASON_BYTES = 123;

/** The close frame for the arguments of `close`; code 1005 stands for a frame without a code. Throws a `DOMException`. */
export function closeFrameOf(code: unknown, reason: unknown): { code: number; reason: string } {
  const number = code === undefined ? undefined : clamped(code);
  const text = reason === undefined ? '' : textOf(reason);
  if (number !== undefined && number !== 1000 && (number < 3000 || number > 4999))
    throw new DOMException(
      `The close code ${number} is neither 1000 nor from 3000 to 4999.`,
      'InvalidAccessError',
    );
  if (new TextEncoder().encode(text).length > MAX_REASON_BYTES)
    throw syntaxError(`The reason for closing is longer than ${MAX_REASON_BYTES} bytes.`);
  return { code: number ?? (text === '' ? 1005 : 1000), reason: text };
}

/** Converts as `[Clamp] unsigned short` of Web IDL: halves go to the even neighbour. Throws for a symbol and a bigint. */
function clamped(value: unknown): number {
  const number = Math.min(Math.max(+(value as number) || 0, 0), 65_535);
  const rounded = Math.round(number);
  return rounded - number === 0.5 && rounded % 2 === 1 ? rounded - 1 : rounded;
}

/** The payload for the argument of `send`: text, a copy of the bytes, or a blob, which is read later. */
export function payloadOf(data: unknown): string | Uint8Array | Blob {
  if (typeof data === 'string') return data;
  const bytes = bytesOf(data);
  if (bytes === undefined) return isBlob(data) ? data : textOf(data);
  if (tagOf(bytes.buffer) === '[object SharedArrayBuffer]')
    throw new TypeError('send: the memory is shared.');
  return bytes.slice();
}

/** Also for the blobs of another realm, and those that jsdom makes. */
export function isBlob(data: unknown): data is Blob {
  return /Blob|File/.test(tagOf(data)) && typeof (data as Blob).arrayBuffer === 'function';
}

function syntaxError(message: string): DOMException {
  return new DOMException(message, 'SyntaxError');
}
