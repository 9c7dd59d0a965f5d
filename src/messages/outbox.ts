/** Messages of one id that wait for a socket. Bounded; survives incarnations. */
import { DeliveryError } from '../base/errors.ts';
import type { OutboxPolicy } from '../config/policy.ts';
import type { Message } from './message.ts';

export class Outbox {
  length = 0;
  bytes = 0;
  #oldest: Message | undefined;
  #newest: Message | undefined;
  #placed = 0;

  /** Takes a message; a full outbox rejects it or evicts the oldest, by `limits.overflow`. Returns whether it is in. */
  push(message: Message, limits: OutboxPolicy): boolean {
    if (!this.#hasRoom(message, limits) && !this.#makeRoom(message, limits)) return false;
    this.length++;
    this.bytes += message.bytes;
    message.place = ++this.#placed;
    message.before = this.#newest;
    if (this.#newest === undefined) this.#oldest = message;
    else this.#newest.behind = message;
    this.#newest = message;
    message.expiry?.begin();
    return true;
  }

  /** The oldest message that has not expired. */
  peek(): Message | undefined {
    while (this.#oldest?.expiry?.isDue()) this.#oldest.expiry.expire();
    return this.#oldest;
  }

  /** Removes and returns it. */
  shift(): Message | undefined {
    const message = this.peek();
    if (message !== undefined) this.remove(message);
    return message;
  }

  /** Takes out a message that waits; returns whether it did. */
  remove(message: Message): boolean {
    if (message.place === 0) return false;
    const { before, behind } = message;
    if (before === undefined) this.#oldest = behind;
    else before.behind = behind;
    if (behind === undefined) this.#newest = before;
    else behind.before = before;
    message.before = message.behind = undefined;
    message.place = 0;
    this.length--;
    this.bytes -= message.bytes;
    message.expiry?.end();
    message.onLeave?.();
    return true;
  }

  /** Rejects everything that waits. */
  clear(error: Error): void {
    for (let message = this.#oldest; message !== undefined; message = this.#oldest) {
      this.remove(message);
      message.reject(error);
    }
  }

  #hasRoom({ bytes }: Message, limits: OutboxPolicy): boolean {
    return this.length < limits.messages && this.bytes + bytes <= limits.bytes;
  }

  #makeRoom(message: Message, limits: OutboxPolicy): boolean {
    const evicts = limits.overflow === 'drop-oldest' && message.bytes <= limits.bytes;
    if (!evicts) {
      const dropped = limits.overflow === 'drop-newest' && message.bytes <= limits.bytes;
      const held = `${this.length} messages, ${this.bytes} bytes`;
      message.reject(new DeliveryError(dropped ? 'evicted' : 'never-sent', `the outbox is full (${held})`));
      return false;
    }
    for (let oldest = this.#oldest; oldest && !this.#hasRoom(message, limits); oldest = this.#oldest) {
      this.remove(oldest);
      oldest.reject(new DeliveryError('evicted', 'evicted from the full outbox by a newer message'));
    }
    return true;
  }
}
