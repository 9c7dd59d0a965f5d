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

/** The session that makes the calls. */
export interface Caller {
  readonly timekeeper: Timekeeper;
  /** No answer is wanted any more. */
  readonly isDone: boolean;
  /** A call failed for the first time, or works again. */
  failed(error: unknown): void;
}

export class StoreCalls {
  readonly #caller: Caller;
  readonly #pauses = new Set<Pause>();

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** The answer; undefined when none is wanted any more. */
  async persist<T>(call: () => Promise<T>): Promise<T | undefined> {
    for (let delay = FIRST; !this.#caller.isDone; delay = Math.min(LAST, delay * 2)) {
      try {
        return await call();
      } catch (error) {
        if (delay === FIRST) this.#caller.failed(error);
      }
      if (!this.#caller.isDone) await this.pause(delay);
    }
    return undefined;
  }

  pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const pause: Pause = new Pause(this.#caller.timekeeper, ms, () => {
        this.#pauses.delete(pause);
        resolve();
      });
      this.#pauses.add(pause);
    });
  }

  /** Ends all waits. */
  stop(): void {
    for (const pause of [...this.#pauses]) pause.stop();
  }
}

/** One call at a time; what is asked for meanwhile is one call after it. */
export class Repeated {
  readonly #run: () => Promise<void>;
  #isRunning = false;
  #isWanted = false;

  constructor(run: () => Promise<void>) {
    this.#run = run;
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  want(): void {
    this.#isWanted = true;
    if (!this.#isRunning) void this.#loop();
  }

  async #loop(): Promise<void> {
    this.#isRunning = true;
    while (this.#isWanted) {
      this.#isWanted = false;
      await this.#run();
    }
    this.#isRunning = false;
  }
}
