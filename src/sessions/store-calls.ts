/** The calls of one session to its store, in order: asked again until they are answered, as each can be repeated. */
import type { Alarm, Timekeeper } from '../time/timekeeper.ts';

/** Milliseconds before a call that failed is made again: at first, and at most. */
const FIRST = 100;
const LAST = 2000;

/** Waits for a time, and can be told to stop. */
export class Pause implements Alarm {
  at = 0;
  slot = -1;
  readonly #timekeeper: Timekeeper;
  readonly #resolve: () => void;

  constructor(timekeeper: Timekeeper, ms: number, resolve: () => void) {
    this.#timekeeper = timekeeper;
    this.#resolve = resolve;
    timekeeper.set(this, timekeeper.now() + ms);
  }

  ring(): void {
    this.#resolve();
  }

  stop(): void {
    this.#timekeeper.clear(this);
    this.#resolve();
  }
}

/** The writes of one session to its store, each made again until it is answered. */
export abstract class StoreCalls {
  /** The waits for the next try; absent while there are none. */
  #pauses: Set<Pause> | undefined;

  protected abstract readonly timekeeper: Timekeeper;
  /** No answer is wanted any more. */
  protected abstract readonly isDone: boolean;
  /** A call failed for the first time. */
  protected abstract failed(error: unknown): void;

  /** The answer; undefined when none is wanted any more. */
  protected async persist<T>(call: () => Promise<T>): Promise<T | undefined> {
    for (let delay = FIRST; !this.isDone; delay = Math.min(LAST, delay * 2)) {
      try {
        return await call();
      } catch (error) {
        if (delay === FIRST) this.failed(error);
      }
      if (!this.isDone) await this.pause(delay);
    }
    return undefined;
  }

  protected pause(ms: number): Promise<void> {
    this.#pauses ??= new Set();
    const pauses = this.#pauses;
    return new Promise((resolve) => {
      const pause: Pause = new Pause(this.timekeeper, ms, () => {
        pauses.delete(pause);
        resolve();
      });
      pauses.add(pause);
    });
  }

  /** Ends all waits. */
  protected stop(): void {
    for (const pause of [...(this.#pauses ?? [])]) pause.stop();
  }
}
