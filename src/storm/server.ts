/** The server of the model: down at first, then it accepts one after the other, at a fixed rate. */

/** What the clients go through. Times in milliseconds. */
export interface Weather {
  /** From the moment the server dies until it accepts again. */
  readonly outageMs: number;
  /** Connections it accepts in a second. */
  readonly capacity: number;
  /** How many may wait to be accepted; who comes after them is refused. */
  readonly queue: number;
  /** For how long a client waits for an answer. */
  readonly patienceMs: number;
  /** Whether attempts get no answer at all while the server is down, instead of being refused. */
  readonly silent: boolean;
  /** What a refusal costs the server, as a share of what accepting costs. */
  readonly refusalCost: number;
}

export type Answer = 'accepted' | 'refused' | 'timed-out';

/** From the refusal, or from the client's turn, until the client knows. */
export const ANSWER_MS = 50;

export class Server {
  readonly #weather: Weather;
  readonly #costMs: number;
  /** When it will have done everything it has taken on. */
  #freeAt = 0;
  /** When the client of the last `dial` knows. */
  answerAt = 0;

  constructor(weather: Weather) {
    this.#weather = weather;
    this.#costMs = 1000 / weather.capacity;
  }

  /** An attempt that begins at `now`. Who loses patience in the queue keeps the place, as in a kernel's backlog. */
  dial(now: number): Answer {
    const { outageMs, queue, patienceMs, silent, refusalCost } = this.#weather;
    if (now < outageMs) return silent ? this.#timeOut(now) : this.#answer('refused', now);
    const free = Math.max(this.#freeAt, now);
    const isFull = (free - now) / this.#costMs > queue;
    this.#freeAt = free + this.#costMs * (isFull ? refusalCost : 1);
    if (isFull) return this.#answer('refused', now);
    const leavesFirst = this.#freeAt + ANSWER_MS > now + patienceMs;
    return leavesFirst ? this.#timeOut(now) : this.#answer('accepted', this.#freeAt);
  }

  #timeOut(now: number): Answer {
    this.answerAt = now + this.#weather.patienceMs;
    return 'timed-out';
  }

  #answer(answer: Answer, turn: number): Answer {
    this.answerAt = turn + ANSWER_MS;
    return answer;
  }
}
