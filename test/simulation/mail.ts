/**
 * Follows each message from `send` to its arrival. A message is `<sender>.<number> <padding>`; an echo is
 * the same text on its way back.
 */

import { DeliveryError, type DeliveryOutcome, isHoldfastError } from '../../src/base/errors.ts';
import type { Receipt } from '../../src/messages/receipts.ts';

interface Letter {
  /** `refused`: the protocol cannot carry it. */
  fate: 'open' | 'written' | 'confirmed' | 'written-unconfirmed' | 'refused' | DeliveryOutcome;
  arrived: boolean;
}

const lost: ReadonlySet<string> = new Set(['never-sent', 'expired', 'evicted', 'refused']);

export class Mail {
  readonly #letters = new Map<string, Letter>();
  /** The last number that a reader saw of a sender, and everything it saw. */
  readonly #read = new Map<string, number>();
  readonly #echoes = new Set<string>();
  readonly #numbers = new Map<string, number>();
  readonly #violated: (what: string) => void;
  /** Receipts and other promises that have to settle. */
  readonly #unsettled = new Set<string>();
  delivered = 0;
  confirmations = 0;

  constructor(violated: (what: string) => void) {
    this.#violated = violated;
  }

  get unsettled(): string[] {
    return [...this.#unsettled];
  }

  /** The next text of a sender. */
  compose(sender: string, padding: number): string {
    const number = (this.#numbers.get(sender) ?? 0) + 1;
    this.#numbers.set(sender, number);
    return `${sender}.${number} ${'x'.repeat(padding)}`;
  }

  /** Follows a message whose receipt is `receipt`. */
  posted(text: string, receipt: Promise<Receipt>): void {
    const key = keyOf(text);
    const letter: Letter = { fate: 'open', arrived: false };
    this.#letters.set(key, letter);
    this.#unsettled.add(key);
    receipt.then(
      () => this.#settle(key, letter, 'written'),
      (error) => {
        const fate = error instanceof DeliveryError ? error.outcome : 'refused';
        this.#settle(key, letter, fate);
        if (!isHoldfastError(error)) this.#violated(`${key} was rejected with ${error}`);
        if (letter.arrived) this.#violated(`${key} arrived, and was rejected as ${fate}`);
      },
    );
  }

  /** The sender of `text` wants to know whether it arrived. */
  asked(text: string, receipt: Promise<Receipt>): void {
    const key = keyOf(text);
    const confirmed = receipt.then(
      async (written) => {
        const confirmation = await written.confirmed;
        const letter = this.#letters.get(key);
        if (letter === undefined) return;
        letter.fate = confirmation;
        if (confirmation === 'confirmed' && !letter.arrived)
          this.#violated(`${key} did not arrive, and was confirmed`);
        this.confirmations += confirmation === 'confirmed' ? 1 : 0;
      },
      () => {},
    );
    this.expect(`the confirmation of ${key}`, confirmed);
  }

  /** A promise that must settle before the world ends. */
  expect(what: string, promise: Promise<unknown>): void {
    this.#unsettled.add(what);
    const settled = () => void this.#unsettled.delete(what);
    promise.then(settled, settled);
  }

  /** `reader` stands for one connection, from one end. */
  arrived(text: string, reader: string): void {
    const key = keyOf(text);
    const letter = this.#letters.get(key);
    this.#inOrder(key, reader);
    this.delivered++;
    if (letter === undefined) return;
    if (letter.arrived) this.#violated(`${key} arrived twice, now at ${reader}`);
    if (lost.has(letter.fate)) this.#violated(`${key} was rejected as ${letter.fate}, and arrived`);
    letter.arrived = true;
  }

  /** What a loop read, a second time beside the callback. */
  looped(text: string, loop: string): void {
    this.#inOrder(keyOf(text), loop);
  }

  /** What a server sent back. */
  returned(text: string, reader: string): void {
    const key = keyOf(text);
    this.#inOrder(key, reader);
    if (this.#echoes.has(key)) this.#violated(`the echo of ${key} arrived twice`);
    this.#echoes.add(key);
    if (this.#letters.get(key)?.arrived !== true) this.#violated(`${key} was echoed before it arrived`);
  }

  #settle(key: string, letter: Letter, fate: Letter['fate']): void {
    if (letter.fate !== 'open') this.#violated(`the receipt of ${key} settled twice`);
    letter.fate = fate;
    this.#unsettled.delete(key);
  }

  #inOrder(key: string, reader: string): void {
    const [sender = '', number = ''] = key.split('.');
    const place = `${sender}>${reader}`;
    const last = this.#read.get(place) ?? 0;
    if (Number(number) <= last) this.#violated(`${reader} read ${key} after number ${last}`);
    this.#read.set(place, Number(number));
  }
}

function keyOf(text: string): string {
  return text.slice(0, text.indexOf(' '));
}
