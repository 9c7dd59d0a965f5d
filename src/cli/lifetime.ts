/** The end of a command: after `--for`, at a signal, or when its work is done. */
import { firstValueFrom, from, map, merge, NEVER, Observable } from 'rxjs';
import type { Clock } from '../time/clock.ts';
import { Timekeeper } from '../time/timekeeper.ts';
import type { Io } from './io.ts';

export type Ending = 'elapsed' | 'quit' | 'done';

/** Resolves with the first that happens. Without `forMs` there is no time limit. */
export function ending(io: Io, forMs: number | undefined, done?: Promise<unknown>): Promise<Ending> {
  return firstValueFrom(
    merge(
      (forMs === undefined ? NEVER : after(forMs, io.clock)).pipe(map(() => 'elapsed' as const)),
      io.quit$.pipe(map(() => 'quit' as const)),
      (done === undefined ? NEVER : from(done)).pipe(map(() => 'done' as const)),
    ),
  );
}

/** Emits once, after `ms`. RxJS's own `timer` fires at once for more than 24.8 days (2^31 ms). */
export function after(ms: number, clock: Clock): Observable<void> {
  return new Observable((subscriber) => {
    const timekeeper = new Timekeeper(clock);
    const due = () => {
      subscriber.next();
      subscriber.complete();
    };
    const at = timekeeper.now() + ms;
    const alarm = { at, slot: -1, ring: due };
    timekeeper.set(alarm, at);
    return () => timekeeper.clear(alarm);
  });
}
