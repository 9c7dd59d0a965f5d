/** pino as the default logger in Node: lines of JSON on standard error. */
import { destination, type LoggerOptions, pino } from 'pino';
import { ConfigError } from '../errors.ts';
import type { Logger } from '../log.ts';

/** Standard output belongs to the program that embeds holdfast. */
const STDERR = 2;

/** `HOLDFAST_LOG` sets the level; default `info`. Throws `ConfigError` for a level that does not exist. */
export function pinoLogger(options: LoggerOptions = {}): Logger {
  const level = levelFrom(process.env.HOLDFAST_LOG);
  return pino({ name: 'holdfast', base: null, level, ...options }, destination(STDERR)) as Logger;
}

/** The level that `HOLDFAST_LOG` asks for. */
export function levelFrom(asked = 'info'): string {
  const levels = [...Object.keys(pino.levels.values), 'silent'];
  if (levels.includes(asked)) return asked;
  throw new ConfigError([{ path: 'HOLDFAST_LOG', value: asked, expected: `one of ${levels.join(', ')}` }]);
}
