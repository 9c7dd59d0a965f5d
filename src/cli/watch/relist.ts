/** SIGHUP reads the file of `--targets` again. A file with mistakes changes nothing. */
import { concatMap, type Subscription } from 'rxjs';
import { ConfigError, type ConfigProblem, describeProblem } from '../../base/errors.ts';
import type { Io } from '../io.ts';
import { type Flags, settingsOf } from '../options.ts';
import type { Output } from '../output.ts';
import { refuse } from '../problems.ts';
import type { Fleet } from './fleet.ts';
import { membersOf, type TargetFlags } from './members.ts';

/** Undefined without a file: SIGHUP is left to others. */
export function relisting(
  io: Io,
  urls: readonly string[],
  flags: Flags & TargetFlags,
  fleet: Fleet,
  output: Output,
): Subscription | undefined {
  const { targets: file } = flags;
  if (file === undefined) return undefined;
  return io.reload$.pipe(concatMap(() => relist(io, urls, flags, fleet, output))).subscribe();
}

async function relist(
  io: Io,
  urls: readonly string[],
  flags: Flags & TargetFlags,
  fleet: Fleet,
  output: Output,
): Promise<void> {
  const { targets: file } = flags;
  try {
    const problems: ConfigProblem[] = [];
    const members = await membersOf(urls, settingsOf(flags, problems), flags, io, problems);
    refuse(problems);
    const changes = await fleet.follow(members);
    const told = Object.entries(changes).map(([what, count]) => `${count} ${what}`);
    output.announce(
      { event: 'targets-applied', file, ...changes },
      `${file} was read again: ${told.join(', ')}`,
    );
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const problems = error.problems.map(describeProblem);
    const sentence = `${file} was not applied: ${problems.join('; ')}`;
    output.announce({ event: 'targets-refused', file, problems }, sentence, 'warn');
  }
}
