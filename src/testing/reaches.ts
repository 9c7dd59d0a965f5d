/** Whether a connection gets where it should in time, and how long that took. */
import type { Connection } from '../actors/supervisor/handle.ts';
import type { ConnectionState } from '../machines/connection.ts';
import type { VirtualClock } from './clock.ts';

/**
 * Lets time pass until the connection is in that state, at most `withinMs`. Resolves with the milliseconds
 * that took; rejects with an `Error` that tells where it went instead, and when.
 */
export async function reaches(
  connection: Pick<Connection, 'id' | 'state' | 'state$'>,
  state: ConnectionState,
  clock: VirtualClock,
  withinMs: number,
): Promise<number> {
  const began = clock.scheduler.now();
  const elapsed = () => clock.scheduler.now() - began;
  const way: string[] = [];
  const watch = connection.state$.subscribe((next) => way.push(`${next} at ${elapsed()} ms`));
  const reached = await clock.until(() => connection.state === state, withinMs);
  watch.unsubscribe();
  if (reached) return elapsed();
  throw new Error(`${connection.id} is not ${state} within ${withinMs} ms: ${way.join(', ')}`);
}
