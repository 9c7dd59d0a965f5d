/** The messages of QoS 0, which nothing acknowledges: the PINGRESP to a later PINGREQ shows that the server has read them. */

/** Numbers from the first to the last one. */
type Span = [first: number, last: number];

export class Unanswered {
  /** Since the last PINGREQ. */
  #spans: Span[] = [];
  /** The packets before each PINGREQ that waits for its answer. */
  readonly #asked: Span[][] = [];

  add(number: number): void {
    const last = this.#spans.at(-1);
    if (last?.[1] === number - 1) last[1] = number;
    else this.#spans.push([number, number]);
  }

  /** A PINGREQ leaves. */
  ask(): void {
    this.#asked.push(this.#spans);
    this.#spans = [];
  }

  /** The numbers before the oldest PINGREQ that waits. */
  answer(): number[] {
    const spans = this.#asked.shift() ?? [];
    return spans.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, at) => first + at));
  }
}
