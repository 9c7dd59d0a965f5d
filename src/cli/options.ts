/** The options that commands share. All their problems are reported at once, before anything starts. */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { parseDuration } from '../base/duration.ts';
import { ConfigError, type ConfigProblem } from '../base/errors.ts';
import type { PolicyConfig } from '../config/policy.ts';
import { inFile, policyOf } from './policy-file.ts';

/** The options as commander parses them. */
export interface Flags {
  readonly protocol?: string;
  readonly interval?: string;
  readonly config?: string;
  readonly for?: string;
  readonly json?: true;
  readonly inspect?: string;
  readonly inspectTokenEnv?: string;
}

export interface Settings {
  readonly policy: PolicyConfig;
  readonly protocol: string | undefined;
  readonly forMs: number | undefined;
  readonly json: boolean;
  /** The port of the inspector, 0 for any; undefined: no inspector. */
  readonly inspect: number | undefined;
  /** The name of the environment variable with the token of the inspector. */
  readonly inspectTokenEnv: string | undefined;
}

export const PROTOCOL =
  'raw, bytes, line, framed, websocket, the name of a protocol with URLs of its own, or a module that exports one';
const DURATION = 'a duration such as 250ms, 10s or 2m';

export function addConnectionOptions(command: Command): Command {
  return command
    .option('--protocol <name|path>', `${PROTOCOL} (default: by the URL; line over tcp)`)
    .option('--interval <duration>', 'time between heartbeats, such as 500ms or 10s (default: 10s)')
    .option('--config <file>', 'policy as JSON: see holdfast check');
}

export function addRunOptions(command: Command): Command {
  return command
    .option('--for <duration>', 'end after this time (default: run until Ctrl-C)')
    .option('--json', 'write NDJSON, a line per event (the default when stdout is no terminal)');
}

export function addInspectOption(command: Command): Command {
  return command
    .option(
      '--inspect [=port]',
      'serve a page on loopback that shows every connection (default: a free port)',
    )
    .option(
      '--inspect-token-env <name>',
      'environment variable with the token of that page (default: a new token)',
    );
}

/** Gives a bare `--inspect` a port, so that it does not take the next argument for one. */
export function withInspectPort(args: readonly string[]): string[] {
  return args.map((arg) => (arg === '--inspect' ? '--inspect=0' : arg));
}

/** Adds invalid options to `problems`; the result is meaningless then. */
export function settingsOf(flags: Flags, problems: ConfigProblem[]): Settings {
  const config = readPolicy(flags.config, problems);
  const interval = duration('--interval', flags.interval, 1, problems);
  const policy =
    interval === undefined ? config : { ...config, heartbeat: { ...config.heartbeat, interval } };
  return {
    policy,
    protocol: flags.protocol,
    forMs: duration('--for', flags.for, 0, problems),
    json: flags.json === true,
    inspect: port('--inspect', flags.inspect, problems),
    inspectTokenEnv: flags.inspectTokenEnv,
  };
}

/** Runs `code`, and adds the problems of a `ConfigError` that it throws. */
export function collecting<T>(problems: ConfigProblem[], code: () => T): T | undefined {
  try {
    return code();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(...error.problems);
    return undefined;
  }
}

export function refuse(problems: readonly ConfigProblem[]): void {
  if (problems.length > 0) throw new ConfigError(problems);
}

/** The content of the file that an option names. */
export function readOptionFile(path: string, file: string, problems: ConfigProblem[]): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    problems.push({ path, value: file, expected: `a readable file (${messageOf(error)})` });
    return undefined;
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The policy in a file; an empty one without a file. Adds its problems, with their lines. */
export function readPolicy(file: string | undefined, problems: ConfigProblem[]): PolicyConfig {
  const text = file === undefined ? undefined : readOptionFile('--config', file, problems);
  if (file === undefined || text === undefined) return {};
  const read = policyOf(text);
  if ('policy' in read) return read.config;
  problems.push(...read.map((problem) => inFile(file, problem)));
  return {};
}

function port(path: string, text: string | undefined, problems: ConfigProblem[]): number | undefined {
  if (text === undefined) return undefined;
  const number = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (number <= 65_535) return number;
  problems.push({ path, value: text, expected: 'a port from 0 to 65535' });
  return undefined;
}

/** Returns milliseconds. A number without a unit counts as milliseconds, as in the config. */
export function duration(path: string, text: string | undefined, least: number, problems: ConfigProblem[]) {
  if (text === undefined) return undefined;
  const ms = parseDuration(/^\d+$/.test(text) ? Number(text) : text);
  if (ms !== undefined && ms >= least) return ms;
  const expected = least === 0 ? DURATION : `${DURATION}, at least ${least}ms`;
  problems.push({ path, value: text, expected });
  return undefined;
}
