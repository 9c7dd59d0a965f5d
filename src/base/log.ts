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

/** User and password where `URL` finds them; some schemes permit one slash, none, or backslashes. */
const AUTHORITY = /^(\s*[a-z][a-z0-9+.-]*:[\\/]*)[^\\/?#]+@/i;
/** A text that is not a URL: a password may contain any character, so that all up to the last `@` is redacted. */
const UNTIL_LAST_AT = /^(\s*[a-z][a-z0-9+.-]*:[\\/]*)?.+@/is;

/** The URL with its secrets replaced by `***`: user, password, and the values of its query. */
export function redactUrl(url: string): string {
  const text = url.replace(/[\t\r\n]/g, '');
  return text
    .replace(URL.canParse(text) ? AUTHORITY : UNTIL_LAST_AT, '$1***@')
    .replace(/([?&][^=&#]*)=[^&#]*/g, '$1=***');
}
