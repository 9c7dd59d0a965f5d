/** `holdfast proxy`: a supervised leg to an upstream behind a local address, for programs in any language. */
import type { Command } from 'commander';
import { Subscription } from 'rxjs';
import type { ListeningSupervisor } from '../actors/supervisor/listening-supervisor.ts';
import type { ConfigProblem } from '../base/errors.ts';
import { createSupervisor } from '../presets/node.ts';
import { addDialOptions, SECRETS_HELP } from './dial/flags.ts';
import { inspection } from './inspection.ts';
import type { ExitCode, Io, Run } from './io.ts';
import { ending } from './lifetime.ts';
import { addMetricsOption, measuring } from './metrics.ts';
import { openOutput } from './open-output.ts';
import { addInspectOption, addLineOptions, configOption, settingsOf } from './options.ts';
import { messageOf, refuse } from './problems.ts';
import { listenCertificate, type ProxyFlags } from './proxy/flags.ts';
import { type Plan, planOf } from './proxy/plan.ts';
import { Relays } from './proxy/relays.ts';
import { Visits } from './proxy/visits.ts';
import { reloading } from './reload.ts';
import { addReportOptions, type ReportFlags, reportingTo } from './reporting.ts';
import { rotating } from './rotate.ts';

const HELP = `
URLs: tcp://host:port, tls://host:port, unix:/path, ws://host[:port]/path, wss://host[:port]/path
Each client has an upstream connection of its own. Port 0 takes a free port; the line with "event":"listening" shows it.

  client     upstream   default    passes
  stream     stream     bytes      bytes, as they come
  stream     WebSocket  line       each line as a text message, and back
  WebSocket  stream     line       each message as a line, and back
  WebSocket  WebSocket  websocket  messages, text as text and bytes as bytes
A stream is tcp, tls or unix. --protocol bytes between a stream and a WebSocket passes chunks as binary messages.

Examples:
  $ holdfast proxy tcp://127.0.0.1:7000 wss://feed.example/v1
  $ holdfast proxy unix:/run/db.sock tls://db.example:5433 --ca ca.pem
  $ holdfast proxy tcp://127.0.0.1:7000 tcp://10.0.0.9:7000 --protocol line --on-loss hold
  A tunnel that survives cuts between its ends: near the clients, and near the server
  $ holdfast proxy tcp://127.0.0.1:7000 wss://relay.example/tunnel --session --token-env TUNNEL
  $ holdfast proxy wss://0.0.0.0/tunnel tcp://127.0.0.1:9000 --session --listen-token-env TUNNEL \\
      --listen-cert relay.pem --listen-key relay.key

Exit status: 0 after --for or Ctrl-C, 1 when the address cannot be bound, 2 for bad usage.
SIGHUP reads --config again, for all connections, and --listen-cert and --listen-key for new ones; a file with mistakes
changes nothing.
${SECRETS_HELP}`;

export function addProxy(program: Command, run: Run): void {
  const command = program
    .command('proxy')
    .summary('put a supervised connection behind a local address')
    .description('Accepts clients, and connects each of them to the upstream.')
    .argument('<listen-url>', 'where clients connect to')
    .argument('<upstream-url>', 'what they are connected to')
    .option('--protocol <name>', 'bytes, line or websocket (default: by the URLs, see below)')
    .option('--on-loss <close|hold>', 'whether a client is closed or kept when its upstream is lost', 'close')
    .option('--session [=side]', 'the listen or upstream side is a tunnel (default: the WebSocket)')
    .option('--interval <duration>', 'time between heartbeats, such as 500ms or 10s (default: 10s)')
    .addOption(configOption());
  addListenOptions(
    addDialOptions(addReportOptions(addMetricsOption(addInspectOption(addLineOptions(command))))),
  )
    .addHelpText('after', HELP)
    .action(
      run((io, listenUrl: string, upstreamUrl: string, flags: ProxyFlags & ReportFlags) =>
        proxy(io, [listenUrl, upstreamUrl], flags),
      ),
    );
}

function addListenOptions(command: Command): Command {
  return command
    .optionsGroup('Clients:')
    .option('--max-connections <count>', 'clients at the same time (default: no limit)')
    .option('--max-per-address <count>', 'clients of one IP address at the same time (default: no limit)')
    .option('--listen-cert <file>', 'certificate chain to listen with, for tls and wss, PEM')
    .option('--listen-key <file>', 'its private key, PEM')
    .option('--listen-token-env <name>', 'environment variable with the token of a tunnel’s clients')
    .option('--keep-for <duration>', 'how long a tunnel is kept without a socket (default: 2m)')
    .option('--plaintext', 'accept tunnels without token and TLS from other machines')
    .optionsGroup('Options:');
}

/** Throws `ConfigError`, with nothing started. */
export async function proxy(
  io: Io,
  urls: readonly [string, string],
  flags: ProxyFlags & ReportFlags,
): Promise<ExitCode> {
  const problems: ConfigProblem[] = [];
  const settings = settingsOf(flags, problems);
  const plan = await planOf(urls, settings, flags, io, problems);
  refuse(problems);
  const output = openOutput(io, settings.format, 'proxy', { forgets: true });
  const visits = new Visits(io.clock);
  const logger = visits.logger(output.reporting.logger);
  const supervisor = createSupervisor({
    ...settings.policy,
    ...output.reporting,
    logger,
    clock: io.clock,
  });
  await inspection(supervisor, settings, io.env, output);
  await reportingTo(supervisor, 'proxy', flags, io.env);
  const endMetrics = await measuring(supervisor, settings, output, { ids: false });
  output.follow(supervisor);
  const relays = new Relays(supervisor, plan, output, visits);
  const trouble = await listening(supervisor, plan, relays);
  const reloads = new Subscription();
  reloads.add(reloading(io, flags, supervisor, output));
  reloads.add(rotating(io, ...listenCertificate(flags), supervisor.listeners, output));
  if (trouble === undefined) await ending(io, settings.forMs);
  reloads.unsubscribe();
  relays.abort();
  await supervisor.stop();
  await endMetrics();
  output.finish();
  if (trouble === undefined) return 0;
  io.stderr.write(`holdfast: ${trouble}\n`);
  return 1;
}

/** The error of an address that cannot be had. */
async function listening(supervisor: ListeningSupervisor, { listen }: Plan, relays: Relays) {
  try {
    await supervisor.listen(listen.spec(relays));
    return undefined;
  } catch (error) {
    return `${listen.url}: ${messageOf(error)}`;
  }
}
