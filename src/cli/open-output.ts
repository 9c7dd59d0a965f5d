/** Opens the output of a command: lines of JSON for programs, or a table for people. */
import { pino } from 'pino';
import type { Logger } from '../base/log.ts';
import { levelFrom } from '../presets/pino.ts';
import type { Io } from './io.ts';
import type { Output } from './output.ts';
import { Screen } from './screen.ts';

/** `forgets`: the table has no rows of connections that are over. Throws `ConfigError` for a log level that does not exist. */
export function openOutput(io: Io, json: boolean, title: string, forgets?: boolean): Output {
  const level = levelFrom(io.env.HOLDFAST_LOG);
  return json || io.stdout.isTTY !== true ? new JsonLines(io, level) : new Screen(io, title, forgets);
}

class JsonLines implements Output {
  readonly reporting: { readonly logger: Logger };

  constructor({ stdout, clock }: Io, level: string) {
    const timestamp = () => `,"time":${clock.wall()}`;
    this.reporting = { logger: pino({ base: null, level, timestamp }, stdout) as Logger };
  }

  /** Does nothing: the supervisor itself writes its events to the logger. */
  follow(): void {}

  announce(fields: object, sentence: string, level: 'info' | 'warn' = 'info'): void {
    this.reporting.logger[level](fields, sentence);
  }

  tell(fields: object, line: string): void {
    this.announce(fields, line);
  }

  conclude(fields: object): void {
    this.reporting.logger.info(fields);
  }

  finish(): void {}
}
