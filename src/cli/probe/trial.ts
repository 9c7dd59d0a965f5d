/** The trial of a connection, which ends when it was alive for long enough, or was not. */
import {
  catchError,
  distinctUntilChanged,
  EMPTY,
  filter,
  firstValueFrom,
  from,
  map,
  merge,
  type Observable,
  of,
  ReplaySubject,
  switchMap,
} from 'rxjs';
import type { LifecycleEvent } from '../../actors/supervisor/events.ts';
import type { Connection } from '../../actors/supervisor/handle.ts';
import type { Supervisor } from '../../actors/supervisor/supervisor.ts';
import { defined } from '../../base/defined.ts';
import { isHoldfastError } from '../../base/errors.ts';
import type { AnySpec } from '../../endpoints/spec.ts';
import type { Io } from '../io.ts';
import { after } from '../lifetime.ts';
import type { Finding } from './finding.ts';

export const marks = ['alive', 'answered'] as const;
export type Mark = (typeof marks)[number];

/** Times in milliseconds. */
interface Wanted {
  readonly until: Mark;
  readonly timeoutMs: number;
  /** Time that it has to stay alive once it has reached the mark; 0: none. */
  readonly forMs: number;
}

/** The reason of a failure, as events name it. */
type Reason = Pick<Finding, 'reason' | 'code' | 'detail'>;
type Ended = LifecycleEvent & Reason & { readonly event: 'state' | 'gave-up' | 'left' };

/** Dials, and resolves with the answer. The connection is left to its supervisor. */
export async function tried(supervisor: Supervisor, spec: AnySpec, wanted: Wanted, io: Io): Promise<Finding> {
  const trial = new Trial(supervisor, spec, io);
  const failure = await trial.until(wanted);
  if (failure !== undefined) return failure;
  return wanted.forMs === 0 ? trial.found() : trial.held(wanted.forMs);
}

class Trial {
  readonly #io: Io;
  readonly #ends$: Observable<Ended>;
  readonly #connection: Connection;
  readonly #began: number;
  readonly #interrupted$: Observable<Finding>;
  #last: Ended | undefined;
  #afterMs = 0;

  constructor(supervisor: Supervisor, spec: AnySpec, io: Io) {
    this.#io = io;
    this.#ends$ = endsOf(supervisor);
    this.#ends$.subscribe((end) => (this.#last = end));
    this.#began = io.clock.scheduler.now();
    this.#connection = supervisor.connect(spec);
    this.#interrupted$ = io.quit$.pipe(map(() => this.#failed({ reason: 'interrupted' })));
  }

  /** Resolves with a failure, or with nothing once the mark was reached. */
  async until({ until, timeoutMs }: Wanted): Promise<Finding | undefined> {
    const connection = this.#connection;
    const reached$ = reached(connection, until).pipe(map((trouble) => trouble && this.#failed(trouble)));
    const over$ = this.#ends$.pipe(filter(({ event }) => event !== 'state'));
    const late$ = after(timeoutMs, this.#io.clock).pipe(map(() => lateness(connection, this.#last)));
    const failed$ = merge(over$, late$).pipe(map((reason) => this.#failed(reason)));
    const failure = await firstValueFrom(merge(reached$, failed$, this.#interrupted$));
    this.#afterMs = this.#elapsed();
    return failure;
  }

  /** Resolves when the incarnation ended, or was alive for long enough. A suspicion at that time is waited out. */
  held(forMs: number): Promise<Finding> {
    const alive$ = this.#connection.state$.pipe(filter((state) => state === 'alive'));
    const held$ = after(forMs, this.#io.clock).pipe(
      switchMap(() => alive$),
      map(() => ({ ...this.found(), heldMs: this.#held() })),
    );
    const lost$ = this.#ends$.pipe(
      filter(({ event }) => event === 'state'),
      map((end) => ({ ...this.#failed(end), heldMs: this.#held() })),
    );
    return firstValueFrom(merge(held$, lost$, this.#interrupted$));
  }

  found(): Finding {
    const { url, rtt } = this.#connection;
    return { url, alive: true, afterMs: this.#afterMs, ...(rtt && { rttMs: tenths(rtt.smoothed) }) };
  }

  #failed({ reason = 'left', code, detail }: Reason): Finding {
    const { url } = this.#connection;
    return { url, alive: false, afterMs: this.#elapsed(), reason, ...defined({ code, detail }) };
  }

  #elapsed(): number {
    return tenths(this.#io.clock.scheduler.now() - this.#began);
  }

  #held(): number {
    return tenths(this.#elapsed() - this.#afterMs);
  }
}

function tenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}

/** Ends of incarnations, and of the connection: the last of each kind again for late subscribers. */
function endsOf(supervisor: Supervisor): Observable<Ended> {
  const ends$ = new ReplaySubject<Ended>(2);
  supervisor.events$.pipe(filter((event): event is Ended => isEnd(event))).subscribe(ends$);
  return ends$;
}

function isEnd(event: LifecycleEvent): boolean {
  return (
    event.event === 'gave-up' || event.event === 'left' || (event.event === 'state' && event.to === 'closed')
  );
}

/** Emits once it has reached the mark; with a reason when it never can. */
function reached(connection: Connection, until: Mark): Observable<Reason | undefined> {
  return connection.state$.pipe(
    map((state) => state === 'alive' || state === 'suspect'),
    distinctUntilChanged(),
    filter(Boolean),
    switchMap(() => (until === 'alive' ? of(undefined) : answered(connection))),
  );
}

function answered(connection: Connection): Observable<Reason | undefined> {
  return from(connection.probe()).pipe(
    map(() => undefined),
    catchError((error: unknown) => {
      const detail = 'its protocol has no heartbeat that is answered';
      if (isHoldfastError(error) && error.code === 'bad-config') return of({ reason: 'unanswered', detail });
      // The end of the incarnation says why.
      return EMPTY;
    }),
  );
}

function lateness({ peer, state }: Connection, last: Reason | undefined): Reason {
  const detail =
    state === 'alive' || state === 'suspect'
      ? 'the heartbeat had no answer'
      : peer === undefined
        ? 'no socket opened'
        : 'a socket opened, and the peer did not show that it is alive';
  const before = last === undefined ? '' : `; the last attempt: ${last.reason}`;
  return { reason: 'timeout', detail: detail + before };
}
