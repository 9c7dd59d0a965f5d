/** A message on its way out: encoded, with its place in the outbox and the promise of its sender. */
import type { Timed } from '../time/heap.ts';
import type { Receipt } from './receipts.ts';
import type { Outgoing } from './writer.ts';

const ignore = () => {};

export class Message implements Outgoing, Timed {
  /** Encoded; or the message itself, until a dialogue encodes it. */
  chunk: unknown;
  bytes: number;
  silence = 0;
  readonly receipt: Promise<Receipt>;
  /** When it expires, in monotonic milliseconds. */
  at: number;
  /** For how long it may wait, in milliseconds. */
  readonly ageMs: number;
  slot = -1;
  /** The message's number in the outbox; 0: it is in none. */
  place = 0;
  before: Message | undefined;
  behind: Message | undefined;
  /** Called when it leaves the outbox, whichever way. */
  onLeave: (() => void) | undefined;
  resolve: (receipt: Receipt) => void = ignore;
  #reject: (error: Error) => void = ignore;

  constructor(chunk: unknown, bytes: number, expiresAt = Number.POSITIVE_INFINITY, ageMs = expiresAt) {
    this.chunk = chunk;
    this.bytes = bytes;
    this.at = expiresAt;
    this.ageMs = ageMs;
    this.receipt = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Rejects the receipt; a receipt that its sender ignores is no unhandled rejection. */
  reject(error: Error): void {
    this.receipt.catch(ignore);
    this.#reject(error);
  }
}
