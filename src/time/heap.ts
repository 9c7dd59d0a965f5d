/**
 * Timers of thousands of connections share one platform timer; this is the queue behind it. The items
 * carry their own position, so that moving or cancelling one costs no search and no allocation.
 */

/** An item of a `TimeHeap`; it stands in one heap at a time. */
export interface Timed {
  /** When it is due. Call `update` after changing it while it is in a heap. */
  at: number;
  /** The place in the heap, written by the heap; -1 outside. */
  slot: number;
}

/**
 * An indexed binary min-heap by `at`. Each operation takes O(log n). Items due at the same time come
 * in an order that is repeatable, but is not the order of insertion.
 */
export class TimeHeap<T extends Timed> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  /** The item due first. */
  peek(): T | undefined {
    return this.#items[0];
  }

  /** Adds an item that is in no heap. */
  push(item: T): void {
    this.#rise(item, this.#items.length);
  }

  pop(): T | undefined {
    const first = this.#items[0];
    if (first !== undefined) this.remove(first);
    return first;
  }

  /** Takes the item out; does nothing if it is not in. */
  remove(item: T): void {
    const { slot } = item;
    const last = this.#items.length - 1;
    if (slot === -1) return;
    const filler = this.#items[last] as T;
    this.#items.length = last;
    item.slot = -1;
    if (filler !== item) this.#place(filler, slot);
  }

  /** Moves an item whose `at` has changed; does nothing if it is not in. */
  update(item: T): void {
    if (item.slot !== -1) this.#place(item, item.slot);
  }

  #place(item: T, slot: number): void {
    const parent = this.#items[(slot - 1) >> 1];
    if (slot > 0 && parent !== undefined && item.at < parent.at) this.#rise(item, slot);
    else this.#sink(item, slot);
  }

  #rise(item: T, from: number): void {
    let slot = from;
    while (slot > 0) {
      const up = (slot - 1) >> 1;
      const parent = this.#items[up] as T;
      if (parent.at <= item.at) break;
      this.#put(parent, slot);
      slot = up;
    }
    this.#put(item, slot);
  }

  #sink(item: T, from: number): void {
    let slot = from;
    for (;;) {
      const down = this.#earlierChild(slot);
      const child = this.#items[down];
      if (child === undefined || child.at >= item.at) break;
      this.#put(child, slot);
      slot = down;
    }
    this.#put(item, slot);
  }

  #earlierChild(slot: number): number {
    const left = 2 * slot + 1;
    const a = this.#items[left];
    const b = this.#items[left + 1];
    return a !== undefined && b !== undefined && b.at < a.at ? left + 1 : left;
  }

  #put(item: T, slot: number): void {
    this.#items[slot] = item;
    item.slot = slot;
  }
}
