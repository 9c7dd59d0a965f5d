/** Seeded choices: all randomness of a scenario comes from this class, so a seed repeats its scenario. */
import { seeded } from '../../src/base/seeded.ts';

export class Chance {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = seeded(seed);
  }

  /** True in this share of the cases. */
  is(share: number): boolean {
    return this.#next() < share;
  }

  /** A whole number, both ends included. */
  int(least: number, most: number): number {
    return least + Math.floor(this.#next() * (most - least + 1));
  }

  pick<T>(from: readonly T[]): T {
    return from[this.int(0, from.length - 1)] as T;
  }

  /** `undefined` if there is nothing to pick from. */
  oneOf<T>(from: readonly T[]): T | undefined {
    return from.length === 0 ? undefined : this.pick(from);
  }

  /** Milliseconds until the next of independent events (exponential distribution). */
  gap(meanMs: number): number {
    return Math.ceil(-Math.log(1 - this.#next()) * meanMs);
  }
}
