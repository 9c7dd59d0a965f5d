/** Faults at their times: what happens to the network of a test, as a list. */
import type { VirtualClock } from './clock.ts';

/** Milliseconds from now, and what happens then. */
export type Fault = readonly [atMs: number, happen: () => void];

/**
 * Schedules faults; the order of the list decides between those at one time. Returns what takes back those
 * that have not happened. What one throws comes out of the call that moves the clock.
 */
export function faults(clock: VirtualClock, list: readonly Fault[]): () => void {
  const pending = list.map(([atMs, happen]) => clock.scheduler.schedule(() => happen(), atMs));
  return () => {
    for (const fault of pending) fault.unsubscribe();
  };
}
