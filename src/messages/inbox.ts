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
  /** A loop is full, or none is any more; or a reader began or ended. */
  updateReading(): void;
}

/** A peer that talks before it is listened to fills no memory. */
const MOST_KEPT = 1000;

export class Inbox implements ReadingRoom {
  readonly #host: InboxHost;
  #subscribers: Broadcast<unknown> | undefined;
  #readers: Reader[] = [];
  #subscribed = 0;
  /** Messages for readers that begin soon; undefined: none are kept. */
  #kept: unknown[] | undefined;

  constructor(host: InboxHost) {
    this.#host = host;
  }

  /** The slowest loop is full. */
  get full(): boolean {
    return this.#readers.some((reader) => reader.full);
  }

  /** A subscriber or a loop is there. */
  get isRead(): boolean {
    return this.#readers.length + this.#subscribed > 0;
  }

  /** No reader, and none is expected. */
  get isIdle(): boolean {
    return this.#kept === undefined && this.#subscribers === undefined && this.#readers.length === 0;
  }

  /** Each reader that begins before `forget` gets the messages since this call, too; at most 1000. */
  keep(): void {
    this.#kept ??= [];
  }

  forget(): void {
    this.#kept = undefined;
  }

  add(subscriber: Subscriber<unknown>): void {
    this.#subscribers ??= new Broadcast();
    this.#subscribers.add(subscriber);
    for (const message of [...(this.#kept ?? [])]) subscriber.next(message);
    this.#count(1);
    subscriber.add(() => this.#count(-1));
  }

  /** Hands messages to a loop from now on. */
  join(reader: Reader): void {
    this.#readers.push(reader);
    for (const message of this.#kept ?? []) reader.push(message);
    this.#host.updateReading();
  }

  /** A loop is full, or no longer. */
  changed({ full }: Reader): void {
    if (full || !this.full) this.#host.updateReading();
  }

  /** A loop wants no more. */
  leave(left: Reader): void {
    this.#readers = this.#readers.filter((other) => other !== left);
    this.#host.updateReading();
  }

  /** Hands a message to all readers; while the connection is closing, full loops miss it. */
  deliver(message: unknown): void {
    if (this.#kept !== undefined && this.#kept.length < MOST_KEPT) this.#kept.push(message);
    this.#subscribers?.next(message);
    for (const reader of this.#readers) if (!reader.full || !this.#host.leaving) reader.push(message);
  }

  #count(more: number): void {
    this.#subscribed += more;
    this.#host.updateReading();
  }

  end(): void {
    const readers = this.#readers;
    this.#readers = [];
    this.#subscribers?.complete();
    for (const reader of readers) reader.end();
  }
}
