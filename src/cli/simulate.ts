/** `holdfast simulate`: the load on a server that comes back, when all its clients reconnect under a policy. */
import type { Command } from 'commander';
import { ConfigError, type ConfigProblem } from '../base/errors.ts';
import { seeded } from '../base/seeded.ts';
import { knownClients } from '../storm/known-clients.ts';
import { Storm } from '../storm/storm.ts';
import type { ExitCode, Io, Run } from './io.ts';
import { refuse } from './problems.ts';
import { replaceFile } from './replace-file.ts';
import { type Picture, type Plan, planOf, type SimulateFlags, unwritable } from './simulate/options.ts';
import { page } from './simulate/page.ts';
import { Progress } from './simulate/progress.ts';
import { asJson, asText } from './simulate/report.ts';
import type { Result, Results } from './simulate/results.ts';
import { svg } from './simulate/svg.ts';

const HELP = `
The model: all clients lose the server within 200 ms. It is down for --outage, then accepts one after the
other, --capacity a second, and lets --queue of them wait. An attempt while it is down or over the queue is
refused after 50 ms. Clients of one process share its gate, unless the policy has none.

Comparisons, each at its published defaults (the delay before attempt n, in ms):
${knownClients.map(({ name, formula }) => `  ${name.padEnd(12)}${formula}`).join('\n')}

Examples:
  $ holdfast simulate policy.json
  $ holdfast simulate policy.json --compare socket.io,phoenix,full-jitter --out storm.svg
  $ holdfast simulate policy.json --clients 5000 --processes 40 --outage 10m --capacity 150 --json

Exit status: 0, 1 when it was interrupted, 2 for bad usage or a bad policy.`;

export function addSimulate(program: Command, run: Run): void {
  program
    .command('simulate')
    .summary('simulate the reconnect storm of many clients')
    .description('Simulates many clients that lose one server, and shows how they come back under a policy.')
    .argument('<file>', 'the policy, as JSON')
    .option('--clients <n>', 'how many lose the server (default: 100000)')
    .option('--processes <n>', 'which share the clients evenly (default: 100)')
    .option('--outage <duration>', 'how long the server is down (default: 60s)')
    .option('--capacity <n>', 'connections it then accepts in a second (default: 2000)')
    .option('--queue <n>', 'clients that may wait to be accepted (default: 5000)')
    .option('--timeout <duration>', 'while down attempts are not refused, but end after this time')
    .option('--refusal-cost <percent>', 'of the cost of accepting (default: 0%)')
    .option('--compare <names>', 'beside other clients: names with commas between, as below')
    .option('--seed <n>', 'the same seed makes the same storm (default: 1)')
    .option('--out <file>', 'write a picture: .svg, or .html with the figures')
    .option('--json', 'write an array of figures (the default when stdout is no terminal)')
    .addHelpText('after', HELP)
    .action(run((io, file: string, flags: SimulateFlags) => simulate(io, file, flags)));
}

/** Throws `ConfigError`. */
export async function simulate(io: Io, file: string, flags: SimulateFlags): Promise<ExitCode> {
  const problems: ConfigProblem[] = [];
  const plan = planOf(file, flags, problems);
  refuse(problems);
  const rows = await simulated(io, plan);
  if (rows === undefined) return 1;
  const results = { setting: plan.setting, rows };
  if (plan.picture !== undefined) write(plan.picture, results);
  const wantsJson = flags.json === true || io.stdout.isTTY !== true;
  io.stdout.write(wantsJson ? asJson(rows) : asText(results, plan.picture?.file, io.stdout.columns));
  return 0;
}

/** Runs the storms one after the other; `undefined` when interrupted. */
async function simulated(io: Io, { setting, behaviors, seed }: Plan): Promise<Result[] | undefined> {
  const progress = new Progress(io, setting);
  const results: Result[] = [];
  try {
    for (const behavior of behaviors) {
      const storm = new Storm(setting, behavior, seeded(seed));
      while (storm.advance()) if (!(await progress.goOn(behavior.name, storm))) return undefined;
      results.push({ figures: storm.figures, course: storm.course });
    }
    return results;
  } finally {
    progress.end();
  }
}

/** Throws `ConfigError`. */
function write({ file, format }: Picture, results: Results): void {
  try {
    replaceFile(file, format === 'svg' ? svg(results) : page(results));
  } catch (error) {
    throw new ConfigError([unwritable(file, error)]);
  }
}
