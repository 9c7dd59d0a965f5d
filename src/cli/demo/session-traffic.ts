/** The messages that the demo sends in a session, through restarts of its server, and their account. */
import {
  concat,
  defer,
  filter,
  firstValueFrom,
  ignoreElements,
  interval,
  merge,
  mergeMap,
  type Observable,
  of,
  retry,
  Subscription,
  timer,
} from 'rxjs';
import type { SessionEvent } from '../../actors/supervisor/events.ts';
import type { Supervisor } from '../../actors/supervisor/supervisor.ts';
import { framed } from '../../protocols/framed.ts';
import { session } from '../../sessions/both.ts';
import type { Clock } from '../../time/clock.ts';
import { after } from '../lifetime.ts';
import { RESTART } from './faults.ts';
import { type Fault, RETRY_MS, untilQuiet } from './script.ts';
import type { SessionService } from './session-service.ts';

const EVERY_MS = 100;
/** Between two looks whether all messages are acknowledged. */
const LOOK_MS = 20;
/** Half way between two faults of the script; for `--for 20s` there are two restarts. */
const FIRST_MS = 2750;
const BETWEEN_MS = 10_000;
/** A server reads nothing for the first time, and is gone for the second one. */
const FROZEN_MS = 300;
const DOWN_MS = 1000;

/** Counts of messages, and of the sockets that took their place. */
export interface SessionAccount {
  readonly restarts: number;
  readonly resumed: number;
  readonly sent: number;
  /** Handled once at least. */
  readonly handled: number;
  readonly repeated: number;
  readonly lost: number;
  /** Left again, as a socket had lost them. */
  readonly replayed: number;
}

export class SessionTraffic {
  readonly #service: SessionService;
  readonly #clock: Clock;
  readonly #sending = new Subscription();
  #sent = 0;
  #confirmed = 0;
  #restarts = 0;
  #resumed = 0;
  #replayed = 0;

  constructor(service: SessionService, clock: Clock) {
    this.#service = service;
    this.#clock = clock;
  }

  /** Connects, and sends a message every 100 ms. */
  start(supervisor: Supervisor) {
    const { id, url } = this.#service;
    const connection = supervisor.connect({ id, url, protocol: session(framed()) });
    supervisor.events$
      .pipe(filter((event) => event.event === 'session'))
      .subscribe((event) => this.#observe(event));
    const send = async () => {
      const receipt = await connection.send(`message ${++this.#sent}`);
      if ((await receipt.confirmed) === 'confirmed') this.#confirmed++;
    };
    // A message that is not sent is lost, and counted as such.
    this.#sending.add(interval(EVERY_MS, this.#clock.scheduler).subscribe(() => void send().catch(() => {})));
    return connection;
  }

  /** Plays restarts, and emits each as it begins. Unsubscribing does not end one that has begun. */
  restarts(forMs: number | undefined): Observable<Fault> {
    return timer(FIRST_MS, BETWEEN_MS, this.#clock.scheduler).pipe(
      untilQuiet(forMs, this.#clock),
      mergeMap(() => this.#restart()),
    );
  }

  /** Sends nothing more, and waits until all is handled, for a while. */
  async account(forMs: number): Promise<SessionAccount> {
    this.#sending.unsubscribe();
    const { scheduler } = this.#clock;
    const handled$ = interval(LOOK_MS, scheduler).pipe(filter(() => this.#confirmed === this.#sent));
    await firstValueFrom(merge(handled$, after(forMs, this.#clock)));
    const { handled, repeated } = this.#service;
    return {
      restarts: this.#restarts,
      resumed: this.#resumed,
      sent: this.#sent,
      handled: handled.size,
      repeated,
      lost: this.#sent - handled.size,
      replayed: this.#replayed,
    };
  }

  #restart(): Observable<Fault> {
    const fault: Fault = { kind: 'restart', title: RESTART, victims: [this.#service.id] };
    const freeze = defer(() => {
      this.#restarts++;
      this.#service.freeze();
      return after(FROZEN_MS, this.#clock);
    });
    const kill = defer(() => {
      this.#service.down();
      return after(DOWN_MS, this.#clock);
    });
    const up = defer(() => this.#service.up()).pipe(retry({ delay: () => after(RETRY_MS, this.#clock) }));
    return concat(of(fault), concat(freeze, kill, up).pipe(ignoreElements()));
  }

  #observe({ to, resumed = false, replayed = 0 }: SessionEvent): void {
    if (to !== 'attached') return;
    this.#resumed += Number(resumed);
    this.#replayed += replayed;
  }
}
