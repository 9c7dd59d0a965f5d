/** The values that specs of a supervisor's connections fall back to. */
import { mergePolicy } from '../../config/merge.ts';
import { defaultPolicy } from '../../config/policy.ts';
import { checkedFor, type EndpointPart } from '../../endpoints/parts.ts';
import type { Defaults } from '../../endpoints/place.ts';
import { policyPart } from '../../endpoints/plan.ts';
import type { SupervisorOptions } from './options.ts';

/** Throws `ConfigError`. */
export function knownBy(options: SupervisorOptions, parts: EndpointPart): Defaults {
  const { transports, protocols = {} } = options;
  const resolvePolicy = checkedFor(parts, options.resolvePolicy ?? mergePolicy);
  return {
    transports,
    protocols: Object.fromEntries(Object.entries(protocols).map(([name, make]) => [name, make()])),
    policy: resolvePolicy(policyPart(options), defaultPolicy),
    resolvePolicy,
  };
}
