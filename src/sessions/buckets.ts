/** Rates of hellos: a burst, then one a second. */

const BURST = 5;
const EACH = 1000;
/** Keys that are remembered; those that have waited long enough are forgotten. */
const MOST = 10_000;

/** Milliseconds. Each key has a bucket of its own. */
export class Buckets {
  /** By key, when its bucket is full again. */
  readonly #full = new Map<string, number>();

  /** Takes from the bucket; returns 0, or the milliseconds until it has something. */
  take(key: string, now: number): number {
    const full = Math.max(now, this.#full.get(key) ?? now) + EACH;
    const wait = full - now - BURST * EACH;
    if (wait > 0) return wait;
    // Behind all others, as the map keeps the order of insertion.
    this.#full.delete(key);
    this.#full.set(key, full);
    if (this.#full.size > MOST) this.#forget(now);
    return 0;
  }

  /** Forgets the oldest: those that are full again, and others while there are too many. A flood of keys is not walked for each of them. */
  #forget(now: number): void {
    for (const [key, full] of this.#full) {
      if (full > now && this.#full.size <= MOST) return;
      this.#full.delete(key);
    }
  }
}
