/** Parts of a supervisor that are handed in, so that a page loads those it uses. */
import { badConfig } from '../base/errors.ts';
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

/** Throws `ConfigError` for a policy that asks for a part where that was not handed in. */
export function checkedFor(
  {
    turns,
    hedging,
    timeLimits,
  }: EndpointPart & { readonly hedging?: unknown; readonly timeLimits?: unknown },
  resolve: ResolvePolicy,
): ResolvePolicy {
  const check = (path: string, wanted: unknown, there: unknown, else_: string) => {
    if (wanted && !there) throw badConfig(path, wanted, `${else_}\` of the supervisor`);
  };
  return (config, base) => {
    const { gate, reconnect, outbox } = config ?? {};
    check('gate.enabled', gate?.enabled === true, turns, 'false, or the part `gates');
    check('reconnect.hedge', reconnect?.hedge === true, hedging, 'false, or the part `hedging');
    check('outbox.age', outbox?.age, timeLimits, 'null, or the part `timeLimits');
    return resolve(config, base);
  };
}
