/** `holdfast watch`: supervises connections to real endpoints, and shows their states. */
import type { Command } from 'commander';
import type { ConfigProblem } from '../base/errors.ts';
import { createSupervisor } from '../presets/node.ts';
import { addDialOptions, type DialFlags, SECRETS_HELP } from './dial/flags.ts';
import { dialledEndpoints, type Endpoint, idsOf } from './endpoints.ts';
import { inspection } from './inspection.ts';
import type { ExitCode, Io, Run } from './io.ts';
import { ending } from './lifetime.ts';
import { openOutput } from './open-output.ts';
import { addConnectionOptions, addInspectOption, addRunOptions, type Flags, settingsOf } from './options.ts';
import { refuse } from './problems.ts';
import { reloading } from './reload.ts';
import { inSession } from './sessions/endpoint.ts';

interface WatchFlags extends Flags, DialFlags {
  readonly session?: true;
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

Exit status: 0 after --for or Ctrl-C, 1 when every connection gave up, 2 for bad usage.
SIGHUP reads the policy of --config again, for all connections; a file with mistakes changes nothing.
${SECRETS_HELP}`;

export function addWatch(program: Command, run: Run): void {
  const command = program
    .command('watch')
    .summary('supervise connections to real endpoints')
    .description('Keeps a connection to each URL: notices when it dies, and brings it back.')
    .argument('<url...>', 'where to connect to');
  addDialOptions(addInspectOption(addRunOptions(addConnectionOptions(command))))
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
  const plain = await dialledEndpoints(urls, settings, flags, io, problems);
  refuse(problems);
  const endpoints = flags.session ? plain.map((endpoint) => sessionOf(endpoint, problems)) : plain;
  refuse(problems);
  const output = openOutput(io, settings.json, 'watch');
  const supervisor = createSupervisor({ ...settings.policy, ...output.reporting, clock: io.clock });
  await inspection(supervisor, settings, io.env, output);
  output.follow(supervisor);
  const ids = idsOf(urls);
  const connections = endpoints.map((endpoint, index) =>
    supervisor.connect({ ...endpoint, id: ids[index] ?? '' }),
  );
  const reloads = reloading(io, flags, supervisor, output);
  await ending(io, settings.forMs, Promise.all(connections.map(({ closed }) => closed)));
  reloads?.unsubscribe();
  await supervisor.stop();
  output.finish();
  return connections.every(({ status }) => status === 'gave-up') ? 1 : 0;
}

/** A handler takes what comes: a session without one fills its window. */
function sessionOf(endpoint: Endpoint, problems: ConfigProblem[]) {
  const onMessage = () => {};
  return { ...inSession(endpoint, { side: 'dial', option: '--session' }, {}, problems), onMessage };
}
