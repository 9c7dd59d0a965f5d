/** Chance that repeats, with the distributions of the model. One stream each, so that none shifts another. */

export class Chance {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;
  #spare = Number.NaN;

  /** The same words, the same stream. */
  constructor(...words: readonly number[]) {
    [this.#a = 0, this.#b = 0, this.#c = 0] = words;
    for (let i = 0; i < 20; i++) this.uniform();
  }

  /** Uniform in [0, 1); sfc32, as a run draws too many for a generator of 32 bits. */
  readonly uniform = (): number => {
    const mixed = (((this.#a + this.#b) | 0) + this.#counter++) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + mixed) | 0;
    return (mixed >>> 0) / 2 ** 32;
  };

  between(from: number, to: number): number {
    return from + (to - from) * this.uniform();
  }

  exponential(mean: number): number {
    return -mean * Math.log(1 - this.uniform());
  }

  lognormal(median: number, sigma: number): number {
    return median * Math.exp(sigma * this.#normal());
  }

  /** Box and Muller make two at a time. */
  #normal(): number {
    const spare = this.#spare;
    this.#spare = Number.NaN;
    if (!Number.isNaN(spare)) return spare;
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }
}
