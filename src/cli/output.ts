/** The output of a running command: lines of JSON for programs, or a table for people. */
import { pino } from 'pino';
import type { SupervisorOptions } from '../actors/supervisor/options.ts';
import type { Supervisor } from '../actors/supervisor/supervisor.ts';
import type { Logger } from '../base/log.ts';
import { levelFrom } from '../presets/pino.ts';
import type { Io } from './io.ts';
import { Screen } from './screen.ts';

/** The fields of a line of JSON. */
export interface Fields {
  readonly event: string;
  readonly [key: string]: unknown;
}

export interface Output {
  /** Options for the supervisor. */
  readonly reporting: Pick<SupervisorOptions, 'logger' | 'onError'>;
  /** Shows the events of a supervisor; call it before the first `connect` or `listen`. */
  follow(supervisor: Supervisor): void;
  /** Shows an event that is not of a connection: a line of JSON, or the headline of the table. */
  announce(fields: Fields, headline: string, level?: 'info' | 'warn'): void;
  /** Shows a permanent fact: a line of JSON, or a line above the table. */
  tell(fields: Fields, line: string): void;
  /** Shows the result: a line of JSON, or `text` under the last table. */
  conclude(fields: Fields, text: string): void;
  /** Call when the supervisor has stopped. */
  finish(): void;
}

/** Throws `ConfigError` for a log level that does not exist. */
export function openOutput(io: Io, json: boolean, title: string): Output {
  const level = levelFrom(io.env.HOLDFAST_LOG);
  return json || io.stdout.isTTY !== true ? new JsonLines(io, level) : new Screen(io, title);
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
