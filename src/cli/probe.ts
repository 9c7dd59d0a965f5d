/** `holdfast probe`: one connection and one line, for health checks and scripts. */
import type { Command } from 'commander';
import type { ConfigProblem } from '../base/errors.ts';
import { redactUrl } from '../base/redact.ts';
import type { PolicyConfig } from '../config/policy.ts';
import { addDialOptions, type DialFlags, SECRETS_HELP } from './dial/flags.ts';
import { dialledEndpoints } from './endpoints.ts';
import type { ExitCode, Io, Run } from './io.ts';
import { addConnectionOptions, duration, type Flags, settingsOf } from './options.ts';
import { lineOf } from './probe/finding.ts';
import { type Mark, marks, tried } from './probe/trial.ts';
import { refuse } from './problems.ts';
import { quietSupervisor } from './quiet.ts';

interface ProbeFlags extends Flags, DialFlags {
  readonly until?: string;
  readonly timeout?: string;
  readonly retry?: true;
}

const DEFAULT_TIMEOUT = '10s';
/** Milliseconds for the goodbye, which the answer does not wait for. */
const CLOSE_MS = 1000;

const HELP = `
Prints one line, such as
  alive tcp://127.0.0.1:7000 in 3 ms
  not alive wss://feed.example/v1: unauthorized (401) after 48 ms
A peer is alive when it has shown that it speaks the protocol: with the answer to a heartbeat, a log-in or an upgrade.

The URL is dialled once: --retry goes on as the policy says, until --timeout.

Examples:
  $ holdfast probe tcp://127.0.0.1:7000
  $ holdfast probe wss://feed.example/v1 --token-env FEED_TOKEN --until answered --timeout 3s
  $ holdfast probe redis://127.0.0.1 --retry --timeout 1m && ./start.sh
  $ holdfast probe mqtt://127.0.0.1 --for 30s --interval 1s --json

Exit status: 0 when the peer became alive, and stayed so for --for; 1 when it did not; 2 for bad usage.
${SECRETS_HELP}`;

export function addProbe(program: Command, run: Run): void {
  const command = program
    .command('probe')
    .summary('try one connection: alive or not, as an exit code')
    .description('Connects once, and says in one line and an exit code whether the peer is alive.')
    .argument('<url>', 'where to connect to');
  addDialOptions(
    addConnectionOptions(command)
      .option('--until <mark>', 'alive, or answered: a heartbeat of ours was answered, too (default: alive)')
      .option('--timeout <duration>', `time until then (default: ${DEFAULT_TIMEOUT})`)
      .option('--for <duration>', 'time that it has to stay alive from then on (default: none)')
      .option('--retry', 'dial again after a failure, as the policy says, until --timeout')
      .option('--json', 'write the line as JSON'),
  )
    .addHelpText('after', HELP)
    .action(run((io, url: string, flags: ProbeFlags) => probe(io, url, flags)));
}

/** Throws `ConfigError`, with nothing started. */
export async function probe(io: Io, url: string, flags: ProbeFlags): Promise<ExitCode> {
  const problems: ConfigProblem[] = [];
  const settings = settingsOf(flags, problems);
  const [endpoint] = await dialledEndpoints([url], settings, flags, io, problems);
  const timeoutMs = duration('--timeout', flags.timeout ?? DEFAULT_TIMEOUT, 1, problems) ?? 0;
  const until = markOf(flags.until, problems);
  refuse(problems);
  const supervisor = quietSupervisor(policyOf(settings.policy, flags.retry === true), io);
  const spec = { url, ...endpoint, id: redactUrl(url) };
  const finding = await tried(supervisor, spec, { until, timeoutMs, forMs: settings.forMs ?? 0 }, io);
  io.stdout.write(`${flags.json ? JSON.stringify(finding) : lineOf(finding)}\n`);
  await supervisor.stop();
  return finding.alive ? 0 : 1;
}

function markOf(text: string | undefined, problems: ConfigProblem[]): Mark {
  const mark = marks.find((each) => each === (text ?? 'alive'));
  if (mark === undefined)
    problems.push({ path: '--until', value: text, expected: `one of ${marks.join(', ')}` });
  return mark ?? 'alive';
}

function policyOf(policy: PolicyConfig, retry: boolean): PolicyConfig {
  const { reconnect, deadlines } = policy;
  return {
    ...policy,
    deadlines: { ...deadlines, close: CLOSE_MS },
    ...(!retry && { reconnect: { ...reconnect, maxAttempts: 0 } }),
  };
}
