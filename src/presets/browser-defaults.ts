/** The parts that every supervisor of a browser begins with: the page's signals, and a place for errors of foreign code. */
import type { SupervisorOptions } from '../actors/supervisor/options.ts';
import { checkedLogger, type TextLogger } from '../base/log.ts';
import { browserSignals, type Platform } from './browser-signals.ts';
import { debugLogger } from './debug-logger.ts';

/** Errors that would be logged are reported when there is no logger. */
export function browserDefaults<Options extends Pick<SupervisorOptions, 'debug' | 'logger'>>(
  options: Options,
) {
  return {
    signals: browserSignals(globalThis as unknown as Platform),
    ...options,
    logger: loggerOf(options),
  };
}

function loggerOf({ debug, logger }: Pick<SupervisorOptions, 'debug' | 'logger'>) {
  if (!debug) return logger === undefined ? reporter : checkedLogger(logger);
  const toReporter = ({ err }: { readonly err?: unknown }) => reporter.error('', err);
  // biome-ignore lint/suspicious/noConsole: the place that was asked for
  return debugLogger(toReporter, console.info, console.warn);
}

/** Writes no lines; errors fire the event `error` of the page, or are printed where there is no `reportError`. */
const reporter = {
  isLevelEnabled: () => false,
  error: (_: string, error: unknown) => {
    // biome-ignore lint/suspicious/noConsole: the only place left without `reportError`
    const { reportError = console.error } = globalThis as { reportError?: (error: unknown) => void };
    reportError(error);
  },
} as unknown as TextLogger;
