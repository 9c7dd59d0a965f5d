/** pino as the default logger in Node: lines of JSON on standard error. */
import { destination, type LoggerOptions, pino } from 'pino';
import type { Logger } from '../log.ts';

/** Standard output belongs to the program that embeds holdfast. */
const STDERR = 2;

/** `HOLDFAST_LOG` sets the level; default `info`. */
export function pinoLogger(options: LoggerOptions = {}): Logger {
  const level = process.env.HOLDFAST_LOG ?? 'info';
  return pino({ name: 'holdfast', base: null, level, ...options }, destination(STDERR)) as Logger;
}
