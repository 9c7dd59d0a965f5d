/** The port between a command and what it shows while it runs. */
import type { SupervisorOptions } from '../actors/supervisor/options.ts';
import type { Supervisor } from '../actors/supervisor/supervisor.ts';

/** Fields of a line of JSON. */
export interface Fields {
  readonly event: string;
  readonly [key: string]: unknown;
}

export interface Output {
  /** For the supervisor. */
  readonly reporting: Pick<SupervisorOptions, 'logger' | 'onError'>;
  /** Shows what happens in a supervisor; call it before the supervisor has anything to do. */
  follow(supervisor: Supervisor): void;
  /** Something of note beside connections: a line of JSON, or the headline of the table. */
  announce(fields: Fields, headline: string, level?: 'info' | 'warn'): void;
  /** Something to keep at hand: a line of JSON, or a line above the table that stays. */
  tell(fields: Fields, line: string): void;
  /** The result: a line of JSON, or `text` under the last table. */
  conclude(fields: Fields, text: string): void;
  /** The supervisor has stopped. */
  finish(): void;
}
