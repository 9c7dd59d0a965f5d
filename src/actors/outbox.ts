/** Messages of one id that wait for a socket. Bounded; survives incarnations. */
import type { OutboxPolicy } from '../config/policy.ts';
import { DeliveryError } from '../errors.ts';

/** What became of a message: handed to the kernel. A peer can still die with it in its buffers. */
export interface Receipt {
  readonly outcome: 'written';
}

/** An encoded message and whom to tell. */
export interface Outgoing {
  readonly chunk: unknown;
  readonly bytes: number;
  resolve(receipt: Receipt): void;
  reject(error: Error): void;
}

export class Outbox {
  #waiting: (Outgoing | undefined)[] = [];
  /** Index of the oldest; moving it is cheaper than shifting a long list. */
  #head = 0;
  bytes = 0;

  get length(): number {
    return this.#waiting.length - this.#head;
  }

  /** Takes a message, or rejects it when the outbox is full. */
  push(message: Outgoing, limits: OutboxPolicy): void {
    if (this.length >= limits.messages || this.bytes + message.bytes > limits.bytes) {
      const held = `${this.length} messages, ${this.bytes} bytes`;
      message.reject(new DeliveryError('never-sent', `the outbox is full (${held})`));
      return;
    }
    this.bytes += message.bytes;
    this.#waiting.push(message);
  }

  /** The oldest message, which leaves the outbox. */
  shift(): Outgoing | undefined {
    const message = this.#waiting[this.#head];
    if (message === undefined) return undefined;
    this.#waiting[this.#head++] = undefined;
    this.bytes -= message.bytes;
    if (this.#head === this.#waiting.length || this.#head > 1024) this.#compact();
    return message;
  }

  /** Rejects everything that waits. */
  clear(error: Error): void {
    for (let message = this.shift(); message !== undefined; message = this.shift()) message.reject(error);
  }

  #compact(): void {
    this.#waiting = this.#waiting.slice(this.#head);
    this.#head = 0;
  }
}
