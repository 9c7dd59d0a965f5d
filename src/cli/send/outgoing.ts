/** Messages under way to the peer: a window of them, and what became of each. */
import type { Connection } from '../../actors/supervisor/handle.ts';
import { type Deferred, deferred } from '../../base/deferred.ts';
import type { Receipt } from '../../messages/receipts.ts';
import { messageOf } from '../problems.ts';

/** Messages, and bytes, that may be sent and not written yet. */
export const mostMessages = 1024;
export const mostBytes = 1024 * 1024;
/** Mistakes that are told one by one. */
const MOST_TOLD = 10;

export class Outgoing {
  readonly #connection: Connection<unknown>;
  readonly #confirms: boolean;
  readonly #tell: (text: string) => void;
  /** Messages written by the receipt that they share. */
  readonly #unconfirmed = new Map<Receipt, number>();
  #messages = 0;
  #bytes = 0;
  #sent = 0;
  #inDoubt = 0;
  #lost = 0;
  #failure: string | undefined;
  #stopped = false;
  #change: Deferred<void> | undefined;

  constructor(connection: Connection<unknown>, confirms: boolean, tell: (text: string) => void) {
    this.#connection = connection;
    this.#confirms = confirms;
    this.#tell = tell;
  }

  /** Resolves when there is room for the next message. */
  async send(message: string | Uint8Array): Promise<void> {
    const bytes = message.length;
    this.#messages++;
    this.#bytes += bytes;
    const number = ++this.#sent;
    const left = () => {
      this.#messages--;
      this.#bytes -= bytes;
      this.#changed();
    };
    this.#connection.send(message).then(
      (receipt) => {
        if (this.#confirms) this.#follow(receipt);
        left();
      },
      (error) => {
        this.#lose(number, error);
        left();
      },
    );
    while (!this.#stopped && (this.#messages >= mostMessages || this.#bytes >= mostBytes)) await this.#next();
  }

  /** Resolves when the fate of every message is known. */
  async settled(): Promise<void> {
    while (this.#messages > 0 || this.#unconfirmed.size > 0) await this.#next();
  }

  /** Nothing waits for room any more. */
  stop(): void {
    this.#stopped = true;
    this.#changed();
  }

  fail(failure: string): void {
    this.#failure = failure;
  }

  /** The messages that may not have arrived, in words; undefined: none. */
  complaint(): string | undefined {
    const unknown = [...this.#unconfirmed.values()].reduce((sum, count) => sum + count, this.#inDoubt);
    const parts = [
      this.#failure,
      this.#lost + this.#messages > 0
        ? `${this.#lost + this.#messages} of ${this.#sent} messages were not sent`
        : undefined,
      unknown > 0
        ? `${unknown} of ${this.#sent} messages were not confirmed, and may not have arrived`
        : undefined,
    ].filter((part) => part !== undefined);
    return parts.length === 0 ? undefined : parts.join('; ');
  }

  #follow(receipt: Receipt): void {
    const count = this.#unconfirmed.get(receipt);
    this.#unconfirmed.set(receipt, (count ?? 0) + 1);
    if (count !== undefined) return;
    void receipt.confirmed.then((confirmation) => {
      if (confirmation !== 'confirmed') this.#inDoubt += this.#unconfirmed.get(receipt) ?? 0;
      this.#unconfirmed.delete(receipt);
      this.#changed();
    });
  }

  #lose(number: number, error: unknown): void {
    this.#lost++;
    if (this.#lost <= MOST_TOLD && !this.#stopped) this.#tell(`message ${number}: ${messageOf(error)}`);
  }

  #next(): Promise<void> {
    this.#change ??= deferred();
    return this.#change.promise;
  }

  #changed(): void {
    this.#change?.resolve();
    this.#change = undefined;
  }
}
