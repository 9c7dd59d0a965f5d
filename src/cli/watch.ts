/** `holdfast watch`: supervises connections to real endpoints, and shows their states. */
import type { Command } from 'commander';
import { Subscription } from 'rxjs';
import type { Supervisor } from '../actors/supervisor/supervisor.ts';
import type { ConfigProblem } from '../base/errors.ts';
import { createSupervisor } from '../presets/node.ts';
import { addDialOptions, SECRETS_HELP } from './dial/flags.ts';
import { executing } from './exec/changes.ts';
import { addExecOptions, EXEC_HELP, type ExecFlags, execOf } from './exec/flags.ts';
import { inspection } from './inspection.ts';
import type { ExitCode, Io, Run } from './io.ts';
import { ending } from './lifetime.ts';
import { addMetricsOption, measuring } from './metrics.ts';
import { openOutput } from './open-output.ts';
import { addConnectionOptions, addInspectOption, addLineOptions, type Flags, settingsOf } from './options.ts';
import type { Output } from './output.ts';
import { refuse } from './problems.ts';
import { reloading } from './reload.ts';
import { addReportOptions, type ReportFlags, reportingTo } from './reporting.ts';
import { Messages } from './verbose/messages.ts';
import { Account, type Entry } from './watch/account.ts';
import { Fleet } from './watch/fleet.ts';
import { membersOf, type TargetFlags } from './watch/members.ts';
import { relisting } from './watch/relist.ts';
import { drawSummary } from './watch/summary.ts';

interface WatchFlags extends Flags, TargetFlags, ExecFlags, ReportFlags {
  readonly verbose?: true;
}

const HELP = `
URLs: tcp://host:port, tls://host:port, unix:/path, ws://host[:port]/path, wss://host[:port]/path, and those of
a protocol, with [user:password@]host[:port]:
  redis, rediss, mqtt, mqtts, nats, stomp, stomps, amqp, amqps,
  ws+graphql, wss+graphql, ws+socketio, wss+socketio, ws+phoenix (the path of the socket), wss+phoenix

Examples:
  $ holdfast watch tcp://127.0.0.1:7000
  $ holdfast watch wss://feed.example/v1 --interval 5s --inspect
  $ holdfast watch tcp://127.0.0.1:7000 --protocol framed --config policy.json --for 1m --json
  $ holdfast watch wss://feed.example/v1 --token-env FEED_TOKEN --ca ca.pem --cert client.pem --key client.key
  $ holdfast watch wss://feed.example/v1 --session
  $ HOLDFAST_PASSWORD=$(cat secret) holdfast watch redis://10.0.0.7 mqtt://sensor@10.0.0.8
  $ holdfast watch acme://10.0.0.9 --protocol ./acme.js
  $ holdfast watch --targets targets.json --config policy.json --metrics=9464
  $ holdfast watch wss://feed.example/v1 --exec ./alert.sh --exec-arg '#oncall' --exec-on suspect,gave-up

A target is { "id": "feed-1", "url": "wss://feed.example/v1", "protocol": "./acme.js", "policy": {}, "labels": {}, "dial": {} }, of
which only url is needed. At the end each target has a line with its uptime, outages and exits.

Exit status: 0 after --for or Ctrl-C, 1 when every connection gave up, 2 for bad usage.
SIGHUP reads the policy of --config again, for all connections, and --targets: what is new is dialled, what is gone is
closed, and the rest stays. A file with mistakes changes nothing.
${EXEC_HELP}
${SECRETS_HELP}`;

export function addWatch(program: Command, run: Run): void {
  const command = program
    .command('watch')
    .summary('supervise connections to real endpoints')
    .description('Keeps a connection to each URL: notices when it dies, and brings it back.')
    .argument('[url...]', 'where to connect to')
    .option('--targets <file>', 'a list of endpoints as JSON, which SIGHUP reads again')
    .option('-v, --verbose', 'show the messages that come in: their beginnings, at most 100 a second');
  addExecOptions(
    addDialOptions(
      addReportOptions(addMetricsOption(addInspectOption(addLineOptions(addConnectionOptions(command))))),
    ),
  )
    .option(
      '--session',
      'hold a session over ws, wss or framed, which goes on over sockets: see docs/sessions.md',
    )
    .addHelpText('after', HELP)
    .action(run((io, urls: string[], flags: WatchFlags) => watch(io, urls, flags)));
}

/** Throws `ConfigError`, with nothing started. */
export async function watch(io: Io, urls: readonly string[], flags: WatchFlags): Promise<ExitCode> {
  const problems: ConfigProblem[] = [];
  const settings = settingsOf(flags, problems);
  const members = await membersOf(urls, settings, flags, io, problems);
  const exec = execOf(flags, io.env, problems);
  refuse(problems);
  const output = openOutput(io, settings.format, 'watch', { ranked: flags.targets !== undefined });
  const supervisor = createSupervisor({ ...settings.policy, ...output.reporting, clock: io.clock });
  const account = accounting(supervisor, io);
  const messages = flags.verbose ? new Messages(output, io.clock) : undefined;
  const fleet = new Fleet(supervisor, {
    dialling: (id) => account.expect(id, io.clock.scheduler.now()),
    onMessage: messages?.show,
  });
  await inspection(supervisor, settings, io.env, output, ({ id }) => fleet.labelsOf(id));
  await reportingTo(supervisor, 'watch', flags, io.env, ({ id }) => fleet.labelsOf(id));
  const endMetrics = await measuring(supervisor, settings, output, { ids: true });
  const runner = exec && executing(exec, supervisor, (id) => fleet.labelsOf(id), io, output);
  if (flags.targets !== undefined) output.label((id) => fleet.labelsOf(id));
  output.follow(supervisor);
  await fleet.follow(members);
  const reloads = new Subscription();
  reloads.add(reloading(io, flags, supervisor, output));
  reloads.add(relisting(io, urls, flags, fleet, output));
  await ending(io, settings.forMs, fleet.over());
  reloads.unsubscribe();
  const { connections } = fleet;
  summarize(account.entries(io.clock.scheduler.now()), output, flags.targets !== undefined);
  await supervisor.stop();
  await endMetrics();
  await runner?.end();
  messages?.end();
  output.finish();
  return connections.every(({ status }) => status === 'gave-up') ? 1 : 0;
}

function accounting(supervisor: Supervisor, { clock }: Io): Account {
  const account = new Account();
  supervisor.events$.subscribe((event) => account.observe(event, clock.scheduler.now()));
  supervisor.samples$.subscribe((sample) => account.sample(sample));
  return account;
}

/** `lines`: an entry is a line of JSON, too. */
function summarize(entries: readonly Entry[], output: Output, lines: boolean): void {
  const fields = entries.map((entry) => ({ event: 'summary', ...entry }));
  output.conclude(lines ? fields : [], drawSummary(entries));
}
