/** A line of the log as pino writes it, read again for other formats. */

export interface LogLine {
  /** Milliseconds since 1970. */
  readonly time: number;
  /** pino's number. */
  readonly level: number;
  readonly [field: string]: unknown;
}

const names: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
};

export function parsedLine(json: string): LogLine {
  return JSON.parse(json) as LogLine;
}

export function levelName({ level }: LogLine): string {
  return names[level] ?? String(level);
}
