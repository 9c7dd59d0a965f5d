/** Where Node's supervisors report what foreign code throws: `onError`, or else the log. */
import type { SupervisorOptions } from '../actors/supervisor/options.ts';
import { guarded } from '../base/guarded.ts';
import { type AnyLogger, checkedLogger, logError } from '../base/log.ts';
import { foreignText } from '../base/redact.ts';
import { describeThrown, kindOfThrown } from '../policy/exits.ts';
import { debugLogger } from './debug-logger.ts';

type Reporting = Pick<SupervisorOptions, 'logger' | 'onError'>;

/** The `onError` of a supervisor: the one that was given, whose own failures are logged, or one that logs. */
export function reporting({ logger, onError }: Reporting): Required<Pick<Reporting, 'onError'>> {
  const log = (error: unknown, where: string) =>
    guarded(
      () => logger && logError(logger, loggable(error), where),
      () => {},
    );
  if (onError === undefined) return { onError: log };
  return {
    onError: (error, where) =>
      guarded(
        () => onError(error, where),
        (failure) => log(failure, 'onError'),
      ),
  };
}

/** Lines of a stack that are logged. */
const FRAMES = 20;

/** The error in pino's shape, without causes and other fields: those may hold credentials. */
function loggable(thrown: unknown): object {
  const { stack } = Object(thrown) as Error;
  return {
    type: kindOfThrown(thrown),
    message: foreignText(describeThrown(thrown)),
    ...(stack !== undefined && { stack: stack.split('\n', FRAMES).map(foreignText).join('\n') }),
  };
}

/** The logger that was given, or the one of `debug`. Throws `ConfigError`. */
export function loggerOf({
  debug,
  logger,
}: Pick<SupervisorOptions, 'debug' | 'logger'>): AnyLogger | undefined {
  if (debug) return debugLogger(printError, print, print);
  return logger === undefined ? undefined : checkedLogger(logger);
}

/** Standard output is the program's. The console is read at each line, as a program may replace its methods. */
function print(line: string): void {
  // biome-ignore lint/suspicious/noConsole: the place that `debug` asks for
  console.error(line);
}

function printError(fields: object, message?: string): void {
  const { err } = fields as { readonly err?: { readonly stack?: string; readonly message?: string } };
  print(`holdfast ${message ?? 'error'}: ${err?.stack ?? err?.message ?? ''}`);
}
