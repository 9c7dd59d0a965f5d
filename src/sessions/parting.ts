/** The other side has ended a session: what arrived before is handed out first, within a part of `deadlines.close`. */
import type { Alarm, Timekeeper } from '../time/timekeeper.ts';
import type { SessionLink } from './link.ts';

/** The part of `deadlines.close` in which messages are handed out. */
const PART = 0.8;

export class Parting implements Alarm {
  at = 0;
  slot = -1;
  readonly #link: SessionLink;
  readonly #timekeeper: Timekeeper;
  readonly #closeMs: number;
  readonly #answer: (handled: number) => void;
  readonly #late: () => void;
  #answered = false;

  /** `answer`: the number of messages that were handled is final. `late`: the other side has not ended the socket since. */
  constructor(
    link: SessionLink,
    timekeeper: Timekeeper,
    closeMs: number,
    answer: (handled: number) => void,
    late: () => void,
  ) {
    this.#link = link;
    this.#timekeeper = timekeeper;
    this.#closeMs = closeMs;
    this.#answer = answer;
    this.#late = late;
    timekeeper.set(this, timekeeper.now() + PART * closeMs);
  }

  /** The application may have done with the last message. */
  check(): void {
    const { isBusy, waiting, done, handled } = this.#link.in;
    if (!isBusy && waiting === 0 && done === handled) this.#finish();
  }

  ring(): void {
    if (this.#answered) return this.#late();
    this.#finish();
  }

  end(): void {
    this.#timekeeper.clear(this);
  }

  #finish(): void {
    if (this.#answered) return;
    this.#answered = true;
    this.#link.in.drop();
    this.#answer(this.#link.in.say());
    this.#timekeeper.set(this, this.#timekeeper.now() + this.#closeMs);
  }
}
