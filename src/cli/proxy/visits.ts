/**
 * Clients that come and go without a byte, as health checks do. The lines of such a client and of its upstream wait for its first
 * byte, for at most a second, and are at `debug` when it has gone by then.
 */
import type { Subscription } from 'rxjs';
import type { Logger, LogLevel, LogMethod } from '../../base/log.ts';
import type { Clock } from '../../time/clock.ts';
import { after } from '../lifetime.ts';
import type { Mapping } from './mapping.ts';

/** Milliseconds after which a silent client is no visitor any more. */
const VISIT_MS = 1000;
/** Lines that wait at most: an upstream that fails has some for each attempt. */
const MOST = 100;

const levels: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error'];

type Write = (level: LogLevel) => void;

export class Visits {
  readonly #clock: Clock;
  readonly #visits = new Map<string, Visit>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The logger for a supervisor, with the lines of visits held back. */
  logger(inner: Logger): Logger {
    const child = (bindings: Record<string, unknown>) => {
      const visit = this.#visits.get(String(bindings.connection));
      const own = inner.child(bindings);
      return visit === undefined ? own : visit.logger(own);
    };
    return { ...wrapped(inner, (level) => (fields, msg) => inner[level](fields, msg)), child };
  }

  /** Begins with a client: before its upstream is dialled. */
  begin(ids: readonly string[]): Visit {
    const visit = new Visit(this.#clock);
    for (const id of ids) this.#visits.set(id, visit);
    return visit;
  }

  /** Call when nothing is left of both. */
  forget(ids: readonly string[]): void {
    for (const id of ids) {
      this.#visits.get(id)?.release();
      this.#visits.delete(id);
    }
  }
}

export class Visit {
  #state: 'waits' | 'released' | 'silent' = 'waits';
  #lines: [LogLevel, Write][] = [];
  readonly #timer: Subscription;

  constructor(clock: Clock) {
    this.#timer = after(VISIT_MS, clock).subscribe(() => this.release());
  }

  logger(inner: Logger): Logger {
    const method = (level: LogLevel) => (fields: object, msg?: string) =>
      this.#write(level, (at) => inner[at](fields, msg));
    return { ...wrapped(inner, method), child: (bindings) => this.logger(inner.child(bindings)) };
  }

  /** Data of a client: it is no visitor. */
  noticing(mapping: Mapping): Mapping {
    const of: Mapping['of'] = (data) => {
      if (data.length > 0) this.release();
      return mapping.of(data);
    };
    return { of, rest: () => mapping.rest(), cut: () => mapping.cut() };
  }

  /** The client came to stay: its lines have their own levels. */
  release(): void {
    if (this.#state === 'waits') this.#decide('released');
  }

  /** The client has gone; returns whether it was a visitor, whose lines are at `debug`. */
  leave(): boolean {
    if (this.#state === 'waits') this.#decide('silent');
    return this.#state === 'silent';
  }

  #decide(state: 'released' | 'silent'): void {
    this.#timer.unsubscribe();
    this.#state = state;
    const lines = this.#lines;
    this.#lines = [];
    for (const [level, write] of lines) this.#write(level, write);
  }

  #write(level: LogLevel, write: Write): void {
    if (level === 'warn' || level === 'error' || this.#lines.length >= MOST) this.release();
    if (this.#state === 'waits') this.#lines.push([level, write]);
    else write(this.#state === 'silent' && level === 'info' ? 'debug' : level);
  }
}

function wrapped(inner: Logger, method: (level: LogLevel) => LogMethod): Omit<Logger, 'child'> {
  const methods = Object.fromEntries(levels.map((level) => [level, method(level)]));
  const isLevelEnabled = (level: LogLevel) => inner.isLevelEnabled?.(level) ?? true;
  return { ...(methods as Record<LogLevel, LogMethod>), isLevelEnabled };
}
