/** The changes of a supervisor's connections, for the command of `--exec`. */
import type { LifecycleEvent } from '../../actors/supervisor/events.ts';
import type { Supervisor } from '../../actors/supervisor/supervisor.ts';
import type { Io } from '../io.ts';
import type { Labels, Output } from '../output.ts';
import type { Exec } from './flags.ts';
import { Runner } from './runner.ts';
import { type Change, toldOf } from './told.ts';

/** Call it before the first `connect`. Await `end` when the supervisor has stopped. */
export function executing(
  exec: Exec,
  supervisor: Supervisor,
  labelsOf: (id: string) => Labels | undefined,
  { clock, env }: Pick<Io, 'clock' | 'env'>,
  output: Output,
): Runner {
  const runner = new Runner(exec, clock, output);
  supervisor.events$.subscribe((event) => {
    const change = changeIn(event);
    if (change === undefined || !exec.on.has(nameOf(change))) return;
    const { connection } = change;
    const [wall, labels] = [clock.wall(), labelsOf(connection)];
    const told = () => toldOf(change, wall, labels, env);
    runner.add({ connection, change: nameOf(change), told });
  });
  return runner;
}

function changeIn(event: LifecycleEvent): Change | undefined {
  return event.event === 'state' || event.event === 'gave-up' || event.event === 'left' ? event : undefined;
}

function nameOf(change: Change): string {
  return change.event === 'state' ? change.to : change.event;
}
