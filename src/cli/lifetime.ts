/** How long a command runs: for a time, until somebody asks it to end, or until its work is over. */
import { firstValueFrom, from, map, merge, NEVER, Observable } from 'rxjs';
import type { Clock } from '../time/clock.ts';
import { Timekeeper } from '../time/timekeeper.ts';
import type { Io } from './io.ts';

export type Ending = 'elapsed' | 'quit' | 'over';

/** Resolves with what came first. Without `forMs` no time is too long. */
export function ending(io: Io, forMs: number | undefined, over?: Promise<unknown>): Promise<Ending> {
  return firstValueFrom(
    merge(
      (forMs === undefined ? NEVER : after(forMs, io.clock)).pipe(map(() => 'elapsed' as const)),
      io.quit$.pipe(map(() => 'quit' as const)),
      (over === undefined ? NEVER : from(over)).pipe(map(() => 'over' as const)),
    ),
  );
}

/** Emits once, after `ms`. RxJS's own `timer` fires at once for more than 24 days. */
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
