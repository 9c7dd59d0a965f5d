/** The server of the model: down at first, then accepting connections one after the other at a fixed rate. */

/** The behaviour of the server. Times in milliseconds. */
export interface ServerModel {
  /** Time from the server's death until it accepts again. */
  readonly outageMs: number;
  /** Connections that it accepts per second. */
  readonly capacity: number;
  /** Clients that may wait to be accepted; further attempts are refused. */
  readonly queue: number;
  /** Time after which an attempt without an answer times out. */
  readonly patienceMs: number;
  /** Whether attempts get no answer at all while the server is down, instead of being refused. */
  readonly silent: boolean;
  /** Cost of a refusal for the server, as a share of the cost of accepting: 0 to 1. */
  readonly refusalCost: number;
}

export type Answer = 'accepted' | 'refused' | 'timed-out';

/** Milliseconds from the server's refusal or acceptance until the client has the answer. */
export const ANSWER_MS = 50;

export class Server {
  readonly #model: ServerModel;
  readonly #costMs: number;
  /** The time at which its queue will be empty. */
  #freeAt = 0;
  /** The time at which the client of the last `dial` has its answer. */
  answerAt = 0;

  constructor(model: ServerModel) {
    this.#model = model;
    this.#costMs = 1000 / model.capacity;
  }

  /** An attempt that begins at `now`. A client that times out in the queue keeps its place, as in a kernel's backlog. */
  dial(now: number): Answer {
    const { outageMs, queue, patienceMs, silent, refusalCost } = this.#model;
    if (now < outageMs) return silent ? this.#timeOut(now) : this.#answer('refused', now);
    const free = Math.max(this.#freeAt, now);
    const isFull = (free - now) / this.#costMs > queue;
    this.#freeAt = free + this.#costMs * (isFull ? refusalCost : 1);
    if (isFull) return this.#answer('refused', now);
    const timesOutFirst = this.#freeAt + ANSWER_MS > now + patienceMs;
    return timesOutFirst ? this.#timeOut(now) : this.#answer('accepted', this.#freeAt);
  }

  #timeOut(now: number): Answer {
    this.answerAt = now + this.#model.patienceMs;
    return 'timed-out';
  }

  #answer(answer: Answer, turn: number): Answer {
    this.answerAt = turn + ANSWER_MS;
    return answer;
  }
}
