/**
 * pino as the default logger in Node: lines of JSON on standard error. It is loaded when there is something to
 * say, as it would take a sixth of the time of importing holdfast, also where another logger is used.
 */
import type { LoggerOptions } from 'pino';
import { ConfigError } from '../base/errors.ts';
import type { Logger, LogLevel } from '../base/log.ts';

/** Standard output belongs to the program that embeds holdfast. */
const STDERR = 2;

/** pino's own, least first. */
const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/**
 * `HOLDFAST_LOG` sets the level; default `info`. Throws `ConfigError` for a level that does not exist. The first
 * lines wait some milliseconds until pino is loaded, and are lost if the process ends before that.
 */
export function pinoLogger(options: LoggerOptions = {}): Logger {
  const { level = levelFrom(process.env.HOLDFAST_LOG) } = options;
  return lazily(new LazyLogger(level, () => load({ base: null, ...options, level })));
}

/** The level that `HOLDFAST_LOG` asks for. */
export function levelFrom(asked = 'info'): string {
  if (levels.includes(asked)) return asked;
  throw new ConfigError([{ path: 'HOLDFAST_LOG', value: asked, expected: `one of ${levels.join(', ')}` }]);
}

async function load(options: LoggerOptions): Promise<Logger> {
  const { destination, pino } = await import('pino');
  return pino(options, destination(STDERR)) as Logger;
}

class LazyLogger {
  #logger: Logger | undefined;
  #loading: Promise<Logger> | undefined;
  readonly #threshold: number;
  readonly #load: () => Promise<Logger>;

  constructor(level: string, load: () => Promise<Logger>) {
    this.#threshold = levels.indexOf(level);
    this.#load = load;
  }

  get loaded(): Logger | undefined {
    return this.#logger;
  }

  isEnabled(level: LogLevel): boolean {
    return this.#logger?.isLevelEnabled?.(level) ?? levels.indexOf(level) >= this.#threshold;
  }

  /** In order: what waits for one promise continues in the order of asking. */
  use(say: (logger: Logger) => void): void {
    if (this.#logger !== undefined) return say(this.#logger);
    this.#loading ??= this.#load().then((logger) => {
      this.#logger = logger;
      return logger;
    });
    this.#loading.then(say);
  }
}

/** Chooses the logger, which a child is made of, when there is something to say. */
function lazily(lazy: LazyLogger, refine: (logger: Logger) => Logger = (logger) => logger): Logger {
  const at = (level: LogLevel) => (fields: object, message?: string) => {
    if (lazy.isEnabled(level)) lazy.use((logger) => refine(logger)[level](fields, message));
  };
  return {
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    isLevelEnabled: (level) => lazy.isEnabled(level),
    child: (bindings) =>
      lazy.loaded === undefined
        ? lazily(lazy, (logger) => refine(logger).child(bindings))
        : refine(lazy.loaded).child(bindings),
  };
}
