/** Lines above a table: they scroll away, and the table is drawn anew under them. */

/** Lines that may wait for the next drawing. */
const MOST = 200;

export class Scroll {
  #waiting: string[] = [];
  #omitted = 0;
  #used = false;

  /** Whether there were lines: then the table leaves room for them. */
  get isUsed(): boolean {
    return this.#used;
  }

  /** Whether there are lines for the next drawing. */
  get isWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** A line without control characters. */
  add(line: string): void {
    this.#used = true;
    if (this.#waiting.length < MOST) this.#waiting.push(line);
    else this.#omitted++;
  }

  /** The lines since the last call, with the number of those that there was no room for. */
  take(): readonly string[] {
    const lines = this.#omitted === 0 ? this.#waiting : [...this.#waiting, `${this.#omitted} more lines`];
    this.#waiting = [];
    this.#omitted = 0;
    return lines;
  }
}
