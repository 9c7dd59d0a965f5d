/** The loggers that holdfast writes to: of pino's shape, or of texts. */

import { badConfig } from './errors.ts';
import { ignore } from './ignore.ts';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error';

export type LogMethod = (fields: object, message?: string) => void;

/** Any logger of pino's shape. Errors that it throws are reported through `onError` and go no further. */
export interface Logger extends Readonly<Record<LogLevel, LogMethod>> {
  child(bindings: Record<string, unknown>): Logger;
  /** Absent: every level counts as enabled. */
  isLevelEnabled?(level: LogLevel): boolean;
}

/** A logger of texts, such as `console`: a line is a sentence with its fields as JSON. It gets no lines at `trace`. */
export interface TextLogger
  extends Readonly<Record<Exclude<LogLevel, 'trace'>, (text: string, error?: unknown) => unknown>> {
  /** Absent: every level counts as enabled. */
  isLevelEnabled?(level: LogLevel): boolean;
}

export type AnyLogger = Logger | TextLogger;

/** Returns the logger. Throws `ConfigError` for a value without the methods of one. */
export function checkedLogger<L>(logger: L): L {
  const methods = Object(logger) as Readonly<Record<string, unknown>>;
  if (['debug', 'info', 'warn', 'error'].every((level) => typeof methods[level] === 'function'))
    return logger;
  throw badConfig('logger', logger, 'a logger such as pino(), console or silentLogger');
}

/** Loggers of pino's shape have children, and a level for heartbeats: `console` has no children, and others no such level. */
export function isPino(logger: AnyLogger): logger is Logger {
  return 'child' in logger && 'trace' in logger;
}

export function logError(logger: AnyLogger, err: unknown, where: string): unknown {
  const text = `exception in ${where}`;
  return isPino(logger) ? logger.error({ err, where }, text) : logger.error(`holdfast: ${text}`, err);
}

/** Discards every line. */
export const silentLogger: Logger = {
  trace: ignore,
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
  child: () => silentLogger,
  isLevelEnabled: () => false,
};
