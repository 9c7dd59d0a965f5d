/** How stalls of our own process are told from waits for another one. */
import type { Clock } from './clock.ts';

/** A timer this late, in milliseconds, speaks of our own stall rather than of the peer. */
export const LATE = 50;
/** How often in a row a late stage is excused. */
export const GRACES = 2;

/**
 * Calls `fn` after `ms`, once input that waits then was read. A timer that is late waits for another `ms`, twice at most.
 * The result cancels.
 */
export function patiently(clock: Clock, ms: number, fn: () => void, graces = GRACES): () => void {
  const { scheduler } = clock;
  const at = scheduler.now() + ms;
  let cancelled = false;
  let cancelNext = () => {};
  const timer = scheduler.schedule(() => {
    const late = scheduler.now() - at > LATE;
    clock.afterIo(() => {
      if (cancelled) return;
      if (late && graces > 0) cancelNext = patiently(clock, ms, fn, graces - 1);
      else fn();
    });
  }, ms);
  return () => {
    cancelled = true;
    timer.unsubscribe();
    cancelNext();
  };
}
