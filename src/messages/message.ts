/** A message on its way out: encoded, with its place in the outbox and the promise of its sender. */
import { ignore } from '../base/ignore.ts';
import type { Alarm } from '../time/timekeeper.ts';
import type { Receipt } from './receipts.ts';
import type { Outgoing } from './writer.ts';

export class Message implements Outgoing, Alarm {
  /** Encoded; or the message itself, until a dialogue encodes it. */
  chunk: unknown;
  bytes: number;
  silence = 0;
  /** When it expires, in monotonic milliseconds. */
  at: number;
  /** For how long it may wait, in milliseconds. */
  readonly ageMs: number;
  slot = -1;
  /** Called when it expires. Needs no second look: no input can make a message younger. */
  ring: (now: number) => void = ignore;
  /** The message's number in the outbox; 0: it is in none. */
  place = 0;
  before: Message | undefined;
  behind: Message | undefined;
  /** Called when it leaves the outbox, whichever way. */
  onLeave: (() => void) | undefined;
  #receipt: Promise<Receipt> | undefined;
  #resolve: (receipt: Receipt) => void = ignore;
  #reject: (error: Error) => void = ignore;

  constructor(chunk: unknown, bytes: number, expiresAt = Number.POSITIVE_INFINITY, ageMs = expiresAt) {
    this.chunk = chunk;
    this.bytes = bytes;
    this.at = expiresAt;
    this.ageMs = ageMs;
  }

  /** Made when it is asked for: that of a message which has left by then needs no functions to settle it. */
  get receipt(): Promise<Receipt> {
    this.#receipt ??= new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    return this.#receipt;
  }

  resolve(receipt: Receipt): void {
    this.#resolve(receipt);
    this.#receipt ??= Promise.resolve(receipt);
  }

  /** Rejects the receipt; a receipt that its sender ignores is no unhandled rejection. */
  reject(error: Error): void {
    this.#reject(error);
    this.#receipt ??= Promise.reject(error);
    this.#receipt.catch(ignore);
  }
}
