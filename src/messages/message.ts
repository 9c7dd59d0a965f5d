/** A message on its way out: encoded, with its place in the outbox and the promise of its sender. */
import { ignore } from '../base/ignore.ts';
import type { Receipt } from './receipts.ts';
import type { Outgoing } from './writer.ts';

/** The end of the time for which a message may wait in its outbox. */
export interface MessageExpiry {
  /** It has entered the outbox. */
  begin(): void;
  /** It has left the outbox. */
  end(): void;
  isDue(now?: number): boolean;
  /** Takes the message out, and rejects it. */
  expire(): void;
}

export class Message implements Outgoing {
  /** Encoded; or the message itself, until a dialogue encodes it. */
  chunk: unknown;
  bytes: number;
  silence = 0;
  /** Absent: it may wait for any time. */
  expiry: MessageExpiry | undefined;
  /** The message's number in the outbox; 0: it is in none. */
  place = 0;
  before: Message | undefined;
  behind: Message | undefined;
  /** Called when it leaves the outbox, whichever way. */
  onLeave: (() => void) | undefined;
  #receipt: Promise<Receipt> | undefined;
  #resolve: (receipt: Receipt) => void = ignore;
  #reject: (error: Error) => void = ignore;

  constructor(chunk: unknown, bytes: number) {
    this.chunk = chunk;
    this.bytes = bytes;
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
