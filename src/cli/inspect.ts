/** `holdfast inspect`: one inspector for many processes and web pages, which report to it. */
import type { Command } from 'commander';
import { badConfig, ConfigError, type ConfigProblem } from '../base/errors.ts';
import { isOrigin, ORIGIN, TOKEN } from '../inspect/access.ts';
import { REPORT_VARIABLE } from '../inspect/process-reporter.ts';
import { createInspector, type Inspector } from '../inspect/server.ts';
import type { ExitCode, Io, Run } from './io.ts';
import { ending } from './lifetime.ts';
import { addRunOptions, duration, port } from './options.ts';
import { messageOf, refuse } from './problems.ts';

interface InspectFlags {
  readonly listen?: string;
  readonly origin?: readonly string[];
  readonly tokenEnv?: string;
  readonly reportTokenEnv?: string;
  readonly for?: string;
  readonly json?: true;
}

/** Processes and pages that report at once. */
const MOST = 64;

const HELP = `
Processes report with reportTo(supervisor) of holdfast/inspect and the printed URL in ${REPORT_VARIABLE}, which watch, serve, proxy, record and
demo read, too; web pages with reportTo of holdfast/inspect/page. The inspector dials nobody. A process that says nothing for 3.5 s is
shown as stopped, with what it was last. It listens on loopback; from another machine: ssh -R 9000:127.0.0.1:9000.

Both URLs have a token, a new one at each start. With --listen and both variables they stay the same.

Examples:
  $ holdfast inspect
  $ PAGE=$(cat page.token) REPORTS=$(cat reports.token) holdfast inspect --listen 9000 --token-env PAGE --report-token-env REPORTS
  $ ${REPORT_VARIABLE}='ws://127.0.0.1:9000/report?token=…' node feed.js
  $ holdfast inspect --origin https://shop.example

Exit status: 0 after --for or Ctrl-C, 2 for bad usage and a port that is taken.`;

export function addInspect(program: Command, run: Run): void {
  const command = program
    .command('inspect')
    .summary('show the connections of many processes and pages, which report to it')
    .description(
      'Serves the inspector’s page with the connections of all processes and web pages that report.',
    )
    .option('--listen <port>', 'the port to listen on, of loopback (default: a free port)')
    .option('--origin <origin>', 'a web site whose pages may report; may be given several times', append)
    .option('--token-env <name>', 'environment variable with the token of the page (default: a new token)')
    .option(
      '--report-token-env <name>',
      'environment variable with the token of reports (default: a new one)',
    );
  addRunOptions(command)
    .addHelpText('after', HELP)
    .action(run((io, flags: InspectFlags) => inspect(io, flags)));
}

/** Throws `ConfigError`, with nothing started. */
export async function inspect(io: Io, flags: InspectFlags): Promise<ExitCode> {
  const problems: ConfigProblem[] = [];
  const listen = port('--listen', flags.listen, problems);
  const forMs = duration('--for', flags.for, 0, problems);
  for (const origin of flags.origin ?? [])
    if (!isOrigin(origin)) problems.push({ path: '--origin', value: origin, expected: ORIGIN });
  refuse(problems);
  const inspector = await started(flags, listen ?? 0, io.env);
  tell(inspector, flags, io);
  await ending(io, forMs);
  await inspector.close();
  return 0;
}

async function started(
  { origin: origins = [], tokenEnv, reportTokenEnv }: InspectFlags,
  listen: number,
  env: Io['env'],
): Promise<Inspector> {
  const own = tokenEnv === undefined ? {} : { token: env[tokenEnv] ?? '' };
  const ofReports = reportTokenEnv === undefined ? {} : { token: env[reportTokenEnv] ?? '' };
  try {
    return await createInspector(undefined, {
      port: listen,
      ...own,
      reports: { origins, max: MOST, ...ofReports },
    });
  } catch (error) {
    if (!(error instanceof ConfigError))
      throw badConfig('--listen', listen, `a free port (${messageOf(error)})`);
    // Variables are named, and their values not shown.
    const names: Readonly<Record<string, readonly [string, string | undefined]>> = {
      token: ['--token-env', tokenEnv],
      'reports.token': ['--report-token-env', reportTokenEnv],
    };
    throw new ConfigError(
      error.problems.map((problem) => {
        const [path, value] = names[problem.path] ?? [];
        return path === undefined
          ? problem
          : { path, value, expected: `a variable whose value has ${TOKEN}` };
      }),
    );
  }
}

function tell({ url, reportUrl }: Inspector, { json }: InspectFlags, { stdout, clock }: Io): void {
  const fields = { time: clock.wall(), level: 30, event: 'inspector', url, reportUrl };
  const text = `inspector: ${url}\nreports:   ${REPORT_VARIABLE}='${reportUrl}'\nCtrl-C to end\n`;
  stdout.write(json === true || stdout.isTTY !== true ? `${JSON.stringify(fields)}\n` : text);
}

function append(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
