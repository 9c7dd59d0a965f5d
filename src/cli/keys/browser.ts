/** A table that keys move through: which rows it shows, in which order. */
import type { Observable, Subscription } from 'rxjs';
import type { Row } from '../board.ts';
import { exitLines } from '../table.ts';
import { arranged, type Browsing, noteOf, pageOf, press, untouched } from './browsing.ts';
import type { Key } from './terminal.ts';

export const KEYS = 'q quit  s order  / filter  ↑↓ select  ⏎ exits';

/** What a table draws. */
export interface Page {
  readonly rows: readonly Row[];
  readonly selected: string | undefined;
  readonly isOpen: boolean;
  /** Below the rows: those that are not shown, and what keys have made of the table. */
  readonly note: string;
}

export class Browser {
  readonly #ranked: boolean;
  #browsing: Browsing = untouched;
  #ids: readonly string[] = [];
  #height = 1;

  /** `ranked`: trouble comes first, also where all rows fit. */
  constructor(ranked: boolean) {
    this.#ranked = ranked;
  }

  /** Whether all rows need what causes no events: round-trip times for their order, labels for a filter. */
  get needsAll(): boolean {
    return this.#browsing.order === 'rtt' || this.#browsing.filter !== '';
  }

  /** `quit`: what a key asks for; `changed`: the table is to be drawn. */
  follow(keys$: Observable<Key>, quit: () => void, changed: () => void): Subscription {
    const hear = (key: Key) => {
      const next = press(this.#browsing, key, this.#ids, this.#height);
      if (next === undefined) return quit();
      this.#browsing = next;
      changed();
    };
    return keys$.subscribe(hear);
  }

  /** The rows that fit, with the selected one among them. `height`: lines. */
  page(all: readonly Row[], height: number, now: number): Page {
    const { selected, isOpen } = this.#browsing;
    const rows = arranged(all, this.#browsing, this.#ranked || all.length > height);
    this.#ids = rows.map(({ id }) => id);
    const open = isOpen ? rows.find(({ id }) => id === selected) : undefined;
    const room = Math.max(1, height - (open === undefined ? 0 : exitLines(open, now).length));
    this.#height = room;
    const from = pageOf(rows, room, selected);
    const shown = rows.slice(from, from + room);
    const note = [...hidden(from, shown.length, rows.length), noteOf(this.#browsing)].filter(Boolean);
    return { rows: shown, selected, isOpen, note: note.join(', ') };
  }
}

function hidden(from: number, shown: number, all: number): readonly string[] {
  if (shown === all) return [];
  return from === 0 ? [`and ${all - shown} more`] : [`${from + 1} to ${from + shown} of ${all}`];
}
