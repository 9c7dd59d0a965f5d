/** `holdfast serve`: an echo server that supervises its accepted connections. */
import type { Command } from 'commander';
import { Subscription } from 'rxjs';
import type { Connection } from '../actors/supervisor/handle.ts';
import type { ListeningSupervisor } from '../actors/supervisor/listening-supervisor.ts';
import { ConfigError, type ConfigProblem } from '../base/errors.ts';
import { redactUrl } from '../base/redact.ts';
import { createSupervisor } from '../presets/node.ts';
import { secured, served } from './certificate.ts';
import { endpointsOf, listenUrl } from './endpoints.ts';
import { inspection } from './inspection.ts';
import type { ExitCode, Io, Run } from './io.ts';
import { ending } from './lifetime.ts';
import { addMetricsOption, measuring } from './metrics.ts';
import { openOutput } from './open-output.ts';
import { addConnectionOptions, addInspectOption, addLineOptions, type Flags, settingsOf } from './options.ts';
import { messageOf, refuse } from './problems.ts';
import { reloading } from './reload.ts';
import { addReportOptions, type ReportFlags, reportingTo } from './reporting.ts';
import { rotating } from './rotate.ts';
import { type Accepting, acceptingOf } from './sessions/accepting.ts';

interface ServeFlags extends Flags, ReportFlags {
  readonly cert?: string;
  readonly key?: string;
  readonly sessions?: string;
}

const HELP = `
URLs: tcp://host:port, tls://host:port, unix:/path, ws://host:port/path, wss://host:port/path
Port 0 takes a free port; the line with "event":"listening" shows it.
SIGHUP reads --config again, for all connections, and --cert and --key for new ones; a file with mistakes
changes nothing.

Examples:
  $ holdfast serve tcp://127.0.0.1:7000
  $ holdfast serve tcp://127.0.0.1:0 ws://127.0.0.1:0/ --interval 1s
  $ holdfast serve wss://0.0.0.0:7443/ --cert server.pem --key server.key
  $ holdfast serve tcp://127.0.0.1:7000 --inspect
  $ holdfast serve ws://127.0.0.1:7000/ --sessions
  $ SESSIONS=redis://:password@10.0.0.7 holdfast serve ws://127.0.0.1:7000/ --sessions=env:SESSIONS

Exit status: 0 after --for or Ctrl-C, 1 when an address cannot be bound, 2 for bad usage.`;

export function addServe(program: Command, run: Run): void {
  const command = program
    .command('serve')
    .summary('run an echo server that supervises its connections')
    .description('Answers heartbeats, condemns silent peers, and sends every other message back.')
    .argument('<url...>', 'where to listen');
  addReportOptions(addMetricsOption(addInspectOption(addLineOptions(addConnectionOptions(command)))))
    .option('--cert <file>', 'certificate chain for tls and wss, PEM')
    .option('--key <file>', 'its private key, PEM')
    .option(
      '--sessions [=store]',
      'accept sessions over ws, wss or framed, and echo within them; kept in memory, or in redis://host[:port] (also env:NAME, file:PATH)',
    )
    .addHelpText('after', HELP)
    .action(run((io, urls: string[], flags: ServeFlags) => serve(io, urls, flags)));
}

/** Throws `ConfigError`, with nothing started. */
export async function serve(io: Io, urls: readonly string[], flags: ServeFlags): Promise<ExitCode> {
  const problems: ConfigProblem[] = [];
  const settings = settingsOf(flags, problems);
  const endpoints = await endpointsOf(urls, settings, 'accept', problems);
  refuse(problems);
  const transports = secured(endpoints.map(listenUrl), flags, served, problems);
  const sessions = await acceptingOf(endpoints, flags.sessions, io, problems);
  refuse(problems);
  const output = openOutput(io, settings.format, 'serve');
  const supervisor = createSupervisor({
    ...settings.policy,
    ...output.reporting,
    clock: io.clock,
    transports,
  });
  await inspection(supervisor, settings, io.env, output);
  await reportingTo(supervisor, 'serve', flags, io.env);
  const endMetrics = await measuring(supervisor, settings, output, { ids: false });
  output.follow(supervisor);
  const trouble = await listenAll(supervisor, sessions);
  const reloads = new Subscription();
  reloads.add(reloading(io, flags, supervisor, output));
  reloads.add(rotating(io, flags, served, supervisor.listeners, output));
  if (trouble === undefined) await ending(io, settings.forMs);
  reloads.unsubscribe();
  await supervisor.stop();
  await endMetrics();
  sessions.end();
  output.finish();
  if (trouble === undefined) return 0;
  if (trouble instanceof ConfigError) throw trouble;
  io.stderr.write(`holdfast: ${trouble}\n`);
  return 1;
}

/** Returns the first error; then the URLs before it listen and the others do not. */
async function listenAll(supervisor: ListeningSupervisor, { endpoints, inSessions, unfit }: Accepting) {
  for (const endpoint of endpoints) {
    const url = listenUrl(endpoint);
    try {
      await supervisor.listen({ ...endpoint, url, ...(!inSessions && { onConnection: echo }) });
    } catch (error) {
      const refusal = unfit(error);
      if (refusal !== undefined) return refusal;
      return `${redactUrl(endpoint.url)}: ${messageOf(error)}`;
    }
  }
  return undefined;
}

/** Reads the next message when the echo of the last has left, so that a slow reader loses nothing. */
async function echo(connection: Connection<unknown, unknown>): Promise<void> {
  for await (const message of connection) {
    await connection.send(message).catch(() => connection.close());
  }
}
