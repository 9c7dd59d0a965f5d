/** The formats of log lines. */

import type { Command } from 'commander';
import { Option } from 'commander';
import type { ConfigProblem } from '../../base/errors.ts';
import { isoTime } from '../../time/clock.ts';
import { type LogLine, levelName, parsedLine } from './line.ts';
import { logfmt } from './logfmt.ts';
import { pretty } from './pretty.ts';

const formats = ['json', 'logfmt', 'pretty'] as const;

export type Format = (typeof formats)[number];

export interface FormatFlags {
  readonly json?: true;
  readonly format?: string;
}

export function addFormatOption(command: Command): Command {
  const option = new Option('--format <format>', 'write lines as json, logfmt or pretty, also on a terminal');
  return command.addOption(option);
}

/** Undefined without `--json` and `--format`. Adds problems; the result is meaningless then. */
export function formatOf({ json, format }: FormatFlags, problems: ConfigProblem[]): Format | undefined {
  if (format === undefined) return json ? 'json' : undefined;
  const known = formats.find((name) => name === format);
  if (known === undefined)
    problems.push({ path: '--format', value: format, expected: `one of ${formats.join(', ')}` });
  else if (json && known !== 'json')
    problems.push({
      path: '--format',
      value: format,
      expected: 'none beside --json, which is --format json',
    });
  return known;
}

/** Rewrites a line of JSON with its end. */
export function rewritten(json: string, format: Format, useColors: boolean): string {
  if (format === 'json') return json;
  const line = parsedLine(json);
  return `${format === 'logfmt' ? logfmt(named(line)) : pretty(line, useColors)}\n`;
}

/** Other programs know neither pino's numbers nor milliseconds. */
function named({ time, level, ...fields }: LogLine): object {
  return { time: isoTime(time), level: levelName({ time, level }), ...fields };
}
