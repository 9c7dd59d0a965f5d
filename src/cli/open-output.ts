/** Opens the output of a command: lines of JSON for programs, or for people a table, or sentences where there can be none. */
import { pino } from 'pino';
import type { Logger } from '../base/log.ts';
import { levelFrom } from '../presets/pino.ts';
import type { Io } from './io.ts';
import type { Fields, Labels, Output } from './output.ts';
import { Screen, type TableOptions } from './screen.ts';
import { Sentences } from './sentences.ts';

/** Throws `ConfigError` for a log level that does not exist. */
export function openOutput(io: Io, json: boolean, title: string, how: TableOptions = {}): Output {
  const level = levelFrom(io.env.HOLDFAST_LOG);
  if (json || io.stdout.isTTY !== true) return new JsonLines(io, level);
  return io.env.TERM === 'dumb' ? new Sentences(io) : new Screen(io, title, how);
}

class JsonLines implements Output {
  readonly reporting: { readonly logger: Logger };
  #labelsOf: ((id: string) => Labels | undefined) | undefined;

  constructor({ stdout, clock }: Io, level: string) {
    const timestamp = () => `,"time":${clock.wall()}`;
    const formatters = { log: (fields: object) => this.#labelled(fields) };
    const logger = pino({ base: null, level, timestamp, formatters }, stdout) as Logger;
    // The supervisor has the connection among the bindings of a child, which formatters do not see.
    const childOf = logger.child.bind(logger);
    logger.child = (bindings) => childOf(this.#labelled(bindings));
    this.reporting = { logger };
  }

  label(labelsOf: (id: string) => Labels | undefined): void {
    this.#labelsOf = labelsOf;
  }

  /** Does nothing: the supervisor itself writes its events to the logger. */
  follow(): void {}

  announce(fields: object, sentence: string, level: 'info' | 'warn' = 'info'): void {
    this.reporting.logger[level](fields, sentence);
  }

  tell({ msg, ...fields }: Fields, line: string): void {
    this.announce(fields, typeof msg === 'string' ? msg : line);
  }

  conclude(fields: object | readonly object[]): void {
    for (const each of [fields].flat()) this.reporting.logger.info(each);
  }

  finish(): void {}

  #labelled(fields: object): Record<string, unknown> {
    const { connection } = fields as { readonly connection?: unknown };
    const labels = typeof connection === 'string' ? this.#labelsOf?.(connection) : undefined;
    return labels === undefined || Object.keys(labels).length === 0 ? { ...fields } : { ...fields, labels };
  }
}
