/** A list of faults of a test's network, each with its time. */
import { badConfig } from '../base/errors.ts';
import type { VirtualClock } from './clock.ts';

/** Milliseconds from now, and the function that causes the fault. */
export type Fault = readonly [atMs: number, happen: () => void];

/**
 * Schedules faults; faults of one time happen in the order of the list. Returns a function that cancels those that
 * have not happened. An error of a fault is thrown by the call that moves the clock.
 */
export function faults(clock: VirtualClock, list: readonly Fault[]): () => void {
  const isList = Array.isArray(list) && list.every((fault) => typeof fault?.[1] === 'function');
  if (!isList) throw badConfig('faults', list, 'a list of pairs, each of milliseconds and a function');
  const pending = list.map(([atMs, happen]) => clock.scheduler.schedule(() => happen(), atMs));
  return () => {
    for (const fault of pending) fault.unsubscribe();
  };
}
