/** Reports of a supervisor: events for subscribers, lines for the log, and exceptions of foreign code. */
import type { Observable } from 'rxjs';
import { Broadcast } from '../../base/broadcast.ts';
import { defined } from '../../base/defined.ts';
import type { Logger, LogLevel } from '../../base/log.ts';
import { type LifecycleEvent, levelOf } from './events.ts';
import type { SupervisorOptions } from './options.ts';
import type { Steps } from './steps.ts';

export class Journal {
  /** The events of all connections, as they happen. Completes with `stop()`. */
  readonly events$: Observable<LifecycleEvent>;
  readonly #events = new Broadcast<LifecycleEvent>();
  readonly #steps: Steps;
  readonly #logger: Logger | undefined;
  readonly #describe: SupervisorOptions['describe'];
  readonly #onError: SupervisorOptions['onError'];

  constructor(
    { logger, describe, onError }: Pick<SupervisorOptions, 'logger' | 'describe' | 'onError'>,
    steps: Steps,
  ) {
    this.events$ = this.#events.stream$;
    this.#steps = steps;
    this.#logger = logger;
    this.#describe = describe;
    this.#onError = onError;
  }

  /** Logs the event and hands it to the subscribers, after the step under way. */
  publish(event: LifecycleEvent): void {
    this.#steps.after(() => {
      this.shield('logger', () => this.#log(event));
      this.#events.next(event);
    });
  }

  /** A heartbeat was sent or received: a line at `trace`, and no event. */
  heartbeat(
    connection: { readonly id: string; readonly incarnation: number },
    kind: 'sent' | 'received',
    rttMs: number | undefined,
  ): void {
    this.shield('logger', () => {
      const logger = this.#loggerAt('trace');
      const { id, incarnation } = connection;
      const fields = defined({ event: 'heartbeat', kind, rttMs });
      logger?.child({ connection: id, incarnation }).trace(fields);
    });
  }

  /** Runs foreign code; an exception is reported and goes no further. */
  shield(where: string, code: () => void): void {
    try {
      code();
    } catch (error) {
      this.report(error, where);
    }
  }

  /** Tells `onError`, or else the log, after the step under way. */
  report(error: unknown, where: string): void {
    this.#steps.after(() => {
      try {
        if (this.#onError !== undefined) this.#onError(error, where);
        else this.#logger?.error({ err: error, where }, `exception in ${where}`);
      } catch {
        // The reporter itself threw: no other place is left to report to.
      }
    });
  }

  complete(): void {
    this.#events.complete();
  }

  /** A child logger for each line: made when there is something to say, and not kept. */
  #log(event: LifecycleEvent): void {
    const level = levelOf(event);
    const logger = this.#loggerAt(level);
    if (logger === undefined) return;
    const message = this.#describe?.(event) ?? event.event;
    if (!('connection' in event)) return logger[level](event, message);
    const { connection, incarnation, ...fields } = event;
    logger.child({ connection, incarnation })[level](fields, message);
  }

  /** Undefined when the logger would drop the line. */
  #loggerAt(level: LogLevel): Logger | undefined {
    return this.#logger?.isLevelEnabled?.(level) === false ? undefined : this.#logger;
  }
}
