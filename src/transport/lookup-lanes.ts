/**
 * Which names are looked up next. A lookup by the system's resolver takes one of few threads and cannot be cancelled, so
 * names whose last lookup was slow share one lane: the other threads stay free. Pure: time is an argument, in milliseconds.
 */

/** A lookup that takes longer is slow: the resolver asked a server again, or more than one. */
const SLOW = 1000;

/** Slow names that are remembered. */
const MOST = 1000;

export class LookupLanes {
  readonly #limit: number;
  readonly #wanted = new Set<string>();
  /** When each lookup under way began. */
  readonly #running = new Map<string, number>();
  /** Names whose last lookup was slow; the one that waits longest for another comes first. */
  readonly #slow = new Set<string>();

  /** `limit`: lookups under way at once. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  want(name: string): void {
    if (!this.#running.has(name)) this.#wanted.add(name);
  }

  /** No dial waits for the name any more. A lookup under way goes on. */
  forget(name: string): void {
    this.#wanted.delete(name);
  }

  isRunning(name: string): boolean {
    return this.#running.has(name);
  }

  ended(name: string, now: number): void {
    const took = now - (this.#running.get(name) ?? now);
    this.#running.delete(name);
    this.#slow.delete(name);
    if (took > SLOW) this.#slow.add(name);
    const [oldest] = this.#slow;
    if (this.#slow.size > MOST && oldest !== undefined) this.#slow.delete(oldest);
  }

  /** The name whose lookup begins now; undefined: none. */
  next(now: number): string | undefined {
    if (this.#running.size >= this.#limit) return undefined;
    const name = this.#fresh() ?? (this.#hasSlow(now) ? undefined : this.#slowest());
    if (name === undefined) return undefined;
    this.#wanted.delete(name);
    this.#running.set(name, now);
    return name;
  }

  #fresh(): string | undefined {
    for (const name of this.#wanted) if (!this.#slow.has(name)) return name;
    return undefined;
  }

  #slowest(): string | undefined {
    for (const name of this.#slow) if (this.#wanted.has(name)) return name;
    return undefined;
  }

  #hasSlow(now: number): boolean {
    for (const [name, since] of this.#running) if (this.#slow.has(name) || now - since > SLOW) return true;
    return false;
  }
}
