/** Writes a line for each event: JSON or logfmt for programs, sentences for people. */
import pc from 'picocolors';
import type { Logger } from '../../base/log.ts';
import type { Io } from '../io.ts';
import type { Fields, Output } from '../output.ts';
import { type Format, rewritten } from './format.ts';
import { type LabelsOf, loggerInto } from './logger.ts';

export class LineOutput implements Output {
  readonly reporting: { readonly logger: Logger };
  readonly #io: Io;
  readonly #format: Format;
  #labelsOf: LabelsOf = () => undefined;

  constructor(io: Io, level: string, format: Format) {
    this.#io = io;
    this.#format = format;
    const { stdout, clock } = io;
    const useColors = pc.isColorSupported && stdout.isTTY === true && io.env.TERM !== 'dumb';
    const write = (line: string) => stdout.write(rewritten(line, format, useColors));
    const lines = format === 'json' ? stdout : { write };
    this.reporting = { logger: loggerInto(lines, level, clock, (id) => this.#labelsOf(id)) };
  }

  label(labelsOf: LabelsOf): void {
    this.#labelsOf = labelsOf;
  }

  /** Does nothing: the supervisor itself writes its events to the logger. */
  follow(): void {}

  announce(fields: object, sentence: string, level: 'debug' | 'info' | 'warn' = 'info'): void {
    this.reporting.logger[level](fields, sentence);
  }

  tell({ msg, ...fields }: Fields, line: string): void {
    this.announce(fields, typeof msg === 'string' ? msg : line);
  }

  conclude(fields: object | readonly object[], text: string): void {
    const lines = [fields].flat();
    if (lines.length === 0) return;
    if (this.#format === 'pretty') this.#io.stdout.write(`\n${text}\n`);
    else for (const each of lines) this.reporting.logger.info(each);
  }

  finish(): void {}
}
