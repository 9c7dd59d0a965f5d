/** `--exec` and its options: one program without a shell, checked before anything starts. */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { ConfigProblem } from '../../base/errors.ts';
import type { Io } from '../io.ts';
import { duration } from '../options.ts';
import type { Program } from './command.ts';

export interface ExecFlags {
  readonly exec?: string;
  readonly execArg?: readonly string[];
  readonly execOn?: string;
  readonly execTimeout?: string;
}

/** The program, and the changes that it runs for. */
export interface Exec extends Program {
  readonly on: ReadonlySet<string>;
}

export const EXEC_HELP = `
--exec runs one program without a shell, with the arguments of --exec-arg. The change is in its environment, as HOLDFAST_EVENT
(state, gave-up or left), HOLDFAST_ID, HOLDFAST_URL, HOLDFAST_TO, HOLDFAST_REASON and others, and as a line of JSON on its
standard input. Four run at once, those of one connection one after another. A failure is a warning, and ends nothing.`;

/** The states, and the two ends. */
const changes = ['connecting', 'alive', 'suspect', 'closing', 'closed', 'gave-up', 'left'];
const TIMEOUT_MS = 10_000;

export function addExecOptions(command: Command): Command {
  return command
    .optionsGroup('Commands:')
    .option('--exec <program>', 'run a program at each change of state, see below')
    .option('--exec-arg <text>', 'an argument of it; may be given several times', collect)
    .option('--exec-on <states>', `the changes to run it for, with commas between (default: ${changes})`)
    .option('--exec-timeout <duration>', 'time that each run has, until SIGTERM (default: 10s)')
    .optionsGroup('Options:');
}

const collect = (value: string, before: readonly string[] = []) => [...before, value];

/** Undefined without `--exec`. Adds problems; the result is meaningless then. */
export function execOf(flags: ExecFlags, env: Io['env'], problems: ConfigProblem[]): Exec | undefined {
  const timeoutMs = duration('--exec-timeout', flags.execTimeout, 1, problems) ?? TIMEOUT_MS;
  const on = changesOf(flags.execOn, problems);
  if (flags.exec === undefined) {
    checkAlone(flags, problems);
    return undefined;
  }
  const path = programIn(flags.exec, env);
  if (path === undefined) {
    const expected =
      'a program that may be executed: a path, or a name in PATH; arguments go into --exec-arg';
    problems.push({ path: '--exec', value: flags.exec, expected });
  }
  return { path: path ?? '', args: flags.execArg ?? [], timeoutMs, on };
}

function changesOf(text: string | undefined, problems: ConfigProblem[]): ReadonlySet<string> {
  const named = text?.split(',').map((name) => name.trim()) ?? changes;
  const unknown = named.find((name) => !changes.includes(name));
  if (unknown !== undefined)
    problems.push({ path: '--exec-on', value: unknown, expected: `one of ${changes.join(', ')}` });
  return new Set(named);
}

function checkAlone({ execArg, execOn, execTimeout }: ExecFlags, problems: ConfigProblem[]): void {
  const given = { '--exec-arg': execArg?.[0], '--exec-on': execOn, '--exec-timeout': execTimeout };
  for (const [path, value] of Object.entries(given))
    if (value !== undefined) problems.push({ path, value, expected: 'none without --exec' });
}

/** The path of a program; undefined for one that cannot be run. */
function programIn(name: string, env: Io['env']): string | undefined {
  if (process.platform === 'win32') return name === '' ? undefined : name;
  if (name.includes('/')) return isProgram(resolve(name)) ? resolve(name) : undefined;
  const folders = (env.PATH ?? '').split(delimiter).filter(Boolean);
  return name === '' ? undefined : folders.map((folder) => join(folder, name)).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
