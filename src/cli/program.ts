/** The command line as a function from arguments to exit code. Ends no process and never throws. */
import { Command, CommanderError } from 'commander';
import { ConfigError, describeProblem } from '../base/errors.ts';
import { buildFacts } from './build-facts.ts';
import { addChart } from './chart.ts';
import { addCheck } from './check.ts';
import { addCompletion } from './completion.ts';
import { addDemo } from './demo.ts';
import { environmentHelp } from './environment.ts';
import { addInspect } from './inspect.ts';
import type { ExitCode, Io, Run } from './io.ts';
import { withBareOptions } from './options.ts';
import { printable } from './printable.ts';
import { addProbe } from './probe.ts';
import { addProxy } from './proxy.ts';
import { addRecord } from './record.ts';
import { addReplay } from './replay.ts';
import { addSend } from './send.ts';
import { addServe } from './serve.ts';
import { addSimulate } from './simulate.ts';
import { addWatch } from './watch.ts';

const EXAMPLES = `
Examples:
  $ holdfast demo --for 20s
  $ holdfast serve tcp://127.0.0.1:7000
  $ echo hello | holdfast send tcp://127.0.0.1:7000
  $ holdfast watch tcp://127.0.0.1:7000 --json
  $ holdfast probe redis://127.0.0.1 --timeout 3s
  $ holdfast check policy.json
  $ holdfast help watch

Durations are 250ms, 10s, 2m or 1h.

Environment:`;

export async function holdfast(args: readonly string[], io: Io): Promise<ExitCode> {
  let code: ExitCode = 0;
  const run: Run =
    (command) =>
    async (...args) => {
      code = await command(io, ...args);
    };
  try {
    const program = programOf(io, run);
    await program.parseAsync(withBareOptions(program, args), { from: 'user' });
    return code;
  } catch (error) {
    return failed(error, io);
  }
}

/** The definitions of all commands, which completion and the manual page are made from. */
export function programOf({ stdout, stderr }: Pick<Io, 'stdout' | 'stderr'>, run: Run): Command {
  const program = new Command('holdfast')
    .description('Supervises long-lived connections: notices when they die, and brings them back.')
    .version(buildFacts(), '--version', 'show version, commit and platform')
    .addHelpText('after', `${EXAMPLES}\n${environmentHelp()}`)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(printable(text)),
    });
  const commands = [
    addWatch,
    addProbe,
    addSend,
    addServe,
    addProxy,
    addInspect,
    addRecord,
    addReplay,
    addDemo,
    addCheck,
    addSimulate,
    addChart,
    addCompletion,
  ];
  for (const add of commands) add(program, run);
  return program;
}

function failed(error: unknown, { stderr }: Io): ExitCode {
  // Commander has already printed the error; `--help` ends in an exception too.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof ConfigError) {
    for (const line of new Set(error.problems.map(describeProblem))) {
      stderr.write(`holdfast: ${printable(line)}\n`);
    }
    return 2;
  }
  stderr.write(printable(`holdfast: ${error instanceof Error ? error.stack : String(error)}\n`));
  return 1;
}
