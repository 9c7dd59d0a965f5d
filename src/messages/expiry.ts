/** The messages of one outbox that can expire, behind one alarm. Nothing is scheduled while there are none. */
import { TimeHeap } from '../time/heap.ts';
import type { Alarm, Timekeeper } from '../time/timekeeper.ts';
import type { Message } from './message.ts';

export class Expiry implements Alarm {
  at = 0;
  slot = -1;
  readonly #timekeeper: Timekeeper;
  readonly #expired: (message: Message) => void;
  readonly #messages = new TimeHeap<Message>();

  constructor(timekeeper: Timekeeper, expired: (message: Message) => void) {
    this.#timekeeper = timekeeper;
    this.#expired = expired;
  }

  add(message: Message): void {
    this.#messages.push(message);
    if (this.slot < 0 || message.at < this.at) this.#timekeeper.set(this, message.at);
  }

  remove(message: Message): void {
    this.#messages.remove(message);
    if (this.#messages.size === 0) this.#timekeeper.clear(this);
  }

  isDue(message: Message): boolean {
    return message.at <= this.#timekeeper.now();
  }

  /** Needs no second look: no input can make a message younger. */
  ring(now: number): void {
    const due: Message[] = [];
    for (
      let next = this.#messages.peek();
      next !== undefined && next.at <= now;
      next = this.#messages.peek()
    ) {
      this.#messages.remove(next);
      due.push(next);
    }
    due.sort((a, b) => a.at - b.at || a.place - b.place);
    for (const message of due) this.#expired(message);
    const next = this.#messages.peek();
    if (next !== undefined) this.#timekeeper.set(this, next.at);
  }
}
