/** The messages of the other side of a session: counted as they arrive, handed out one at a time, acknowledged once they are handled. */
import type { Amount } from '../base/session-view.ts';
import type { Consumers, Delivery } from './consumers.ts';
import type { Window } from './wire.ts';

/** Acks leave after so many messages or bytes that were handled, or half of the window where that is less. */
const ACK_MESSAGES = 16;
const ACK_BYTES = 64 * 1024;

/** When an ack is to leave: at the end of this turn, as half of the window is used; once all input has been read; or with others, later. */
export type Urgency = 'now' | 'soon' | 'not';

/** The session, as its incoming half knows it. */
export interface IncomingHost {
  readonly consumers: Consumers;
  /** The number up to which messages may be handed out now; 0: none. */
  readonly mayHand: number;
  /** A message was handled by the application. */
  done(number: number): void;
}

const none: Window = { messages: 0, bytes: 0 };
/** What an idle session has in place of lists of its own. */
const empty: never[] = [];
const first: Delivery = Object.freeze({ again: false });
const repeated: Delivery = Object.freeze({ again: true });

export class Incoming {
  /** Messages that arrived. */
  received = 0;
  /** Messages with which the application has done. */
  done = 0;
  /** Messages of which acks may say that they are handled. */
  handled = 0;
  /** Messages up to this number are handed out as `again`. */
  doubtful = 0;
  /** An ack is to leave as soon as it can. */
  isDue = false;
  /** The application works on a message. */
  isBusy = false;
  /** `handled`, as the other side was told last. */
  #said = 0;
  /** Bytes of each message after `#said`, from `#head` on, and their sums: of all, and of those handled. */
  #sizes: number[] = empty;
  #head = 0;
  #bytes = 0;
  #handledBytes = 0;
  /** Messages that wait, from `#first` on. */
  #queue: unknown[] = empty;
  #first = 0;
  /** How many of them come first and are of the session before: its numbers say nothing any more. */
  #foreign = 0;
  #window: Window = none;
  /** The largest window that was agreed on: what the other side sends again may be of an earlier one. */
  #limit: Window = none;
  #isHanding = false;
  /** A message was not handled, and none is handed out any more. */
  isHalted = false;
  #successor: Incoming | undefined;
  readonly #host: IncomingHost;

  constructor(host: IncomingHost) {
    this.#host = host;
  }

  /** `limit`: what the other side may have been told before. */
  agree(window: Window, limit: Window = window): void {
    this.#window = window;
    if (limit.messages >= this.#limit.messages && limit.bytes >= this.#limit.bytes) {
      this.#limit = limit;
      return;
    }
    this.#limit = {
      messages: Math.max(this.#limit.messages, limit.messages),
      bytes: Math.max(this.#limit.bytes, limit.bytes),
    };
  }

  /** The counts that a store has of a session. */
  restore(handled: number, doubtful: number): void {
    this.received = this.done = this.handled = this.#said = handled;
    this.doubtful = doubtful;
  }

  /** Whether something was handled that the other side was not told. */
  get unsaid(): boolean {
    return this.handled > this.#said;
  }

  /** Messages of which the other side was not told that they are handled, and the bytes of their payloads. */
  get open(): Amount {
    return { messages: this.received - this.#said, bytes: this.#bytes };
  }

  /** Messages that arrived and were not handed out. */
  get waiting(): number {
    return this.#queue.length - this.#first;
  }

  /** A message arrived. Returns false when it exceeds the window. */
  receive(data: unknown, bytes: number): boolean {
    this.received++;
    if (this.#sizes === empty) this.#sizes = [];
    if (this.#queue === empty) this.#queue = [];
    this.#sizes.push(bytes);
    this.#bytes += bytes;
    if (!this.isHalted) this.#queue.push(data);
    const open = this.received - this.#said;
    return open === 1 || (open <= this.#limit.messages && this.#bytes <= this.#limit.bytes);
  }

  /** Hands out what may be handed out. */
  handOut(): void {
    if (this.#isHanding || this.isHalted) return;
    this.#isHanding = true;
    while (!this.isBusy && this.waiting > 0 && this.done < this.#host.mayHand && this.#host.consumers.any)
      this.#hand();
    this.#isHanding = false;
  }

  /** Messages up to this number are handled, and that is recorded. Returns how urgent an ack becomes by that; `not` where it was that before. */
  settle(handled: number): Urgency {
    const before = this.#urgency;
    for (; this.handled < handled; this.handled++)
      this.#handledBytes += this.#sizes[this.#head + this.handled - this.#said] as number;
    const urgency = this.#urgency;
    return urgency === before ? 'not' : urgency;
  }

  get #urgency(): Urgency {
    const { messages, bytes } = this.#window;
    const many = this.handled - this.#said;
    if (many === 0) return 'not';
    if (2 * many >= messages - 1 || 2 * this.#handledBytes >= bytes) return 'now';
    return many >= ACK_MESSAGES || this.#handledBytes >= ACK_BYTES ? 'soon' : 'not';
  }

  /** The number for an ack, or another frame that says what was handled. */
  say(): number {
    const said = this.handled - this.#said;
    this.#head += said;
    this.#bytes -= this.#handledBytes;
    this.#handledBytes = 0;
    this.#said = this.handled;
    this.isDue = false;
    if (this.#head > 1024 || this.#head === this.#sizes.length) {
      this.#sizes = rest(this.#sizes, this.#head);
      this.#head = 0;
    }
    return this.handled;
  }

  /** The message that the application works on is not handled, and none follows. */
  halt(): void {
    this.isBusy = false;
    this.isHalted = true;
    this.drop();
  }

  /** Nothing that waits is handed out any more. */
  drop(): void {
    this.#queue = empty;
    this.#first = this.#foreign = 0;
  }

  /** The session is lost: what it received and was not handed out goes first in the next one, without a number. */
  leaveTo(next: Incoming): void {
    next.#queue = rest(this.#queue, this.#first);
    next.#foreign = next.#queue.length;
    next.isBusy = this.isBusy;
    this.#successor = next;
    this.drop();
  }

  #hand(): void {
    const data = this.#queue[this.#first];
    this.#queue[this.#first++] = undefined;
    if (this.#first > 1024 || this.#first === this.#queue.length) {
      this.#queue = rest(this.#queue, this.#first);
      this.#first = 0;
    }
    const isForeign = this.#foreign > 0;
    if (isForeign) this.#foreign--;
    const number = isForeign ? this.done : this.done + 1;
    this.isBusy = true;
    const delivery = number <= this.doubtful ? repeated : first;
    if (this.#host.consumers.hand(data, delivery, this, number)) this.finish(number);
  }

  /** All consumers have done with a message that was handed out. */
  finish(number: number): void {
    this.isBusy = false;
    this.done = number;
    this.#host.done(number);
    let next: Incoming = this;
    while (next.#successor !== undefined) next = next.#successor;
    next.isBusy = false;
    next.handOut();
  }
}

function rest<T>(list: T[], from: number): T[] {
  return from === list.length ? empty : list.slice(from);
}
