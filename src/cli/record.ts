/** `holdfast record`: supervises connections as `watch` does, and writes what happened to them as a recording. */
import type { Command } from 'commander';
import { Subscription } from 'rxjs';
import type { ConfigProblem } from '../base/errors.ts';
import { Capture } from '../inspect/capture.ts';
import { createSupervisor } from '../presets/node.ts';
import { addDialOptions, SECRETS_HELP } from './dial/flags.ts';
import { inspection } from './inspection.ts';
import type { ExitCode, Io, Run } from './io.ts';
import { ending } from './lifetime.ts';
import { openOutput } from './open-output.ts';
import { addConnectionOptions, addInspectOption, addLineOptions, type Flags, settingsOf } from './options.ts';
import { refuse } from './problems.ts';
import { checkRecordingFile, Saver } from './record/saver.ts';
import { reloading } from './reload.ts';
import { addReportOptions, type ReportFlags, reportingTo } from './reporting.ts';
import { Fleet } from './watch/fleet.ts';
import { membersOf, type TargetFlags } from './watch/members.ts';
import { relisting } from './watch/relist.ts';

type RecordFlags = Flags & TargetFlags & ReportFlags;

/** Bytes of JSON that are kept; the newest. */
const MOST_BYTES = 64 << 20;

const HELP = `
FILE is written at the end, and while the command runs a second after a connection was condemned or gave up; each time as a
whole, so that it is never half a recording. It has each move with its cause, the round trips, the suspicions and the log, of
which the newest 64 MiB are kept, and no message and no secret. A file that is no recording is not replaced.

Examples:
  $ holdfast record incident.json wss://feed.example/v1 --for 1h
  $ holdfast record incident.json --targets targets.json
  $ holdfast replay incident.json

Exit status: 0 after --for or Ctrl-C, 1 when every connection gave up or FILE could not be written, 2 for bad usage.
${SECRETS_HELP}`;

export function addRecord(program: Command, run: Run): void {
  const command = program
    .command('record')
    .summary('supervise connections, and write what happens to a file')
    .description('Keeps a connection to each URL as watch does, and writes a recording for holdfast replay.')
    .argument('<file>', 'the recording')
    .argument('[url...]', 'where to connect to')
    .option('--targets <file>', 'a list of endpoints as JSON, which SIGHUP reads again');
  addDialOptions(addReportOptions(addInspectOption(addLineOptions(addConnectionOptions(command)))))
    .addHelpText('after', HELP)
    .action(run((io, file: string, urls: string[], flags: RecordFlags) => record(io, file, urls, flags)));
}

/** Throws `ConfigError`, with nothing started and nothing written. */
export async function record(
  io: Io,
  file: string,
  urls: readonly string[],
  flags: RecordFlags,
): Promise<ExitCode> {
  const problems: ConfigProblem[] = [];
  const settings = settingsOf(flags, problems);
  checkRecordingFile(file, problems);
  const members = await membersOf(urls, settings, flags, io, problems);
  refuse(problems);
  const output = openOutput(io, settings.format, 'record', { ranked: flags.targets !== undefined });
  const supervisor = createSupervisor({ ...settings.policy, ...output.reporting, clock: io.clock });
  const fleet = new Fleet(supervisor, { dialling: () => {} });
  const capture = new Capture(supervisor, MOST_BYTES, ({ id }) => fleet.labelsOf(id));
  const saver = new Saver(file, capture, output, io.clock);
  await inspection(supervisor, settings, io.env, output, ({ id }) => fleet.labelsOf(id));
  await reportingTo(supervisor, 'record', flags, io.env, ({ id }) => fleet.labelsOf(id));
  if (flags.targets !== undefined) output.label((id) => fleet.labelsOf(id));
  output.follow(supervisor);
  const following = new Subscription();
  following.add(saver.follow(supervisor));
  await fleet.follow(members);
  following.add(reloading(io, flags, supervisor, output));
  following.add(relisting(io, urls, flags, fleet, output));
  await ending(io, settings.forMs, fleet.over());
  following.unsubscribe();
  const { connections } = fleet;
  const saved = saver.save('last');
  capture.stop();
  await supervisor.stop();
  output.finish();
  return saved && connections.some(({ status }) => status !== 'gave-up') ? 0 : 1;
}
