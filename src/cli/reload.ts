/** SIGHUP reads the policy file again. An invalid policy changes nothing. */
import type { Subscription } from 'rxjs';
import type { Supervisor } from '../actors/supervisor/supervisor.ts';
import { ConfigError, type ConfigProblem, describeProblem } from '../base/errors.ts';
import type { Io } from './io.ts';
import { type Flags, settingsOf } from './options.ts';
import type { Output } from './output.ts';
import { refuse } from './problems.ts';

/** SIGHUP is not handled without `--config`: it ends the process, as is its default. */
export function reloading(
  io: Io,
  flags: Flags,
  supervisor: Supervisor,
  output: Output,
): Subscription | undefined {
  if (flags.config === undefined) return undefined;
  return io.reload$.subscribe(() => reload(flags, supervisor, output));
}

/** Applies the file; the supervisor itself logs its change of policy. */
function reload(flags: Flags, supervisor: Supervisor, output: Output): void {
  try {
    const problems: ConfigProblem[] = [];
    const { policy } = settingsOf(flags, problems);
    refuse(problems);
    supervisor.configure(policy);
    output.announce(
      { event: 'config-applied', file: flags.config },
      `the policy in ${flags.config} was read again`,
    );
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const problems = error.problems.map(describeProblem);
    output.announce(
      { event: 'config-refused', file: flags.config, problems },
      `the policy was not changed: ${problems.join('; ')}`,
      'warn',
    );
  }
}
