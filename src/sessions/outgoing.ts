/** The messages of this side of a session that were given numbers: kept until the other side has handled them, and sent again until it received them. */
import { type Deferred, deferred } from '../base/deferred.ts';
import type { Outgoing as Written } from '../messages/writer.ts';
import type { SessionConfirmation, SessionReceipt } from './info.ts';
import { type Slab, slabOf } from './slab.ts';
import type { Window } from './wire.ts';

/**
 * A message with a number, and its receipt: one object, as there is one for each message. Writers take it as often as it is sent; its sender
 * has it since it got the number, and sees nothing of it but the receipt.
 */
export class Numbered implements Written, SessionReceipt {
  readonly outcome = 'written';
  readonly incarnation: number;
  readonly #chunk: unknown;
  readonly #payload: number;
  readonly #silence: number;
  readonly #slab: Slab | undefined;
  /** No socket reads the chunk any more. */
  #isFreed = false;
  /** Its fate; before that, the promise of it, where it was asked for. */
  #fate: SessionConfirmation | Deferred<SessionConfirmation> | undefined;

  constructor(chunk: unknown, payload: number, silence: number, incarnation: number) {
    this.incarnation = incarnation;
    this.#chunk = chunk;
    this.#slab = slabOf(chunk as Uint8Array);
    this.#payload = payload;
    this.#silence = silence;
  }

  /** The frame, as the protocol beneath carries it: the same on every socket. */
  get chunk(): unknown {
    return this.#chunk;
  }

  /** Bytes of the payload, which count against the window. */
  get payload(): number {
    return this.#payload;
  }

  get silence(): number {
    return this.#silence;
  }

  /** Bytes of the chunk, for the writer. */
  get bytes(): number {
    return this.#payload + 1;
  }

  get confirmed(): Promise<SessionConfirmation> {
    if (typeof this.#fate === 'string') return Promise.resolve(this.#fate);
    this.#fate ??= deferred();
    return this.#fate.promise;
  }

  settle(fate: SessionConfirmation): void {
    if (typeof this.#fate === 'object') this.#fate.resolve(fate);
    this.#fate = fate;
  }

  /** The other side has handled it, and no socket but the present one was given it: its memory can be used for others once that has let go of it. */
  release(): void {
    if (this.#isFreed) this.#slab?.giveBack();
  }

  freed(): void {
    this.#isFreed = true;
  }

  /** A socket took it, or was lost on the way: neither tells anything of a message that has a number. */
  resolve(): void {}
  reject(): void {}
}

/**
 * Inside of the application's own handler a message that waits is as good as sent: else two sides, whose handlers wait for each other's windows,
 * would wait for ever.
 */
export function queued(receipt: Promise<SessionReceipt>, incarnation: number): Promise<SessionReceipt> {
  const confirmed = receipt.then(
    (written) => written.confirmed,
    (): SessionConfirmation => 'never-sent',
  );
  // A message that was refused at once is so here, too.
  const first = Promise.race([
    receipt,
    Promise.resolve({ outcome: 'queued', incarnation, confirmed } as const),
  ]);
  first.catch(() => {});
  return first;
}

const none: Window = { messages: 0, bytes: 0 };
/** The list of a session without such messages. */
const empty: never[] = [];

export class Outgoing {
  /** Messages that have a number. */
  sent = 0;
  /** Messages that the other side has handled. */
  acked = 0;
  /** Messages that leave again on the present socket, as those before lost them. */
  again = 0;
  /** Messages that left again, on all sockets. */
  replayed = 0;
  /** Messages that were given to any socket of before. */
  #left = 0;
  /** Messages that were given to the present socket, or that the other side said to have received. */
  #given = 0;
  /** The messages after `acked`, oldest first, from `#head` on. */
  #kept: Numbered[] = empty;
  #head = 0;
  /** Bytes of the payloads of these. */
  bytes = 0;
  #window: Window = none;

  /** How many messages are not acknowledged. */
  get unacknowledged(): number {
    return this.sent - this.acked;
  }

  /** The messages that are not acknowledged, oldest first. */
  get kept(): readonly Numbered[] {
    return this.#kept.slice(this.#head);
  }

  /** The smaller of both sides' limits. */
  set window(window: Window) {
    this.#window = window;
  }

  /** Whether one more message of that many bytes is within the credit, after `more` others. With nothing unacknowledged any one is. */
  fits(payload: number, more = 0, moreBytes = 0): boolean {
    const { messages, bytes } = this.#window;
    const open = this.unacknowledged + more;
    return open === 0 || (open < messages && this.bytes + moreBytes + payload <= bytes);
  }

  /** Messages with a number that the present socket was not given yet. */
  get replays(): boolean {
    return this.#given < this.sent;
  }

  /** How many these are. */
  get backlog(): number {
    return this.sent - this.#given;
  }

  /** Gives a message its number. */
  add(message: Numbered): void {
    this.sent++;
    if (this.#kept === empty) this.#kept = [];
    this.#kept.push(message);
    this.bytes += message.payload;
  }

  /** The next message for the present socket. */
  next(): Numbered | undefined {
    if (!this.replays) return undefined;
    const message = this.#kept[this.#head + this.#given - this.acked];
    this.#given++;
    return message;
  }

  /** The other side greets: it has received that many, and handled that many. Returns false for numbers that fit nowhere. */
  greeted(received: number, handled: number): boolean {
    if (handled > received || received > this.sent || handled < this.acked) return false;
    this.#forget(handled);
    this.#left = Math.max(this.#left, this.#given);
    this.again = Math.max(0, this.#left - received);
    this.replayed += this.again;
    this.#given = received;
    return true;
  }

  /** The other side has handled that many. Returns false for a number that it cannot have, or that runs backwards. */
  acknowledged(handled: number): boolean {
    if (handled > this.#given || handled < this.acked) return false;
    this.#forget(handled);
    return true;
  }

  /** The log that a store has of a session: the messages after `acked`. */
  restore(acked: number, messages: readonly Numbered[]): void {
    this.sent = this.acked = this.#given = acked;
    for (const message of messages) this.add(message);
    this.#left = this.sent;
  }

  /** The session is lost: what is not acknowledged goes first in the next one. */
  leaveTo(next: Outgoing): void {
    for (const message of this.kept) next.add(message);
    next.#left = next.sent;
    this.#drop();
  }

  /** The session is over: what is not acknowledged by now may have arrived. */
  end(): void {
    for (const message of this.kept) message.settle('unacknowledged');
    this.#drop();
  }

  #drop(): void {
    this.#kept = empty;
    this.#head = this.bytes = 0;
    this.#given = this.acked = this.sent;
  }

  #forget(handled: number): void {
    for (; this.acked < handled; this.acked++) {
      const message = this.#kept[this.#head] as Numbered;
      this.#kept[this.#head++] = undefined as unknown as Numbered;
      this.bytes -= message.payload;
      message.settle('confirmed');
      if (this.acked >= this.#left) message.release();
    }
    if (this.#head < 1024 && this.#head < this.#kept.length) return;
    this.#kept = this.#head === this.#kept.length ? empty : this.#kept.slice(this.#head);
    this.#head = 0;
  }
}
