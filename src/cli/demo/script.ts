/** The schedule of faults: a new one every 2.5 s, never at the same server twice in a row. */
import {
  concat,
  defer,
  identity,
  ignoreElements,
  type MonoTypeOperatorFunction,
  map,
  mergeMap,
  type Observable,
  of,
  retry,
  takeUntil,
  timer,
} from 'rxjs';
import type { Clock } from '../../time/clock.ts';
import { after } from '../lifetime.ts';
import { type FaultKind, type FaultPlan, faults, type ScriptedKind } from './faults.ts';
import type { Service } from './service.ts';

export interface Fault {
  readonly kind: FaultKind;
  readonly title: string;
  /** Ids of connections. */
  readonly victims: readonly string[];
}

const FIRST_MS = 1500;
const EVERY_MS = 2500;
/** No fault begins in this time before the end: the slowest fault and its recovery take 4 s. */
const QUIET_MS = 5000;
export const RETRY_MS = 100;

/** Emits each fault, then plays it. Unsubscribing does not end a fault that has begun. */
export function script(
  services: readonly Service[],
  clock: Clock,
  forMs: number | undefined,
): Observable<Fault> {
  return timer(FIRST_MS, EVERY_MS, clock.scheduler).pipe(
    untilQuiet(forMs, clock),
    map((turn) => scene(turn, services)),
    mergeMap((it) => played(it, clock)),
  );
}

interface Scene extends Fault {
  readonly plan: FaultPlan;
  readonly service: Service;
}

export function untilQuiet(forMs: number | undefined, clock: Clock): MonoTypeOperatorFunction<number> {
  return forMs === undefined ? identity : takeUntil(after(Math.max(0, forMs - QUIET_MS), clock));
}

/** Kinds and servers in turn. Five kinds and four servers have no common divisor, so that all pairs occur. */
function scene(turn: number, services: readonly Service[]): Scene {
  const kinds = Object.entries(faults) as [ScriptedKind, FaultPlan][];
  const [kind, plan] = kinds[turn % kinds.length] ?? ['close', faults.close];
  const service = services[turn % services.length] as Service;
  const { ids } = service;
  const victims = plan.scope === 'service' ? ids : ids.slice(turn % ids.length).slice(0, 1);
  return { kind, title: plan.title, victims, plan, service };
}

function played({ kind, title, victims, plan, service }: Scene, clock: Clock): Observable<Fault> {
  const begin = defer(() => {
    plan.begin(service, victims[0] ?? '');
    return after(plan.lasts, clock);
  });
  // Another socket may hold the server's port for a moment: retry.
  const end = defer(async () => plan.end(service)).pipe(retry({ delay: () => after(RETRY_MS, clock) }));
  return concat(of({ kind, title, victims }), concat(begin, end).pipe(ignoreElements()));
}
