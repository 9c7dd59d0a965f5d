/** The logger that holdfast writes to, in pino's shape. */

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error';

export type LogMethod = (fields: object, message?: string) => void;

/** Any logger of pino's shape. Errors that it throws are reported through `onError` and go no further. */
export interface Logger extends Readonly<Record<LogLevel, LogMethod>> {
  child(bindings: Record<string, unknown>): Logger;
  /** Absent: every level counts as enabled. */
  isLevelEnabled?(level: LogLevel): boolean;
}

const ignore = () => {};

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
