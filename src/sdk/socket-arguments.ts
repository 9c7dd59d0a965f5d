/** Arguments of a standard WebSocket: what is acceptable, and the exceptions for what is not (WHATWG WebSockets). */

/** An absolute `ws:` or `wss:` URL. `http:` and `https:` stand for them; a page's own URL completes a relative one. */
export function socketUrl(text: string | URL): URL {
  const url = parsed(String(text));
  if (url === undefined) throw syntaxError(`The URL ${JSON.stringify(String(text))} is invalid.`);
  if (url.protocol === 'http:') url.protocol = 'ws:';
  if (url.protocol === 'https:') url.protocol = 'wss:';
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:')
    throw syntaxError(`The scheme of a WebSocket is ws or wss, and not ${url.protocol.slice(0, -1)}.`);
  if (url.hash !== '' || url.href.endsWith('#')) throw syntaxError('The URL of a WebSocket has no fragment.');
  return url;
}

function parsed(text: string): URL | undefined {
  const { document } = globalThis as { document?: { readonly baseURI: string } };
  return URL.canParse(text, document?.baseURI) ? new URL(text, document?.baseURI) : undefined;
}

/** A token of HTTP (RFC 9110 section 5.6.2). */
const TOKEN = /^[!#$%&'*+\-.^`|~\w]+$/;

export function subprotocols(given: string | readonly string[]): readonly string[] {
  const offered = typeof given === 'string' ? [given] : Array.from(given, String);
  const wrong = offered.find((name, at) => !TOKEN.test(name) || offered.indexOf(name) !== at);
  if (wrong === undefined) return offered;
  throw syntaxError(`The subprotocol ${JSON.stringify(wrong)} is no token, or stands twice.`);
}

/** A close frame may carry 123 bytes of reason (RFC 6455 section 5.5). */
const LONGEST_REASON = 123;

/** The close frame to send; 1005 stands for one without a code. */
export function goodbyeOf(code: unknown, reason: unknown): { code: number; reason: string } {
  const text = reason === undefined ? '' : String(reason);
  const number = code === undefined ? undefined : clamped(code);
  if (number !== undefined && number !== 1000 && (number < 3000 || number > 4999))
    throw new DOMException(
      `The close code ${number} is neither 1000, nor from 3000 to 4999.`,
      'InvalidAccessError',
    );
  if (new TextEncoder().encode(text).length > LONGEST_REASON)
    throw syntaxError(`The reason for closing is longer than ${LONGEST_REASON} bytes.`);
  return { code: number ?? (text === '' ? 1005 : 1000), reason: text };
}

/** Web IDL's `[Clamp] unsigned short`. */
function clamped(value: unknown): number {
  return Math.min(Math.max(Math.round(Number(value)) || 0, 0), 65_535);
}

/** What `send` was given: text, bytes as they are now, or a blob, which is read later. */
export function payloadOf(data: unknown): string | Uint8Array | Blob {
  if (typeof data === 'string' || data instanceof Blob) return data;
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  if (data instanceof ArrayBuffer) return new Uint8Array(data).slice();
  return String(data);
}

function syntaxError(message: string): DOMException {
  return new DOMException(message, 'SyntaxError');
}
