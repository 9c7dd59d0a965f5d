/** `holdfast replay`: opens a recording in the inspector's page, or prints it. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import type { Command } from 'commander';
import { ConfigError, type ConfigProblem } from '../base/errors.ts';
import { parseRecording } from '../inspect/recording.ts';
import type { Recording } from '../inspect/recording-format.ts';
import { serveRecording } from '../inspect/server.ts';
import { served } from './inspection.ts';
import type { ExitCode, Io, Run } from './io.ts';
import { ending } from './lifetime.ts';
import { addPageOptions, addRunOptions, type Flags, settingsOf } from './options.ts';
import { messageOf, refuse } from './problems.ts';
import { linesOf } from './replay/moves.ts';

type ReplayFlags = Pick<Flags, 'for' | 'json' | 'inspect' | 'inspectTokenEnv'>;

/** Problems of a file that are shown; the rest is counted. */
const SHOWN = 10;

const HELP = `
On a terminal, and with --inspect, it serves the inspector's page with the recording, and prints the URL. With --json, and where
standard output is no terminal, it prints a line of JSON for each move of a chart and each line of the log, by time.
FILE is a recording of holdfast record, of the page's export, or of recordingOf; - is standard input.

Examples:
  $ holdfast replay incident.json
  $ holdfast replay incident.json --json | jq -c 'select(.to == "suspect.silent")'
  $ ssh host cat incident.json | holdfast replay - --inspect=9000

Exit status: 0, also after Ctrl-C, or 2 for a file that is no recording and for bad usage.`;

export function addReplay(program: Command, run: Run): void {
  const command = program
    .command('replay')
    .summary('open a recording in the inspector, or print it')
    .description('Opens a recording in the inspector, or prints its moves.')
    .argument('<file>', 'the recording; - for standard input');
  addPageOptions(addRunOptions(command))
    .addHelpText('after', HELP)
    .action(run((io, file: string, flags: ReplayFlags) => replay(io, file, flags)));
}

/** Throws `ConfigError`. */
export async function replay(io: Io, file: string, flags: ReplayFlags): Promise<ExitCode> {
  const problems: ConfigProblem[] = [];
  const isTerminal = io.stdout.isTTY === true;
  const serves = flags.inspect !== undefined || (isTerminal && flags.json !== true);
  const settings = settingsOf({ ...flags, ...(serves && { inspect: flags.inspect ?? '0' }) }, problems);
  if (!serves && flags.for !== undefined)
    problems.push({ path: '--for', value: flags.for, expected: 'beside --inspect, where lines are printed' });
  refuse(problems);
  const content = await contentOf(file, io);
  if (content === undefined) return 0;
  const recording = parsed(content, file);
  if (!serves) return print(recording, io);
  const name = file === '-' ? 'standard input' : file;
  const inspector = await served(settings, io.env, (options) =>
    serveRecording({ name, json: content }, options),
  );
  const { url } = inspector;
  io.stdout.write(isTerminal && !settings.json ? `inspector: ${url}\n` : inspectorLine(url, io));
  await ending(io, settings.forMs);
  await inspector.close();
  return 0;
}

function inspectorLine(url: string, { clock }: Io): string {
  return `${JSON.stringify({ time: clock.wall(), level: 30, event: 'inspector', url })}\n`;
}

/** Without a byte order mark. Undefined when the command was ended while it read. */
async function contentOf(file: string, io: Io): Promise<string | undefined> {
  try {
    const bytes = file === '-' ? await inputOf(io) : readFileSync(file);
    return bytes && new TextDecoder().decode(bytes);
  } catch (error) {
    const expected = `a readable file (${messageOf(error)})`;
    throw new ConfigError([{ path: 'file', value: file, expected }]);
  }
}

/** All of standard input; undefined when the command was ended before. */
async function inputOf(io: Io): Promise<Uint8Array | undefined> {
  const all = buffer(io.stdin);
  if ((await ending(io, undefined, all)) === 'done') return await all;
  io.stdin.destroy();
  return undefined;
}

function parsed(content: string, file: string): Recording {
  try {
    return parseRecording(content);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { problems } = error;
    const shown = problems
      .slice(0, SHOWN)
      .map((problem) => ({ ...problem, path: `${file}: ${problem.path}` }));
    const rest = problems.length - shown.length;
    const more = { path: file, value: `${rest} more problems`, expected: 'a holdfast-recording' };
    throw new ConfigError(rest === 0 ? shown : [...shown, more]);
  }
}

/** Ends early at a signal, and when standard output has no reader any more. */
async function print(recording: Recording, { stdout, quit$ }: Io): Promise<ExitCode> {
  const { signal, abort } = abortable();
  const quitting = quit$.subscribe(abort);
  for (const line of linesOf(recording)) {
    if (signal.aborted) break;
    if (!stdout.write(`${JSON.stringify(line)}\n`)) await once(stdout, 'drain', { signal }).catch(() => {});
  }
  quitting.unsubscribe();
  return 0;
}

function abortable() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}
