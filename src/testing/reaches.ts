/** Waits in virtual time until a connection reaches a state, and measures how long that took. */
import type { Connection } from '../actors/supervisor/handle.ts';
import type { ConnectionState } from '../machines/connection.ts';
import type { VirtualClock } from './clock.ts';

/**
 * Lets time pass until the connection is in `state`, at most `withinMs`. Resolves with the elapsed milliseconds;
 * rejects with an `Error` that lists the states it reached instead, with their times.
 */
export async function reaches(
  connection: Pick<Connection, 'id' | 'state' | 'state$'>,
  state: ConnectionState,
  clock: VirtualClock,
  withinMs: number,
): Promise<number> {
  const began = clock.scheduler.now();
  const elapsed = () => clock.scheduler.now() - began;
  const passed: string[] = [];
  const watch = connection.state$.subscribe((next) => passed.push(`${next} at ${elapsed()} ms`));
  const reached = await clock.until(() => connection.state === state, withinMs);
  watch.unsubscribe();
  if (reached) return elapsed();
  throw new Error(`${connection.id} is not ${state} within ${withinMs} ms: ${passed.join(', ')}`);
}
