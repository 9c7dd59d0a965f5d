/** The places of a spec with lists or functions, and the protocol that runs over their transports. */
import { badConfig } from '../base/errors.ts';
import { type AnyProtocol, type AnyTransport, type Defaults, protocolFor } from './place.ts';
import { type RoutePlace, schemePlaceOf } from './schemes.ts';
import type { AnySpec } from './spec.ts';

/** Shown until a function has said where to. */
export const NOWHERE = 'unresolved';

export function placesOf(
  url: string | readonly string[],
  asked: Parameters<typeof schemePlaceOf>[1],
  known: Defaults,
): readonly RoutePlace[] {
  if (!Array.isArray(url)) return [schemePlaceOf(url as string, asked, known, 'dial')];
  if (url.length === 0) {
    throw badConfig('url', url, 'at least one URL');
  }
  return url.map((each, index) => schemePlaceOf(each, asked, known, 'dial', `url.${index}`));
}

export function transportsOf(
  { transport, protocol }: AnySpec,
  places: readonly RoutePlace[],
  { transports }: Defaults,
): readonly AnyTransport[] {
  if (places.length > 0) return places.map((place) => place.transport);
  const candidates = transport === undefined ? transports : [transport];
  if (protocol === undefined && new Set(candidates.map((each) => each.defaultProtocol)).size !== 1) {
    const expected = 'a protocol, as url is a function and transports differ in their default';
    throw badConfig('protocol', protocol, expected);
  }
  return candidates;
}

/** The protocol that runs over all the transports, or over one of those that a function may choose from. */
export function protocolOver(
  transports: readonly AnyTransport[],
  { url }: AnySpec,
  asked: AnyProtocol | undefined,
  known: Defaults,
): AnyProtocol {
  if (typeof url !== 'function') {
    const [first, ...others] = transports as readonly [AnyTransport];
    const protocol = protocolFor(asked, first, known);
    for (const other of others) protocolFor(protocol, other, known);
    return protocol;
  }
  let problem: unknown = badConfig('transports', [], 'at least one');
  for (const transport of transports) {
    try {
      return protocolFor(asked, transport, known);
    } catch (error) {
      problem = error;
    }
  }
  throw problem;
}

export function fitting(place: RoutePlace, protocol: AnyProtocol, known: Defaults): RoutePlace {
  protocolFor(protocol, place.transport, known);
  return place;
}

export function addressOf(places: readonly RoutePlace[]): string {
  const [first] = places;
  if (first === undefined) return NOWHERE;
  return places.length === 1 ? first.url : JSON.stringify(places.map(({ url }) => url));
}
