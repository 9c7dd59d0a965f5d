/** The port between a command and what it shows while it runs. */
import type { SupervisorOptions } from '../actors/supervisor/options.ts';
import type { Supervisor } from '../actors/supervisor/supervisor.ts';
import type { Logger } from '../base/log.ts';

/** The fields of a line of JSON. */
export interface Fields {
  readonly event: string;
  readonly [key: string]: unknown;
}

/** Facts about a connection that its operator gave, by name. */
export type Labels = Readonly<Record<string, string>>;

export interface Output {
  /** Options for the supervisor. */
  readonly reporting: Pick<SupervisorOptions, 'onError'> & { readonly logger: Logger };
  /** Shows the events of a supervisor; call it before the first `connect` or `listen`. */
  follow(supervisor: Supervisor): void;
  /**
   * Shows what connections are labelled with: a field of their lines, or a column. Those without an answer are not shown in the
   * table any more. Call it before `follow`.
   */
  label(labelsOf: (id: string) => Labels | undefined): void;
  /** Shows an event that is not of a connection: a line of JSON, or the headline of the table, unless it is at `debug`. */
  announce(fields: Fields, headline: string, level?: 'debug' | 'info' | 'warn'): void;
  /** Shows a permanent fact: a line of JSON, with `line` as its `msg` unless there is one, or `line` above the table. */
  tell(fields: Fields, line: string): void;
  /** Shows the result: a line of JSON for each, or `text` under the last table. Without `fields` only tables show it. */
  conclude(fields: Fields | readonly Fields[], text: string): void;
  /** Call when the supervisor has stopped. */
  finish(): void;
}
