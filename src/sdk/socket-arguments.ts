/** Checks of the arguments of a standard WebSocket, with the exceptions of the WHATWG WebSockets standard. */

/**
 * Returns an absolute `ws:` or `wss:` URL: `http:` and `https:` are converted, a relative URL is resolved against the
 * page's. Throws a `DOMException` named `SyntaxError`.
 */
export function socketUrl(text: string | URL): URL {
  const url = parsed(String(text));
  if (url === undefined) throw syntaxError(`The URL ${JSON.stringify(String(text))} is invalid.`);
  if (url.protocol === 'http:') url.protocol = 'ws:';
  if (url.protocol === 'https:') url.protocol = 'wss:';
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:')
    throw syntaxError(`The scheme of a WebSocket must be ws or wss, not ${url.protocol.slice(0, -1)}.`);
  if (url.hash !== '' || url.href.endsWith('#'))
    throw syntaxError('The URL of a WebSocket must not have a fragment.');
  return url;
}

function parsed(text: string): URL | undefined {
  const { document } = globalThis as { document?: { readonly baseURI: string } };
  return URL.canParse(text, document?.baseURI) ? new URL(text, document?.baseURI) : undefined;
}

/** A token in HTTP (RFC 9110 section 5.6.2). */
const TOKEN = /^[!#$%&'*+\-.^`|~\w]+$/;

export function subprotocols(given: string | readonly string[]): readonly string[] {
  const offered = typeof given === 'string' ? [given] : Array.from(given, String);
  const wrong = offered.find((name, at) => !TOKEN.test(name) || offered.indexOf(name) !== at);
  if (wrong === undefined) return offered;
  throw syntaxError(`The subprotocol ${JSON.stringify(wrong)} is not a token, or is repeated.`);
}

/** The bytes of a reason that a close frame can carry (RFC 6455 section 5.5). */
const MAX_REASON_BYTES = 123;

/** The close frame for the arguments of `close`; code 1005 stands for a frame without a code. Throws a `DOMException`. */
export function closeFrameOf(code: unknown, reason: unknown): { code: number; reason: string } {
  const text = reason === undefined ? '' : String(reason);
  const number = code === undefined ? undefined : clamped(code);
  if (number !== undefined && number !== 1000 && (number < 3000 || number > 4999))
    throw new DOMException(
      `The close code ${number} is neither 1000 nor from 3000 to 4999.`,
      'InvalidAccessError',
    );
  if (new TextEncoder().encode(text).length > MAX_REASON_BYTES)
    throw syntaxError(`The reason for closing is longer than ${MAX_REASON_BYTES} bytes.`);
  return { code: number ?? (text === '' ? 1005 : 1000), reason: text };
}

/** Converts as `[Clamp] unsigned short` of Web IDL. */
function clamped(value: unknown): number {
  return Math.min(Math.max(Math.round(Number(value)) || 0, 0), 65_535);
}

/** The payload for the argument of `send`: text, a copy of the bytes, or a blob, which is read later. */
export function payloadOf(data: unknown): string | Uint8Array | Blob {
  if (typeof data === 'string' || data instanceof Blob) return data;
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  if (data instanceof ArrayBuffer) return new Uint8Array(data).slice();
  return String(data);
}

function syntaxError(message: string): DOMException {
  return new DOMException(message, 'SyntaxError');
}
