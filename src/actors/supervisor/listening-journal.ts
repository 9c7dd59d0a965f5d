/**
 * A journal that is quiet about mere visitors: a peer that opens a connection and closes it without a byte, as health
 * checks do, is one line at `debug`. The first lines of an accepted connection therefore wait for its first byte, for at most
 * a second. Events are not held back.
 */
import type { LogLevel } from '../../base/log.ts';
import type { ExitReason } from '../../policy/exits.ts';
import type { Alarm, Timekeeper } from '../../time/timekeeper.ts';
import type { LifecycleEvent } from './events.ts';
import { Journal } from './journal.ts';

type Line = readonly [event: LifecycleEvent, level: LogLevel];

/** Milliseconds after which a silent peer is no visitor any more. */
const VISIT = 1000;

/** How a visitor leaves. */
const leavings: ReadonlySet<ExitReason> = new Set(['closed-by-peer', 'cut-off', 'reset']);

export class ListeningJournal extends Journal {
  readonly #visits = new Map<string, Visit>();

  /** Holds the lines of a connection back, which is to be accepted. `isSilent`: whether no byte of it was read. */
  visited(id: string, isSilent: () => boolean, timekeeper: Timekeeper): void {
    const visit = new Visit(isSilent, timekeeper, () => this.#release(id));
    this.#visits.set(id, visit);
    timekeeper.set(visit, timekeeper.now() + VISIT);
  }

  /** The peer has sent something. */
  proved(id: string): void {
    this.#release(id);
  }

  protected override log(event: LifecycleEvent, level: LogLevel): unknown {
    const visit = 'connection' in event ? this.#visits.get(event.connection) : undefined;
    if (visit === undefined || !('connection' in event)) return super.log(event, level);
    if (event.event === 'left' && leavings.has(event.reason) && visit.isSilent()) {
      this.#forget(event.connection, visit);
      return super.log({ ...event, ...visit.peer } as LifecycleEvent, 'debug');
    }
    visit.lines.push([event, level]);
    if (level !== 'info' || event.event === 'left') return this.#release(event.connection);
  }

  #release(id: string): void {
    const visit = this.#visits.get(id);
    if (visit === undefined) return;
    this.#forget(id, visit);
    for (const [event, level] of visit.lines) this.shield('logger', () => super.log(event, level));
  }

  #forget(id: string, visit: Visit): void {
    this.#visits.delete(id);
    visit.end();
  }
}

class Visit implements Alarm {
  at = 0;
  slot = -1;
  readonly lines: Line[] = [];
  readonly isSilent: () => boolean;
  readonly #timekeeper: Timekeeper;
  readonly #over: () => void;

  constructor(isSilent: () => boolean, timekeeper: Timekeeper, over: () => void) {
    this.isSilent = isSilent;
    this.#timekeeper = timekeeper;
    this.#over = over;
  }

  /** The field of the line about a visitor that its `accepted` would have had. */
  get peer(): { readonly peer?: string } {
    const accepted = this.lines.map(([event]) => event).find((event) => event.event === 'accepted');
    return accepted === undefined ? {} : { peer: accepted.peer };
  }

  ring(): void {
    this.#over();
  }

  end(): void {
    this.#timekeeper.clear(this);
  }
}
