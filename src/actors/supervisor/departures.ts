/**
 * Ends many connections over a window instead of at once, so that their peers do not come back
 * together. The window is divided evenly; each leaves at a random moment of its own share.
 */
import type { Alarm, Timekeeper } from '../../time/timekeeper.ts';

/** One who can be asked to leave. */
interface Guest {
  close(): Promise<unknown>;
}

export class Departures implements Alarm {
  at = 0;
  slot = -1;
  /** Resolves when all have left. */
  readonly done: Promise<unknown>;
  readonly #timekeeper: Timekeeper;
  readonly #guests: readonly Guest[];
  readonly #from: number;
  readonly #share: number;
  #asked = 0;
  #allAsked: (() => void) | undefined;
  readonly #left: Promise<unknown>[] = [];

  constructor(guests: readonly Guest[], overMs: number, timekeeper: Timekeeper) {
    this.#guests = guests;
    this.#timekeeper = timekeeper;
    this.#from = timekeeper.now();
    this.#share = overMs / guests.length;
    const asked = new Promise<void>((resolve) => {
      this.#allAsked = resolve;
    });
    this.done = asked.then(() => Promise.all(this.#left));
    this.#awaitNext();
  }

  /** The rest leaves now. */
  hurry(): void {
    this.#timekeeper.clear(this);
    while (this.#asked < this.#guests.length) this.#askNext();
    this.#awaitNext();
  }

  ring(): void {
    this.#askNext();
    this.#awaitNext();
  }

  #askNext(): void {
    const guest = this.#guests[this.#asked++];
    if (guest !== undefined) this.#left.push(guest.close());
  }

  #awaitNext(): void {
    if (this.#asked === this.#guests.length) return this.#allAsked?.();
    const moment = this.#asked + this.#timekeeper.clock.random();
    this.#timekeeper.set(this, this.#from + moment * this.#share);
  }
}
