/**
 * The readers of one id's messages: subscribers, which take each message at once, and loops, which may be
 * slow. An inbox outlives incarnations, so messages of one are read before messages of the next.
 */
import type { Subscriber } from 'rxjs';
import { Broadcast } from '../base/broadcast.ts';
import type { Reader, ReadingRoom } from './reader.ts';

/** The part of a connection that an inbox needs. */
export interface InboxHost {
  /** The connection is closing: a full loop gets no more messages. */
  readonly leaving: boolean;
  /** A loop is full, or none is any more. */
  updateReading(): void;
}

export class Inbox implements ReadingRoom {
  readonly #host: InboxHost;
  #subscribers: Broadcast<unknown> | undefined;
  #readers: Reader[] = [];

  constructor(host: InboxHost) {
    this.#host = host;
  }

  /** The slowest loop is full. */
  get full(): boolean {
    return this.#readers.some((reader) => reader.full);
  }

  add(subscriber: Subscriber<unknown>): void {
    this.#subscribers ??= new Broadcast();
    this.#subscribers.add(subscriber);
  }

  /** Hands messages to a loop from now on. */
  join(reader: Reader): void {
    this.#readers.push(reader);
  }

  /** A loop is full, or no longer. */
  changed({ full }: Reader): void {
    if (full || !this.full) this.#host.updateReading();
  }

  /** A loop wants no more. */
  leave(left: Reader): void {
    this.#readers = this.#readers.filter((other) => other !== left);
  }

  /** Hands a message to all readers; while the connection is closing, full loops miss it. */
  deliver(message: unknown): void {
    this.#subscribers?.next(message);
    for (const reader of this.#readers) if (!reader.full || !this.#host.leaving) reader.push(message);
  }

  end(): void {
    const readers = this.#readers;
    this.#readers = [];
    this.#subscribers?.complete();
    for (const reader of readers) reader.end();
  }
}
