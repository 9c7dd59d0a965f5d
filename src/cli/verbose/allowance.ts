/** How many lines a second may show: beyond that they are counted. */
import type { Subscription } from 'rxjs';
import type { Clock } from '../../time/clock.ts';
import { after } from '../lifetime.ts';

/** Lines in a second: of all sources, and of one, so that a busy source leaves room for others. */
export interface Rates {
  readonly all: number;
  readonly each: number;
}

/** What found no room in the second that has passed. */
export interface Omitted {
  readonly lines: number;
  readonly sources: readonly string[];
}

export class Allowance {
  readonly #rates: Rates;
  readonly #clock: Clock;
  readonly #tell: (omitted: Omitted) => void;
  readonly #shown = new Map<string, number>();
  readonly #omitted = new Map<string, number>();
  #total = 0;
  #window: Subscription | undefined;

  /** `tell` is called at the end of each second that had no room for a line, and by `end`. */
  constructor(rates: Rates, clock: Clock, tell: (omitted: Omitted) => void) {
    this.#rates = rates;
    this.#clock = clock;
    this.#tell = tell;
  }

  /** Whether a line of this source may be shown now; otherwise it is counted. */
  takes(source: string): boolean {
    this.#window ??= after(1000, this.#clock).subscribe(() => this.end());
    const shown = this.#shown.get(source) ?? 0;
    if (shown >= this.#rates.each || this.#total >= this.#rates.all) {
      this.#omitted.set(source, (this.#omitted.get(source) ?? 0) + 1);
      return false;
    }
    this.#shown.set(source, shown + 1);
    this.#total++;
    return true;
  }

  /** Ends the second under way. */
  end(): void {
    this.#window?.unsubscribe();
    this.#window = undefined;
    const counts = [...this.#omitted.values()];
    const sources = [...this.#omitted.keys()];
    this.#shown.clear();
    this.#omitted.clear();
    this.#total = 0;
    if (counts.length === 0) return;
    this.#tell({ lines: counts.reduce((sum, count) => sum + count, 0), sources });
  }
}
