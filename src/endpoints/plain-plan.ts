/** The plan of a connection with one plain URL: what every page needs. */
import { defined } from '../base/defined.ts';
import { badConfig } from '../base/errors.ts';
import { type Defaults, placeOf, protocolFor } from './place.ts';
import { DialPlan, policiesOf } from './plan.ts';
import { checkProtocols, type Presented } from './providers.ts';
import type { AnySpec } from './spec.ts';

/** A spec without lists, functions and credentials. */
export type PlainSpec = AnySpec & Pick<Presented, 'headers' | 'protocols'> & { readonly url: string | URL };

const expected =
  'one value, as lists, functions, headers and credentials need the part `routes` of the supervisor';

/** Throws `ConfigError`, with nothing started: also for what the part `routes` reads. */
export function plainPlanOf(spec: AnySpec, known: Defaults): DialPlan {
  const { url, headers, protocols, credentials } = spec;
  for (const [path, value] of Object.entries({ headers, credentials }))
    if (value !== undefined) throw badConfig(path, typeof value === 'function' ? value : '***', expected);
  for (const [path, value] of Object.entries({ url, protocols }))
    if (typeof value === 'function' || (path === 'url' && Array.isArray(value)))
      throw badConfig(path, value, expected);
  return planOfOne(spec as PlainSpec, known);
}

/** Headers have been checked. Throws `ConfigError`. */
export function planOfOne(spec: PlainSpec, known: Defaults): DialPlan {
  const { headers, protocols } = spec;
  const { config, policy } = policiesOf(spec, known);
  if (protocols !== undefined) checkProtocols(protocols, 'protocols');
  const place = placeOf(spec.url, spec.transport, known, 'dial');
  const protocol = protocolFor(spec.protocol, place.transport, known);
  return new DialPlan({ ...place, protocol, config, policy }, extraOf(headers, protocols));
}

const nothingExtra = {};

function extraOf(headers: Presented['headers'], protocols: Presented['protocols']) {
  if (headers === undefined && protocols === undefined) return nothingExtra;
  return defined({ headers, protocols });
}
