/** The options that commands share. All their problems are reported at once, before anything starts. */
import { type Command, Option } from 'commander';
import { parseDuration } from '../base/duration.ts';
import type { ConfigProblem } from '../base/errors.ts';
import type { PolicyConfig } from '../config/policy.ts';
import type { DialSection } from './dial/section.ts';
import { inFile } from './json-document.ts';
import { addFormatOption, type Format, formatOf } from './lines/format.ts';
import { policyOf } from './policy-file.ts';
import { readOptionFile } from './problems.ts';

/** The options as commander parses them. */
export interface Flags {
  readonly protocol?: string;
  readonly interval?: string;
  readonly config?: string;
  readonly for?: string;
  readonly json?: true;
  readonly format?: string;
  readonly inspect?: string;
  readonly inspectTokenEnv?: string;
  readonly inspectActions?: true;
  readonly metrics?: string;
}

export interface Settings {
  readonly policy: PolicyConfig;
  /** The part `dial` of the configuration. */
  readonly dial: DialSection | undefined;
  /** The file of `policy` and `dial`. */
  readonly config: string | undefined;
  readonly protocol: string | undefined;
  readonly forMs: number | undefined;
  readonly json: boolean;
  /** The format of lines; undefined: by what standard output is. */
  readonly format: Format | undefined;
  /** The port of the inspector, 0 for any; undefined: no inspector. */
  readonly inspect: number | undefined;
  /** The name of the environment variable with the token of the inspector. */
  readonly inspectTokenEnv: string | undefined;
  /** Whether that page may act on connections. */
  readonly inspectActions: boolean;
  /** The port of the metrics, 0 for any; undefined: none. */
  readonly metrics: number | undefined;
}

export const PROTOCOL =
  'raw, bytes, line, framed, websocket, the name of a protocol with URLs of its own, or a module that exports one';
const DURATION = 'a duration such as 250ms, 10s or 2m';

/** Its value may come from the environment. */
export function configOption(): Option {
  return new Option('--config <file>', 'policy as JSON: see holdfast check').env('HOLDFAST_CONFIG');
}

export function addConnectionOptions(command: Command): Command {
  return command
    .option('--protocol <name|path>', `${PROTOCOL} (default: by the URL; line over tcp)`)
    .option('--interval <duration>', 'time between heartbeats, such as 500ms or 10s (default: 10s)')
    .addOption(configOption());
}

export function addRunOptions(command: Command): Command {
  return command
    .option('--for <duration>', 'end after this time (default: run until Ctrl-C)')
    .option('--json', 'write NDJSON, a line per event (the default when stdout is no terminal)');
}

/** Those of commands that print a line for each event. */
export function addLineOptions(command: Command): Command {
  return addFormatOption(addRunOptions(command));
}

export function addInspectOption(command: Command): Command {
  return addPageOptions(command).option(
    '--inspect-actions',
    'let that page probe, reconnect and close connections',
  );
}

/** Those of a page without connections, too. */
export function addPageOptions(command: Command): Command {
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

/** The values of options that need none. */
const bare: ReadonlyMap<string, string> = new Map([
  ['--inspect', '--inspect=0'],
  ['--metrics', '--metrics=0'],
  ['--sessions', '--sessions=memory'],
]);
/** Values that options have in one command alone: `watch --session` has none. */
const bareOf: Readonly<Record<string, ReadonlyMap<string, string>>> = {
  proxy: new Map([...bare, ['--session', '--session=auto']]),
};

/** Gives bare options of the command their values, so that they do not take the next argument for one. */
export function withBareOptions(program: Command, args: readonly string[]): string[] {
  const command = program.commands.find((each) => each.name() === args[0]);
  const known = new Set(command?.options.map(({ long }) => long));
  const values = bareOf[args[0] ?? ''] ?? bare;
  return args.map((arg) => (known.has(arg) ? (values.get(arg) ?? arg) : arg));
}

/** Adds invalid options to `problems`; the result is meaningless then. */
export function settingsOf(flags: Flags, problems: ConfigProblem[]): Settings {
  if (flags.inspectActions && flags.inspect === undefined)
    problems.push({ path: '--inspect-actions', value: true, expected: 'beside --inspect' });
  if (flags.inspectTokenEnv !== undefined && flags.inspect === undefined)
    problems.push({
      path: '--inspect-token-env',
      value: flags.inspectTokenEnv,
      expected: 'beside --inspect',
    });
  const { policy: config, dial } = readConfig(flags.config, problems);
  const interval = duration('--interval', flags.interval, 1, problems);
  const policy =
    interval === undefined ? config : { ...config, heartbeat: { ...config.heartbeat, interval } };
  return {
    policy,
    dial,
    config: flags.config,
    protocol: flags.protocol,
    forMs: duration('--for', flags.for, 0, problems),
    json: flags.json === true,
    format: formatOf(flags, problems),
    inspect: port('--inspect', flags.inspect, problems),
    inspectTokenEnv: flags.inspectTokenEnv,
    inspectActions: flags.inspectActions === true,
    metrics: port('--metrics', flags.metrics, problems),
  };
}

/** The configuration in a file; an empty one without a file. Adds its problems, with their lines. */
export function readConfig(
  file: string | undefined,
  problems: ConfigProblem[],
): { readonly policy: PolicyConfig; readonly dial: DialSection | undefined } {
  const none = { policy: {}, dial: undefined };
  const text = file === undefined ? undefined : readOptionFile('--config', file, problems);
  if (file === undefined || text === undefined) return none;
  const read = policyOf(text);
  if ('policy' in read) return { policy: read.config, dial: read.dial };
  problems.push(...read.map((problem) => inFile(file, problem)));
  return none;
}

/** Adds a problem for what is no port. */
export function port(path: string, text: string | undefined, problems: ConfigProblem[]): number | undefined {
  if (text === undefined) return undefined;
  const number = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (number <= 65_535) return number;
  problems.push({ path, value: text, expected: 'a port from 0 to 65535' });
  return undefined;
}

/** Returns milliseconds. A number alone is refused: the next reader would take it for seconds. */
export function duration(path: string, text: string | undefined, least: number, problems: ConfigProblem[]) {
  if (text === undefined) return undefined;
  const ms = parseDuration(text);
  if (ms !== undefined && ms >= least) return ms;
  const unit = /^\d+(\.\d+)?$/.test(text) ? `; with its unit: ${text}ms or ${text}s` : '';
  const expected = least === 0 ? DURATION : `${DURATION}, at least ${least}ms`;
  problems.push({ path, value: text, expected: expected + unit });
  return undefined;
}
