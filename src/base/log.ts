/** The logger holdfast talks to: the shape that pino has. */

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error';

export type LogMethod = (fields: object, message?: string) => void;

/** Any logger of pino's shape. What it throws is reported through `onError`, and goes no further. */
export interface Logger extends Readonly<Record<LogLevel, LogMethod>> {
  child(bindings: Record<string, unknown>): Logger;
  /** Absent: every level counts as enabled. */
  isLevelEnabled?(level: LogLevel): boolean;
}

const ignore = () => {};

/** Says nothing. */
export const silentLogger: Logger = {
  trace: ignore,
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
  child: () => silentLogger,
  isLevelEnabled: () => false,
};

/** User and password where `URL` finds them: one slash, none, or backslashes do for some schemes. */
const AUTHORITY = /^(\s*[a-z][a-z0-9+.-]*:[\\/]*)[^\\/?#]+@/i;
/** In what is no URL, a password can hold anything. */
const ANYTHING = /^(\s*[a-z][a-z0-9+.-]*:[\\/]*)?.+@/is;

/** A URL without what must not be shown: user, password, and the values of its query. */
export function redactUrl(url: string): string {
  const text = url.replace(/[\t\r\n]/g, '');
  return text
    .replace(URL.canParse(text) ? AUTHORITY : ANYTHING, '$1***@')
    .replace(/([?&][^=&#]*)=[^&#]*/g, '$1=***');
}
