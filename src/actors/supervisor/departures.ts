/**
 * Ends many connections over a window instead of at once, so that their peers do not come back
 * together. The window is divided evenly; each leaves at a random moment of its own share.
 */
import type { Alarm, Timekeeper } from '../../time/timekeeper.ts';

/** A connection that can be closed. */
interface Closable {
  close(): Promise<unknown>;
}

export class Departures implements Alarm {
  at = 0;
  slot = -1;
  /** Resolves when all are closed. */
  readonly done: Promise<unknown>;
  readonly #timekeeper: Timekeeper;
  readonly #connections: readonly Closable[];
  readonly #from: number;
  readonly #share: number;
  #asked = 0;
  #allAsked: (() => void) | undefined;
  readonly #left: Promise<unknown>[] = [];

  constructor(connections: readonly Closable[], overMs: number, timekeeper: Timekeeper) {
    this.#connections = connections;
    this.#timekeeper = timekeeper;
    this.#from = timekeeper.now();
    this.#share = overMs / connections.length;
    const asked = new Promise<void>((resolve) => {
      this.#allAsked = resolve;
    });
    this.done = asked.then(() => Promise.all(this.#left));
    this.#awaitNext();
  }

  /** Closes the rest at once. */
  hurry(): void {
    this.#timekeeper.clear(this);
    while (this.#asked < this.#connections.length) this.#askNext();
    this.#awaitNext();
  }

  ring(): void {
    this.#askNext();
    this.#awaitNext();
  }

  #askNext(): void {
    const connection = this.#connections[this.#asked++];
    if (connection !== undefined) this.#left.push(connection.close());
  }

  #awaitNext(): void {
    if (this.#asked === this.#connections.length) return this.#allAsked?.();
    const moment = this.#asked + this.#timekeeper.clock.random();
    this.#timekeeper.set(this, this.#from + moment * this.#share);
  }
}
