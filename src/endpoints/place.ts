/** A URL: the transport that serves it, the protocol over it, and the key of its route. */

import { badConfig, type ConfigError } from '../base/errors.ts';
import { having } from '../base/options.ts';
import { redactUrl } from '../base/redact.ts';
import { urlOf } from '../base/url.ts';
import type { ResolvePolicy } from '../config/merge.ts';
import type { Policy } from '../config/policy.ts';
import type { Protocol } from '../ports/protocol.ts';
import type { Side, Transport } from '../ports/transport.ts';

// biome-ignore lint/suspicious/noExplicitAny: a supervisor holds connections of all message types
export type AnyProtocol = Protocol<any, any, any>;
// biome-ignore lint/suspicious/noExplicitAny: likewise, of all chunk types
export type AnyTransport = Transport<any>;

/** The transports, protocols and policy that specs fall back to. */
export interface Defaults {
  readonly transports: readonly AnyTransport[];
  readonly protocols: Readonly<Record<string, AnyProtocol>>;
  policy: Policy;
  readonly resolvePolicy: ResolvePolicy;
  /** The expected form in place of a URL that no transport dials. */
  readonly declines?: ((url: string) => string | undefined) | undefined;
}

/** A URL, and the transport and protocol that serve it. */
export interface Place {
  /** The URL as given; normalised when it is dialled. */
  readonly url: string;
  readonly transport: AnyTransport;
}

/** `dialled`: what is dialled in place of a URL that is one. Throws `ConfigError`. */
export function placeOf(
  given: string | URL,
  asked: AnyTransport | undefined,
  known: Defaults,
  side: Side,
  path = 'url',
  dialled: (text: string) => URL = (text) => new URL(text),
): Place {
  const text = String(given);
  assertUrl(text, path, known);
  const url = dialled(text);
  const transport =
    asked === undefined ? transportFor(url, known, path) : having<AnyTransport>('dial', 'transport', asked);
  const expected = transport.check(url, side);
  if (expected !== undefined) throw badUrl(text, expected, path);
  return { url: text, transport };
}

const defaultPorts: Readonly<Record<string, string>> = { 'ws:': '80', 'wss:': '443' };

export function keyOf({ protocol, hostname, port, pathname }: URL): string {
  const actual = port || defaultPorts[protocol];
  if (hostname === '') return `${protocol}${pathname}`;
  return `${protocol}//${hostname}${actual === undefined ? '' : `:${actual}`}${pathname}`;
}

function assertUrl(text: string, path: string, { declines }: Defaults): void {
  const expected = declines?.(text) ?? formOf(text);
  if (expected) throw badUrl(text, expected, path);
}

function formOf(text: string): string | undefined {
  return urlOf(text)
    ? undefined
    : 'a URL such as tcp://host:port or wss://host/path, with a port up to 65535';
}

function transportFor(url: URL, { transports, protocols }: Defaults, path: string): AnyTransport {
  const scheme = url.protocol.slice(0, -1);
  const transport = transports.find(({ schemes }) => schemes.includes(scheme));
  if (transport !== undefined) return transport;
  const brought = Object.values(protocols).flatMap(({ schemes = {} }) => Object.keys(schemes));
  const known = [...transports.flatMap(({ schemes }) => schemes), ...brought].join(', ');
  const own = brought.includes(scheme) ? 'the protocol of its scheme and the part `routes`, or ' : '';
  throw badUrl(url.href, `${own}a scheme that is known here: ${known || 'none'}`, path);
}

/** The protocol that was asked for, or the transport's default; one that runs over this transport. */
export function protocolFor(
  asked: string | object | undefined,
  transport: AnyTransport,
  { protocols }: Defaults,
): AnyProtocol {
  const wanted = asked ?? transport.defaultProtocol;
  const protocol = askedFor(wanted, protocols);
  const { name, carrier = 'bytes' } = protocol;
  if (carrier === (transport.carrier ?? 'bytes')) return protocol;
  const expected = `a protocol over ${transport.carrier ?? 'bytes'}, as ${transport.name} carries nothing else`;
  throw badConfig('protocol', name, expected);
}

/** The protocol of that name, or the protocol itself. Throws `ConfigError`. */
export function askedFor(asked: unknown, protocols: Defaults['protocols']): AnyProtocol {
  return typeof asked === 'string' ? protocolOf(asked, protocols) : having('open', 'protocol', asked);
}

function protocolOf(protocol: string, protocols: Defaults['protocols']): AnyProtocol {
  const known = Object.hasOwn(protocols, protocol) ? protocols[protocol] : undefined;
  if (known !== undefined) return known;
  const expected = `one of ${Object.keys(protocols).join(', ')}`;
  throw badConfig('protocol', protocol, expected);
}

export function badUrl(url: string, expected: string, path: string): ConfigError {
  return badConfig(path, redactUrl(String(url)), expected);
}
