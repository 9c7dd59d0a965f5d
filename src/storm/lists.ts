/** Many queues of small integers in flat arrays, so that 100,000 clients need no objects. */

const NONE = -1;

/** Queues, first in, first out. An item, a whole number below `items`, is in at most one list at a time. */
export class Lists {
  readonly #heads: Int32Array;
  readonly #tails: Int32Array;
  readonly #nexts: Int32Array;

  constructor(lists: number, items: number) {
    this.#heads = new Int32Array(lists).fill(NONE);
    this.#tails = new Int32Array(lists).fill(NONE);
    this.#nexts = new Int32Array(items);
  }

  isEmpty(list: number): boolean {
    return this.#heads[list] === NONE;
  }

  push(list: number, item: number): void {
    const tail = this.#tails[list] as number;
    if (tail === NONE) this.#heads[list] = item;
    else this.#nexts[tail] = item;
    this.#nexts[item] = NONE;
    this.#tails[list] = item;
  }

  /** Takes out the first item of a list, which must not be empty. */
  shift(list: number): number {
    const first = this.#heads[list] as number;
    const next = this.#nexts[first] as number;
    this.#heads[list] = next;
    if (next === NONE) this.#tails[list] = NONE;
    return first;
  }

  /** Empties a list, then visits its items. `visit` may push the item again. */
  drain(list: number, visit: (item: number) => void): void {
    let item = this.#heads[list] as number;
    this.#heads[list] = NONE;
    this.#tails[list] = NONE;
    while (item !== NONE) {
      const next = this.#nexts[item] as number;
      visit(item);
      item = next;
    }
  }
}
