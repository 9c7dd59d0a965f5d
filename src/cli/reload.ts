/** SIGHUP: the policy is read anew from its file. One that is not valid changes nothing. */
import type { Subscription } from 'rxjs';
import type { Supervisor } from '../actors/supervisor/supervisor.ts';
import { ConfigError, type ConfigProblem, describeProblem } from '../base/errors.ts';
import type { Io } from './io.ts';
import { type Flags, refuse, settingsOf } from './options.ts';
import type { Output } from './output.ts';

/** Without a file there is nothing to read, and SIGHUP ends the process as ever. */
export function reloading(
  io: Io,
  flags: Flags,
  supervisor: Supervisor,
  output: Output,
): Subscription | undefined {
  if (flags.config === undefined) return undefined;
  return io.reload$.subscribe(() => reload(flags, supervisor, output));
}

/** The supervisor says itself that it has another policy. */
function reload(flags: Flags, supervisor: Supervisor, output: Output): void {
  try {
    const problems: ConfigProblem[] = [];
    const { policy } = settingsOf(flags, problems);
    refuse(problems);
    supervisor.configure(policy);
    output.announce({ event: 'config-applied', file: flags.config }, 'the policy was read again');
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const problems = error.problems.map(describeProblem);
    output.announce(
      { event: 'config-refused', file: flags.config, problems },
      `the policy stays as it was: ${problems.join('; ')}`,
      'warn',
    );
  }
}
