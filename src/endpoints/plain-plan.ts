/** The plan of a connection with one plain URL: what every page needs. */
import { defined } from '../base/defined.ts';
import { badConfig } from '../base/errors.ts';
import { type AnyProtocol, type Defaults, placeOf, protocolFor } from './place.ts';
import { DialPlan, policiesOf } from './plan.ts';
import { checkHeaders, checkProtocols, type Presentation, type Presented } from './providers.ts';
import type { AnySpec } from './spec.ts';

/** A spec without lists, functions and credentials. */
export type PlainSpec = AnySpec & Pick<Presented, 'headers' | 'protocols'> & { readonly url: string };

/** Throws `ConfigError`, with nothing started: also for what the part `routes` reads. */
export function plainPlanOf(spec: AnySpec, known: Defaults): DialPlan {
  const { url, headers, protocols, credentials } = spec;
  for (const [path, value] of Object.entries({ url, headers, protocols, credentials })) {
    if (typeof value !== 'function' && path !== 'credentials' && !(path === 'url' && Array.isArray(value)))
      continue;
    if (value === undefined) continue;
    const expected =
      'one value, as lists, functions and credentials need the part `routes` of the supervisor';
    throw badConfig(path, path === 'credentials' ? '***' : value, expected);
  }
  return planOfOne(spec as PlainSpec, known);
}

/** Throws `ConfigError`. */
export function planOfOne(spec: PlainSpec, known: Defaults): DialPlan {
  const { config, policy } = policiesOf(spec, known);
  if (spec.headers !== undefined) checkHeaders(spec.headers, 'headers');
  if (spec.protocols !== undefined) checkProtocols(spec.protocols, 'protocols');
  const place = placeOf(spec.url, spec.transport, known, 'dial');
  const protocol = protocolFor(spec.protocol, place.transport, known);
  assertCarried(spec, protocol);
  return new DialPlan({ ...place, protocol, config, policy }, extraOf(spec.headers, spec.protocols));
}

/** Throws `ConfigError` for parts of a dial that the protocol does not carry. */
export function assertCarried(
  asked: Presentation,
  { name, carrier, takesCredentials = true }: AnyProtocol,
): void {
  if (carrier === 'messages') return;
  for (const path of ['headers', 'protocols', 'credentials'] as const) {
    if (asked[path] === undefined || (path === 'credentials' && takesCredentials)) continue;
    const also = path === 'credentials' ? ', or a protocol with a handshake' : '';
    const expected = `none, as the protocol ${name} runs over bytes: only WebSockets carry them${also}`;
    throw badConfig(path, '***', expected);
  }
}

const nothingExtra = {};

function extraOf(headers: Presented['headers'], protocols: Presented['protocols']) {
  if (headers === undefined && protocols === undefined) return nothingExtra;
  return defined({ headers, protocols });
}
