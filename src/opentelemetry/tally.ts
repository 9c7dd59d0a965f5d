/** Sums by attributes, for a collection of metrics. */
import type { Attributes } from '@opentelemetry/api';

export class Tally {
  readonly #sums = new Map<string, { readonly attributes: Attributes; value: number }>();

  add(attributes: Attributes, value: number): void {
    const key = JSON.stringify(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1)));
    const known = this.#sums.get(key);
    if (known === undefined) this.#sums.set(key, { attributes, value });
    else known.value += value;
  }

  get sums(): Iterable<{ readonly attributes: Attributes; readonly value: number }> {
    return this.#sums.values();
  }
}
