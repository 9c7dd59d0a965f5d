/** The list of a reporter as it is known here, with a limit, and the changes that the viewers have not yet got. */
import { FleetBand } from '../band.ts';
import { changedRow } from '../changed-row.ts';
import { countsOf } from '../counts.ts';
import type { Gate, Row } from '../rows.ts';
import type { Delta, FullList } from '../wire.ts';
import { MAX_ROWS } from './report-schema.ts';

/** UTF-16 units of all rows, as JSON. */
const MAX_TEXT = 4 << 20;
/** Changes that wait for a poll, above which the whole list replaces them. */
const MAX_WAITING = 50;

export class Mirror {
  readonly #rows = new Map<string, Row>();
  readonly #sizes = new Map<string, number>();
  #size = 0;
  #counts = countsOf([]);
  #gates: readonly Gate[] = [];
  #now = 0;
  #band: FleetBand | undefined;
  /** Undefined: the whole list is news. */
  #waiting: Delta[] | undefined = [];

  get rows(): ReadonlyMap<string, Row> {
    return this.#rows;
  }

  /** Whether the rows are more than a reporter may have. */
  get isFull(): boolean {
    return this.#size > MAX_TEXT || this.#rows.size > MAX_ROWS;
  }

  full(): FullList {
    const [rows, counts, gates] = [[...this.#rows.values()], this.#counts, this.#gates];
    const band = this.#band && { band: this.#band.view() };
    return { type: 'full', now: this.#now, rows, counts, gates, ...band };
  }

  /** The changes since the last call. */
  news(): readonly (FullList | Delta)[] {
    const news = this.#waiting ?? [this.full()];
    this.#waiting = [];
    return news;
  }

  /** Nothing has changed until then. */
  goOn(now: number): void {
    this.#band?.advance(now, this.#counts);
  }

  replace({ now, rows, counts, gates, band }: FullList): void {
    this.#rows.clear();
    this.#sizes.clear();
    this.#size = 0;
    for (const row of rows) this.#set(row);
    this.#band = band && FleetBand.of(band, now);
    this.#settle({ now, counts, gates });
    this.#waiting = undefined;
  }

  change(delta: Delta): void {
    for (const id of delta.removed ?? []) this.#delete(id);
    for (const row of delta.added ?? []) this.#set(row);
    for (const fields of delta.changed ?? []) {
      const row = this.#rows.get(fields.id);
      if (row !== undefined) this.#set(changedRow(row, fields));
    }
    this.#settle(delta);
    this.#waiting?.push(delta);
    if ((this.#waiting?.length ?? 0) > MAX_WAITING) this.#waiting = undefined;
  }

  /** A known row keeps its place. */
  #set(row: Row): void {
    const size = JSON.stringify(row).length;
    this.#size += size - (this.#sizes.get(row.id) ?? 0);
    this.#sizes.set(row.id, size);
    this.#rows.set(row.id, row);
  }

  #delete(id: string): void {
    this.#size -= this.#sizes.get(id) ?? 0;
    this.#sizes.delete(id);
    this.#rows.delete(id);
  }

  #settle({ now, counts, gates }: Pick<Delta, 'now' | 'counts' | 'gates'>): void {
    this.#now = now;
    this.#band?.advance(now, this.#counts);
    this.#counts = counts ?? this.#counts;
    this.#gates = gates ?? this.#gates;
  }
}
