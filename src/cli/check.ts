/** `holdfast check`: validates a policy and reports its effects. Opens no connection. */
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import pc from 'picocolors';
import { ConfigError, type ConfigProblem } from '../base/errors.ts';
import { drawReport } from './check/page.ts';
import { modesOf, reportOf } from './check/report.ts';
import type { ExitCode, Io, Run } from './io.ts';
import { inFile } from './json-document.ts';
import { type Flags, PROTOCOL } from './options.ts';
import { policyOf } from './policy-file.ts';
import { collecting, messageOf, readOptionFile, refuse } from './problems.ts';
import { protocolNamed } from './protocols.ts';

const HELP = `
A policy is a JSON document, in which every key is optional: profile, heartbeat, deadlines, reconnect,
endpoints, gate, outbox; dial beside them has what the commands that dial present. Editors complete it with
"$schema": ".../holdfast/schema/command-line.schema.json".

Examples:
  $ holdfast check policy.json
  $ echo '{"profile":"lan"}' | holdfast check - --json
  $ holdfast check policy.json --protocol ./acme.js

Exit status: 0 for a valid policy, else 2, with a line for each mistake.`;

type CheckFlags = Pick<Flags, 'protocol' | 'json'>;

export function addCheck(program: Command, run: Run): void {
  program
    .command('check')
    .summary('validate a policy, and show its effects')
    .description('Validates a policy; shows its worst-case detection time and its retry schedule.')
    .argument('<file>', 'the policy; - reads standard input')
    .option('--protocol <name|path>', `checks it with this protocol, too: ${PROTOCOL}`)
    .option('--json', 'write the report as JSON, durations in milliseconds')
    .addHelpText('after', HELP)
    .action(run((io, file: string, flags: CheckFlags) => check(io, file, flags)));
}

/** Throws `ConfigError` with every mistake and its line. */
export async function check(io: Io, file: string, { json, protocol: asked }: CheckFlags): Promise<ExitCode> {
  const problems: ConfigProblem[] = [];
  const protocol = await protocolNamed(asked, 'dial', problems);
  const written = file === '-' ? await textOf(io) : readOptionFile('FILE', file, problems);
  refuse(problems);
  const read = policyOf(written ?? '');
  const name = file === '-' ? 'standard input' : file;
  if (!('policy' in read)) {
    if (json) writeJson(io, { valid: false, problems: read });
    throw new ConfigError(read.map((problem) => inFile(name, problem)));
  }
  const modes = protocol && collecting(problems, () => modesOf(protocol, read.policy));
  if (json && problems.length > 0) writeJson(io, { valid: false, problems });
  refuse(problems);
  const report = { ...reportOf(read.config, read.policy), ...(modes !== undefined && { protocol: modes }) };
  const colors = io.stdout.isTTY === true && pc.isColorSupported;
  if (json) writeJson(io, { valid: true, ...report });
  else io.stdout.write(`${drawReport(name, report, colors)}\n`);
  return 0;
}

function writeJson({ stdout }: Io, value: object): void {
  stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
}

/** Reads standard input to its end; `quit$` ends it early. */
async function textOf({ stdin, quit$ }: Io): Promise<string> {
  const quitting = quit$.subscribe(() => stdin.destroy());
  try {
    return await text(stdin);
  } catch (error) {
    const expected = `a policy on standard input (${messageOf(error)})`;
    throw new ConfigError([{ path: 'FILE', value: '-', expected }]);
  } finally {
    quitting.unsubscribe();
  }
}
