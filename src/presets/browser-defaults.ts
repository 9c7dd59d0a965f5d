/** The parts that every supervisor of a browser begins with: the page's signals, and a place for errors of foreign code. */
import type { SupervisorOptions } from '../actors/supervisor/options.ts';
import { checkedLogger, type TextLogger } from '../base/log.ts';
import { browserSignals, type Platform } from './browser-signals.ts';

/** Errors that would be logged are reported when there is no logger. */
export function browserDefaults<Options extends Pick<SupervisorOptions, 'logger'>>(options: Options) {
  return {
    signals: browserSignals(globalThis as unknown as Platform),
    ...options,
    logger: options.logger === undefined ? reporter : checkedLogger(options.logger),
  };
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
