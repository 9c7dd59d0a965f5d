/**
 * Virtual time in steps of a millisecond. A hashed timing wheel (Varghese and Lauck, 1987): setting a
 * timer and letting it ring take constant time, however many are set. Those of a millisecond ring in
 * the order in which they were set.
 */
import { Lists } from './lists.ts';

/** Milliseconds of a turn, a power of two. What is due later stays in its slot for another turn. */
const TURN = 2 ** 17;

/** One timer for each item, a whole number below `items`. */
export class Wheel {
  readonly #slots: Lists;
  readonly #due: Float64Array;
  #now = 0;

  constructor(items: number) {
    this.#slots = new Lists(TURN, items);
    this.#due = new Float64Array(items);
  }

  get now(): number {
    return this.#now;
  }

  /** Rounded up to whole milliseconds, and at least the next one. The item has no timer yet. */
  set(item: number, at: number): void {
    const due = Math.max(this.#now + 1, Math.ceil(at));
    this.#due[item] = due;
    this.#slots.push(due % TURN, item);
  }

  /** Lets one millisecond pass. What rings may set its timer again. */
  tick(ring: (item: number) => void): void {
    const now = ++this.#now;
    const slot = now % TURN;
    this.#slots.drain(slot, (item) => {
      if (this.#due[item] === now) ring(item);
      else this.#slots.push(slot, item);
    });
  }
}
