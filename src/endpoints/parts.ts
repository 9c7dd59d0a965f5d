/** Parts of a supervisor that are handed in, so that a page loads those it uses. */
import { badConfig, HoldfastError } from '../base/errors.ts';
import type { ResolvePolicy } from '../config/merge.ts';
import type { Timekeeper } from '../time/timekeeper.ts';
import type { Offline } from './offline.ts';
import type { Defaults } from './place.ts';
import type { DialPlan } from './plan.ts';
import type { AnySpec } from './spec.ts';
import type { Turns } from './turns.ts';

/** Each part has one of these: `gates` the first, `routes` the second, and Node's supervisor the third. */
export interface EndpointPart {
  readonly turns?: (timekeeper: Timekeeper, offline: Offline, onDue: (key: string) => void) => Turns;
  readonly plan?: (spec: AnySpec, known: Defaults, random: () => number) => DialPlan;
  readonly declines?: Defaults['declines'];
}

/** Throws `ConfigError` for a policy that asks for the part `gates` or `hedging` where that was not handed in. */
export function checkedFor(
  { turns, hedging }: EndpointPart & { readonly hedging?: unknown },
  resolve: ResolvePolicy,
): ResolvePolicy {
  const check = (path: string, wanted: boolean | undefined, part: string, there: unknown) => {
    if (wanted === true && !there) throw badConfig(path, wanted, `false, or the part \`${part}\` of the supervisor`);
  };
  return (config, base) => {
    check('gate.enabled', config?.gate?.enabled, 'gates', turns);
    check('reconnect.hedge', config?.reconnect?.hedge, 'hedging', hedging);
    return resolve(config, base);
  };
}

/** The member of a part. Throws `HoldfastError` that names the part when it was not handed in. */
export function needed<Parts extends object, Name extends keyof Parts & string>(
  parts: Parts,
  name: Name,
  use: string,
): NonNullable<Parts[Name]> {
  const part = parts[name];
  if (part == null) throw needsPart(use, name);
  return part;
}

/** The error for a use of a part that was not handed in. */
export function needsPart(use: string, part: string): HoldfastError {
  return new HoldfastError('bad-config', `${use} needs the part \`${part}\` of the supervisor`);
}
