/** The values that specs of a supervisor's connections fall back to. */
import { needed } from '../../base/needed.ts';
import { having } from '../../base/options.ts';
import { mergePolicy } from '../../config/merge.ts';
import { defaultPolicy } from '../../config/policy.ts';
import { checkedFor, type EndpointPart } from '../../endpoints/parts.ts';
import type { AnyProtocol, Defaults } from '../../endpoints/place.ts';
import { plainPlanOf } from '../../endpoints/plain-plan.ts';
import { type DialPlan, policyPart } from '../../endpoints/plan.ts';
import type { Recording, RecordingPort } from '../incarnation/recorder.ts';
import type { AnyConnectSpec, SupervisorOptions } from './options.ts';
import type { Part } from './parts.ts';

/** The plan of a connection that is dialled. Throws `ConfigError`, and where a part is missing. */
export function planFor(spec: AnyConnectSpec, parts: Part, known: Defaults, random: () => number): DialPlan {
  const { plan: planOf = plainPlanOf } = parts;
  const plan = planOf(spec, known, random);
  if (spec.lazy) {
    needed(parts, 'rests', 'lazy');
    plan.lazy = true;
  }
  if (spec.onOpen !== undefined) needed(parts, 'handshakes', 'onOpen').introduceWith(plan, spec.onOpen);
  return plan;
}

/** Throws `ConfigError`. */
function made(name: string, make: unknown): AnyProtocol {
  return having('open', `protocols.${name}`, typeof make === 'function' ? make() : make);
}

/** Throws `ConfigError`. */
export function knownBy(options: SupervisorOptions, parts: EndpointPart): Defaults {
  const { transports, protocols = {} } = options;
  for (const [at, transport] of transports.entries()) having('dial', `transports.${at}`, transport);
  const resolvePolicy = checkedFor(parts, options.resolvePolicy ?? mergePolicy);
  return {
    transports,
    protocols: Object.fromEntries(Object.entries(protocols).map(([name, make]) => [name, made(name, make)])),
    policy: resolvePolicy(policyPart(options), defaultPolicy),
    resolvePolicy,
    declines: parts.declines,
  };
}

/** Tells the recorder that was given; undefined without one. Throws `HoldfastError` when nothing here can. */
export function recordingWith(
  recorder: SupervisorOptions['recorder'],
  port: RecordingPort & { readonly parts: Part },
): Recording | undefined {
  return recorder
    ? needed({ ...recorder, ...port.parts }, 'recordings', 'a recorder')(recorder, port)
    : undefined;
}
