/**
 * The subscribers of one id's messages, which take each message at once; a loop over the messages is one of them. An inbox
 * outlives incarnations, so messages of one are read before messages of the next.
 */
import type { Subscriber } from 'rxjs';
import { Broadcast } from '../base/broadcast.ts';

/** The part of a connection that an inbox needs. */
export interface InboxHost {
  /** A subscriber came or left. */
  updateReading(): void;
}

/** A peer that talks before it is listened to fills no memory. */
const MOST_KEPT = 1000;

export class Inbox {
  readonly #host: InboxHost;
  #subscribers: Broadcast<unknown> | undefined;
  #subscribed = 0;
  /** Messages for subscribers that come soon; undefined: none are kept. */
  #kept: unknown[] | undefined;

  constructor(host: InboxHost) {
    this.#host = host;
  }

  /** A subscriber is there. */
  get isRead(): boolean {
    return this.#subscribed > 0;
  }

  /** No subscriber, and none is expected. */
  get isIdle(): boolean {
    return this.#kept === undefined && !this.isRead;
  }

  /** Each subscriber that comes before `forget` gets the messages since this call, too; at most 1000. */
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

  deliver(message: unknown): void {
    if (this.#kept !== undefined && this.#kept.length < MOST_KEPT) this.#kept.push(message);
    this.#subscribers?.next(message);
  }

  #count(more: number): void {
    this.#subscribed += more;
    this.#host.updateReading();
  }

  end(): void {
    this.#subscribers?.complete();
  }
}
