/** The tape of a flight recorder, once it is full or has notes. */

/** Exits whose code and detail are kept, ends of sessions, and replays of many messages. */
const NOTES = 4;

export interface Note {
  readonly entry: number;
  readonly code?: string | number;
  readonly detail?: string;
  readonly replayed?: number;
}

export interface Unrolled {
  readonly entries: readonly number[];
  readonly notes: readonly Note[];
  readonly first?: number | undefined;
}

/** A tape that is full, and goes round; or one with notes. */
export class Reel {
  #entries: number[];
  #oldest = 0;
  /** The first of all, once it is overwritten. */
  #first: number | undefined;
  readonly #notes: Note[] = [];

  constructor(entries: number[]) {
    this.#entries = entries;
  }

  add(entry: number, noted: Note | undefined, most: number): void {
    if (this.#entries.length < most) this.#entries = extended(this.#entries, entry);
    else {
      this.#first ??= this.#entries[this.#oldest];
      this.#entries[this.#oldest] = entry;
      this.#oldest = (this.#oldest + 1) % most;
    }
    if (noted === undefined) return;
    this.#notes.push(noted);
    if (this.#notes.length > NOTES) this.#notes.shift();
  }

  unrolled(): Unrolled {
    const [entries, oldest] = [this.#entries, this.#oldest];
    const inOrder = [...entries.slice(oldest), ...entries.slice(0, oldest)];
    return { entries: inOrder, notes: this.#notes, first: this.#first };
  }
}

/** Grows by one at a time: an array with room to spare costs more than all of this. */
export function extended(entries: number[] | undefined, entry: number): number[] {
  return entries === undefined ? [entry] : entries.concat(entry);
}
