/** Reports of a supervisor: events for subscribers, lines for the log, and exceptions of foreign code. */
import type { Observable } from 'rxjs';
import type { InspectionEvent } from 'xstate';
import { Broadcast } from '../../base/broadcast.ts';
import { defined } from '../../base/defined.ts';
import { guarded } from '../../base/guarded.ts';
import { ignore } from '../../base/ignore.ts';
import { type AnyLogger, isPino, type LogLevel, logError } from '../../base/log.ts';
import type { Rtt } from '../../policy/rtt.ts';
import { type LifecycleEvent, levelOf, nameOf } from './events.ts';
import type { Inspector, SupervisorOptions } from './options.ts';
import type { RttSample } from './samples.ts';
import type { Steps } from './steps.ts';

export class Journal {
  /** The events of all connections, as they happen. Completes with `stop()`. */
  readonly events$: Observable<LifecycleEvent>;
  readonly #events = new Broadcast<LifecycleEvent>();
  /** Made for the first subscriber. */
  #samples: Broadcast<RttSample> | undefined;
  readonly #steps: Steps;
  readonly #logger: AnyLogger | undefined;
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
  publish(event: LifecycleEvent, level = levelOf(event)): void {
    this.#steps.after(() => {
      this.shield('logger', () => this.log(event, level));
      this.#events.next(event);
    });
  }

  /** Round trips, as they are measured. */
  get samples$(): Observable<RttSample> {
    this.#samples ??= new Broadcast();
    return this.#samples.stream$;
  }

  /** A heartbeat was sent or received: a line at `trace`, and no event. `rtt`: the estimate, if it gave a sample. */
  heartbeat(connection: Parameters<typeof nameOf>[0], kind: 'sent' | 'received', rtt: Rtt | undefined): void {
    const samples = this.#samples;
    if (rtt !== undefined && samples !== undefined) {
      const sample = { ...nameOf(connection), rttMs: rtt.last, smoothedMs: rtt.smoothed };
      this.#steps.after(() => samples.next(sample));
    }
    this.shield('logger', () => {
      const logger = this.#loggerAt('trace');
      if (logger === undefined || !isPino(logger)) return;
      const { id, incarnation } = connection;
      const fields = defined({ event: 'heartbeat', kind, rttMs: rtt?.last });
      return logger.child({ connection: id, incarnation }).trace(fields);
    });
  }

  /** Runs foreign code; an exception, or the rejection of its promise, is reported and goes no further. */
  shield(where: string, code: () => unknown): void {
    guarded(code, (error) => this.report(error, where));
  }

  /** An inspector's exception would otherwise escape from `send`, or fail the actor. */
  shielded(inspect: Inspector): (event: InspectionEvent) => void {
    return (event) =>
      this.shield('inspect', () => (typeof inspect === 'function' ? inspect(event) : inspect.next?.(event)));
  }

  /** Tells `onError`, or else the log, after the step under way. The log hears of failures of `onError`, too. */
  report(error: unknown, where: string): void {
    const onError = this.#onError;
    this.#steps.after(() => {
      if (onError === undefined) this.#logError(error, where);
      else
        guarded(
          () => onError(error, where),
          (failure) => this.#logError(failure, 'onError'),
        );
    });
  }

  /** A failure of the logger here is dropped: no other place is left to report to. */
  #logError(error: unknown, where: string): void {
    guarded(() => this.#logger && logError(this.#logger, error, where), ignore);
  }

  complete(): void {
    this.#samples ??= new Broadcast();
    this.#samples.complete();
    this.#events.complete();
  }

  /** A child logger for each line: made when there is something to say, and not kept. */
  protected log(event: LifecycleEvent, level: LogLevel): unknown {
    const logger = this.#loggerAt(level);
    if (logger === undefined) return;
    const message = this.#describe?.(event) ?? event.event;
    if (!isPino(logger)) return logger[level as 'info'](`holdfast: ${message} ${JSON.stringify(event)}`);
    if (!('connection' in event)) return logger[level](event, message);
    const { connection, incarnation, ...fields } = event;
    return logger.child({ connection, incarnation })[level](fields, message);
  }

  /** Undefined when the logger would drop the line. */
  #loggerAt(level: LogLevel): AnyLogger | undefined {
    return this.#logger?.isLevelEnabled?.(level) === false ? undefined : this.#logger;
  }
}
