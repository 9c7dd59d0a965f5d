/** How much a reporter may say: a bucket that fills with time, so that a burst passes and a flood is slowed down. */

export interface Rate {
  readonly perSecond: number;
  /** The capacity of a bucket. */
  readonly burst: number;
}

export class Budget {
  readonly #rate: Rate;
  #left: number;
  #at: number;

  /** Full. Times are monotonic milliseconds. */
  constructor(rate: Rate, now: number) {
    this.#rate = rate;
    this.#left = rate.burst;
    this.#at = now;
  }

  /** Takes an amount, also one that is not there. Returns the milliseconds until there is something again; 0: now. */
  take(amount: number, now: number): number {
    const { perSecond, burst } = this.#rate;
    this.#left = Math.min(burst, this.#left + ((now - this.#at) / 1000) * perSecond) - amount;
    this.#at = now;
    return this.#left >= 0 ? 0 : (-this.#left / perSecond) * 1000;
  }
}
