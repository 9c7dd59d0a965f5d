/** The option `debug`: a line in the console for each event. Short code, as it is in every page. */
import { ignore } from '../base/ignore.ts';
import type { Logger, LogMethod } from '../base/log.ts';

/** The fields of a line of the log that are worded; the others are shown as they are. */
interface Worded {
  readonly event?: string;
  readonly from?: string;
  readonly to?: string;
  readonly history?: unknown;
}

type Write = (line: string) => void;

/**
 * A logger whose lines read `holdfast feed#1 alive → suspect {rttMs:12,evidence:{silenceMs:9512,probes:1}}`. Errors of
 * foreign code go to `error`.
 */
export function debugLogger(error: LogMethod, info: Write, warn: Write, name = ''): Logger {
  const lines =
    (write: Write): LogMethod =>
    ({ event, from, to = event, history, ...fields }: Worded) =>
      write(`holdfast ${name}${from ? `${from} → ` : ''}${to} ${JSON.stringify(fields).replaceAll('"', '')}`);
  return {
    trace: ignore,
    debug: ignore,
    error,
    info: lines(info),
    warn: lines(warn),
    child: ({ connection, incarnation }) => debugLogger(error, info, warn, `${connection}#${incarnation} `),
  };
}
