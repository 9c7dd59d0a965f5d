/**
 * pino as the default logger in Node: lines of JSON on standard error. The module is loaded at the first line: it
 * would take a sixth of the time of importing holdfast, also where another logger is used.
 */
import type { LoggerOptions } from 'pino';
import { badConfig } from '../base/errors.ts';
import type { Logger, LogLevel } from '../base/log.ts';
import { objectOf } from '../base/options.ts';
import { imported } from './loading.ts';

/** Standard output belongs to the program that embeds holdfast. */
const STDERR = 2;

/** pino's levels, the lowest first. */
const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/** Options of pino. Its own types need those of Node, which a program may not have. */
export interface PinoOptions {
  /** Default: `HOLDFAST_LOG`, else `info`. */
  readonly level?: string;
  /** Levels of one's own, as pino has them; `level` may name one. */
  readonly customLevels?: Readonly<Record<string, number>>;
  readonly [option: string]: unknown;
}

/**
 * A pino logger. `HOLDFAST_LOG` sets the level; default `info`. Throws `ConfigError` for an unknown level. The
 * first lines wait some milliseconds until pino is loaded, and are lost if the process ends before that. Where it cannot
 * be loaded, as in some bundles, a warning of the process says why, and no line is written.
 */
export function pinoLogger(options: PinoOptions = {}): Logger {
  const { level = levelFrom(process.env.HOLDFAST_LOG), customLevels } = objectOf('pinoLogger', options);
  if (!Object.hasOwn(customLevels ?? {}, level)) known(level, 'level');
  const all = { base: null, ...options, level } as LoggerOptions;
  return lazily(new LazyLogger(level, () => load(all)));
}

/** Checks the level of `HOLDFAST_LOG`; default `info`. Throws `ConfigError` for an unknown level. */
export function levelFrom(asked = 'info'): string {
  return known(asked, 'HOLDFAST_LOG');
}

function known(level: string, path: string): string {
  if (levels.includes(level)) return level;
  throw badConfig(path, level, `one of ${levels.join(', ')}`);
}

async function load(options: LoggerOptions): Promise<Logger> {
  const { destination, pino } = await imported('pino', () => import('pino'));
  return pino(options, destination(STDERR)) as Logger;
}

class LazyLogger {
  #logger: Logger | undefined;
  #loading: Promise<Logger | undefined> | undefined;
  #failed = false;
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
    if (this.#failed) return false;
    return this.#logger?.isLevelEnabled?.(level) ?? levels.indexOf(level) >= this.#threshold;
  }

  /** Calls `write` with the logger once it is loaded. Keeps the order: reactions of one promise run in order. */
  use(write: (logger: Logger) => void): void {
    if (this.#logger !== undefined) return write(this.#logger);
    this.#loading ??= this.#start();
    this.#loading.then((logger) => logger && write(logger));
  }

  async #start(): Promise<Logger | undefined> {
    try {
      this.#logger = await this.#load();
    } catch (error) {
      this.#failed = true;
      process.emitWarning(`holdfast logs nothing: ${(error as Error).message}`);
    }
    return this.#logger;
  }
}

/** A logger that passes enabled lines to `lazy`; `refine` derives the child logger from the loaded one. */
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
