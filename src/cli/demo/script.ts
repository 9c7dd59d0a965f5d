/** Which fault hits whom, and when: a new one every few seconds, never the same server twice in a row. */
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
import { type FaultKind, type FaultPlan, faults } from './faults.ts';
import type { Service } from './service.ts';

export interface Fault {
  readonly kind: FaultKind;
  readonly title: string;
  /** Ids of connections. */
  readonly victims: readonly string[];
}

const FIRST_MS = 1500;
const EVERY_MS = 2500;
/** No fault begins this shortly before the end: the slowest one, and the way back, take 4 s. */
const QUIET_MS = 5000;
const RETRY_MS = 100;

/** Emits each fault, then plays it. Unsubscribing leaves what is broken broken. */
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

function untilQuiet(forMs: number | undefined, clock: Clock): MonoTypeOperatorFunction<number> {
  return forMs === undefined ? identity : takeUntil(after(Math.max(0, forMs - QUIET_MS), clock));
}

/** Kinds and servers in turn. There are not as many of the one as of the other, so that all meet. */
function scene(turn: number, services: readonly Service[]): Scene {
  const kinds = Object.entries(faults) as [FaultKind, FaultPlan][];
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
  // Somebody may have taken the server's port meanwhile; whoever did will hardly keep it.
  const end = defer(async () => plan.end(service)).pipe(retry({ delay: () => after(RETRY_MS, clock) }));
  return concat(of({ kind, title, victims }), concat(begin, end).pipe(ignoreElements()));
}
