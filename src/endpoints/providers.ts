/** Options of `connect` that may be functions: how they are called, and which answers are valid. */

import { badConfig, type ConfigError } from '../base/errors.ts';
import { isTree } from '../config/merge.ts';
import { kindOfThrown } from '../policy/exits.ts';
import type { CredentialParts, Credentials } from '../ports/protocol.ts';
import type { Target } from '../ports/transport.ts';

/** The attempt that a function is called for. */
export interface ProviderContext {
  /** Aborted when the attempt ends before every function has answered: by `close()`, or its deadline. */
  readonly signal: AbortSignal;
  /** Counts from 1. */
  readonly incarnation: number;
  /** Attempts since the connection was last stable; 0 for the first. */
  readonly attempt: number;
  /** The endpoint that will be dialled, unredacted. Absent for a function that says which. */
  readonly url?: string;
}

/**
 * Called anew for each incarnation; all functions of one have `deadlines.provider` together. What rejects, throws
 * or answers with a bad value ends the incarnation as `provider-failed`, which is retried. The exit's `detail` has the class
 * and code of an error, and not its text, which may hold secrets; the exit's `error` is the error itself.
 */
export type Provider<T> = (context: ProviderContext) => T | Promise<T>;

/** Returns the URL of the next incarnation. */
export type UrlProvider = Provider<string | URL>;

export type Headers = Readonly<Record<string, string>>;

/**
 * The parts of a dial beside its URL, as values or functions. Over bytes each is a `ConfigError`, but for the credentials of a
 * protocol with a handshake.
 */
export interface Presentation {
  /** Headers of a WebSocket upgrade. Not in browsers: there a connection with headers ends as `bad-config`. */
  readonly headers?: Headers | Provider<Headers>;
  /** WebSocket subprotocols. */
  readonly protocols?: readonly string[] | Provider<readonly string[]>;
  /**
   * Goes with the upgrade of a WebSocket, but for its part `handshake`, and to the handshake of a protocol that has one. When it is a function,
   * the first `unauthorized` of an endpoint is retried, so that it is asked once more; the second in a row is fatal. An
   * incarnation that was stable, or ended for another reason once the peer had answered, is between the two. A value that
   * is refused is fatal, unless the endpoint was stable before: then it has `reconnect.pardons`.
   */
  readonly credentials?: Credentials | Provider<Credentials>;
}

/** The same, once every function has answered. */
export interface Presented {
  readonly headers?: Headers | undefined;
  readonly protocols?: readonly string[] | undefined;
  readonly credentials?: Credentials | undefined;
}

/** RFC 9110 section 5.6.2: names of headers, and subprotocols (RFC 6455 section 4.1). */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** RFC 9110 section 5.5, with the octets above ASCII. */
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Throws `ConfigError` for a value, not for a function, that cannot work. */
export function checkPresentation({ headers, protocols, credentials }: Presentation): void {
  if (headers !== undefined && typeof headers !== 'function') checkHeaders(headers, 'headers');
  if (protocols !== undefined && typeof protocols !== 'function') checkProtocols(protocols, 'protocols');
  if (credentials !== undefined && typeof credentials !== 'function') checkCredentials(credentials);
}

/** Asks all at once. Rejects with an error that names the field. */
export async function present(asked: Presentation, context: ProviderContext): Promise<Presented> {
  const [headers, protocols, credentials] = await Promise.all([
    answerOf('headers', asked.headers, context),
    answerOf('protocols', asked.protocols, context),
    answerOf('credentials', asked.credentials, context),
  ]);
  const presented = { headers, protocols, credentials };
  // A function that has nothing to add says so with `undefined`.
  checkPresentation(presented as Presentation);
  return presented;
}

/** A value as it is, or what the function answers. */
export async function answerOf<T>(
  field: string,
  asked: T | Provider<T>,
  context: ProviderContext,
): Promise<T> {
  if (typeof asked !== 'function') return asked;
  try {
    return await (asked as Provider<T>)(context);
  } catch (error) {
    throw new Error(`${field}: ${kindOfThrown(error)}`, { cause: error });
  }
}

/** The target of a WebSocket: what credentials name last wins. */
export function targetOf(url: URL, { headers, protocols, credentials }: Presented): Target {
  const parts = partsOf(credentials);
  for (const [name, value] of Object.entries(parts.query ?? {})) url.searchParams.set(name, value);
  const allHeaders = overlaid(headers, parts.headers);
  const allProtocols = [...new Set([...(protocols ?? []), ...(parts.protocols ?? [])])];
  return {
    url,
    ...(Object.keys(allHeaders).length > 0 && { headers: allHeaders }),
    ...(allProtocols.length > 0 && { protocols: allProtocols }),
  };
}

function partsOf(credentials: Credentials | undefined): CredentialParts {
  if (typeof credentials !== 'string') return credentials ?? {};
  return { headers: { authorization: `Bearer ${credentials}` } };
}

/** All headers; a stronger one replaces its namesake. Names are the same in upper and lower case. */
export function overlaid(headers: Headers = {}, stronger: Headers = {}): Headers {
  const names = new Set(Object.keys(stronger).map((name) => name.toLowerCase()));
  const kept = Object.entries(headers).filter(([name]) => !names.has(name.toLowerCase()));
  return { ...Object.fromEntries(kept), ...stronger };
}

/** The value is not shown, as any part of these fields may be a secret. */
function bad(path: string, expected: string): ConfigError {
  return badConfig(path, '***', expected);
}

export function checkHeaders(headers: unknown, path: string): void {
  if (!isTree(headers)) throw bad(path, 'an object of header names and texts');
  for (const [name, value] of Object.entries(headers)) {
    if (!TOKEN.test(name)) throw bad(path, 'names of HTTP headers (RFC 9110 section 5.1)');
    if (typeof value !== 'string' || !FIELD_VALUE.test(value))
      throw bad(`${path}.${name}`, 'a text without control characters');
  }
}

export function checkProtocols(protocols: unknown, path: string): void {
  if (!Array.isArray(protocols)) throw bad(path, 'a list of WebSocket subprotocols');
  for (const protocol of protocols) {
    if (typeof protocol !== 'string' || !TOKEN.test(protocol))
      throw bad(path, 'names of subprotocols (RFC 6455 section 4.1)');
  }
  if (new Set(protocols).size < protocols.length) throw bad(path, 'each subprotocol once');
}

function checkCredentials(credentials: unknown): void {
  const path = 'credentials';
  const expected = 'a token, or an object with headers, query, protocols or handshake';
  if (typeof credentials === 'string') {
    if (credentials !== '' && FIELD_VALUE.test(credentials)) return;
    throw bad(path, 'a token without control characters');
  }
  if (!isTree(credentials)) throw bad(path, expected);
  const { headers, query, protocols, handshake: _, ...rest } = credentials;
  for (const key of Object.keys(rest)) throw bad(`${path}.${key}`, 'headers, query, protocols or handshake');
  if (headers !== undefined) checkHeaders(headers, `${path}.headers`);
  if (protocols !== undefined) checkProtocols(protocols, `${path}.protocols`);
  if (query === undefined) return;
  if (!isTree(query)) throw bad(`${path}.query`, 'an object of names and texts');
  for (const [name, value] of Object.entries(query))
    if (typeof value !== 'string') throw bad(`${path}.query.${name}`, 'a text');
}
