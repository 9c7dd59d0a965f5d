/** URLs with the scheme of a protocol, such as `redis:`, and what is dialled in their place. */

import { badConfig } from '../base/errors.ts';
import { redactUrl } from '../base/redact.ts';
import { urlOf } from '../base/url.ts';
import { userOf } from '../base/url-user.ts';
import type { Credentials, Protocol, SchemeRule } from '../ports/protocol.ts';
import type { Side, Target } from '../ports/transport.ts';
import {
  type AnyProtocol,
  type AnyTransport,
  askedFor,
  badUrl,
  type Defaults,
  keyOf,
  type Place,
  placeOf,
} from './place.ts';

type Schemes = Protocol['schemes'];

/** Undefined for a scheme of a transport. */
export function schemeRule({ protocol }: URL, schemes: Schemes): SchemeRule | undefined {
  const scheme = protocol.slice(0, -1);
  return schemes !== undefined && Object.hasOwn(schemes, scheme) ? schemes[scheme] : undefined;
}

/** The URL that is dialled. User and password go to the handshake, and a path means nothing to a stream of bytes. */
export function dialledUrl(text: string, schemes: Schemes): URL {
  const url = new URL(text);
  const rule = schemeRule(url, schemes);
  if (rule === undefined) return url;
  const { hostname, pathname, search } = url;
  const port = url.port || rule.port;
  const place = /^wss?$/.test(rule.over) ? pathname + search : '';
  return new URL(`${rule.over}://${hostname}${port === undefined ? '' : `:${port}`}${place}`);
}

/** The target with the subprotocols of its scheme before its own. */
export function schemeTarget<T extends Omit<Target, 'url'>>(text: string, schemes: Schemes, target: T): T {
  const rule = schemes && schemeRule(new URL(text), schemes);
  if (rule?.subprotocols === undefined) return target;
  return { ...target, protocols: [...new Set([...rule.subprotocols, ...(target.protocols ?? [])])] };
}

/** User and password of a URL whose scheme the protocol brings. */
export function credentialsOf(text: string, schemes: Schemes): Credentials | undefined {
  const url = new URL(text);
  const handshake = schemeRule(url, schemes) && userOf(url);
  return handshake && { handshake };
}

/** The protocol that was asked for, or the one whose scheme the URL has, or one of several; undefined: the transport's default. */
export function askedProtocol(
  asked: string | object | undefined,
  url: unknown,
  { protocols }: Defaults,
): AnyProtocol | undefined {
  if (asked !== undefined) return askedFor(asked, protocols);
  const urls: readonly unknown[] = Array.isArray(url) ? url : [url];
  return Object.values(protocols).find(({ schemes }) => urls.some((each) => hasScheme(each, schemes)));
}

/** Whether the protocol brings the scheme of a URL. */
export function hasScheme(url: unknown, schemes: Schemes): boolean {
  const asked = typeof url === 'string' ? urlOf(url) : undefined;
  return asked !== undefined && schemeRule(asked, schemes) !== undefined;
}

/** One of several places. */
export interface RoutePlace extends Place {
  /** Credentials redacted. */
  readonly redactedUrl: string;
  readonly endpointKey: string;
}

/** The place of a URL that may have the scheme of a protocol. Throws `ConfigError`. */
export function schemePlaceOf(
  text: string,
  {
    transport,
    protocol,
  }: { readonly transport?: AnyTransport | undefined; readonly protocol: AnyProtocol | undefined },
  known: Defaults,
  side: Side,
  path = 'url',
): RoutePlace {
  const schemes = protocol?.schemes;
  if (hasScheme(text, schemes) && new URL(text).hostname === '') {
    throw badConfig(path, redactUrl(text), 'a URL with a host, such as redis://host');
  }
  const place = placeOf(text, transport, known, side, path, (given) => dialledFor(given, schemes, path));
  return { ...place, redactedUrl: redactUrl(text), endpointKey: keyOf(dialledUrl(text, schemes)) };
}

/** A host that one scheme permits may be none of another: the URL that is dialled is checked like the URL as given. */
function dialledFor(text: string, schemes: Schemes, path: string): URL {
  try {
    return dialledUrl(text, schemes);
  } catch {
    throw badUrl(text, 'a host that can be dialled', path);
  }
}
