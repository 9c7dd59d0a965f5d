/** Opens the output of a command: lines for programs, or for people a table, or sentences where there can be none. */
import { levelFrom } from '../presets/pino.ts';
import type { Io } from './io.ts';
import type { Format } from './lines/format.ts';
import { LineOutput } from './lines/output.ts';
import type { Output } from './output.ts';
import { Screen, type TableOptions } from './screen.ts';

/** Without `format` it is JSON, or on a terminal a table. Throws `ConfigError` for a log level that does not exist. */
export function openOutput(
  io: Io,
  format: Format | undefined,
  title: string,
  how: TableOptions = {},
): Output {
  const level = levelFrom(io.env.HOLDFAST_LOG);
  if (format !== undefined || io.stdout.isTTY !== true) return new LineOutput(io, level, format ?? 'json');
  if (io.env.TERM === 'dumb') return new LineOutput(io, level, 'pretty');
  return new Screen(io, title, { ...how, ...(io.env.HOLDFAST_LOG !== undefined && { level }) });
}
