/**
 * Virtual time in steps of a millisecond. A hashed timing wheel (Varghese and Lauck, 1987): setting and firing a
 * timer take constant time, however many are set. The timers of one millisecond fire in the order in which they
 * were set.
 */
import { Lists } from './lists.ts';

/** Milliseconds of a turn, a power of two. Later timers stay in their slot for further turns. */
const TURN = 2 ** 17;

/** A timer for each item, a whole number below `items`. */
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

  /** Sets a timer, rounded up to a whole millisecond after now. The item must not have a timer. */
  set(item: number, at: number): void {
    const due = Math.max(this.#now + 1, Math.ceil(at));
    this.#due[item] = due;
    this.#slots.push(due % TURN, item);
  }

  /** Lets one millisecond pass, and calls `fire` for its items, which may set their timers again. */
  tick(fire: (item: number) => void): void {
    const now = ++this.#now;
    const slot = now % TURN;
    this.#slots.drain(slot, (item) => {
      if (this.#due[item] === now) fire(item);
      else this.#slots.push(slot, item);
    });
  }
}
