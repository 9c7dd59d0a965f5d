/**
 * Receipts confirm messages after these were written. All messages between two pings have the same fate,
 * so they share one receipt; a receipt whose `confirmed` is never read costs no memory.
 */
import { type Deferred, deferred } from '../base/deferred.ts';
import type { Dialogue } from '../ports/protocol.ts';

/**
 * `confirmed`: the peer answered a ping that was sent after the message, so it has read the message.
 * `written-unconfirmed`: the incarnation ended before that. The message may have arrived or not.
 */
export type Confirmation = 'confirmed' | 'written-unconfirmed';

/** The message was handed to the kernel. A peer can still die with it in its buffers. */
export interface Receipt {
  readonly outcome: 'written';
  /** The incarnation whose socket took it; see `connection.incarnation`. */
  readonly incarnation: number;
  /**
   * Settles when a ping sent after the message was answered, or when the incarnation ended. Never
   * rejects. The first read of `confirmed` sends a ping at once, unless one is under way. Without probes
   * (modes `announce`, `listen`, `exchange`, none) it is `written-unconfirmed` in the end.
   */
  readonly confirmed: Promise<Confirmation>;
}

/** Acknowledged messages behind a gap that are remembered for receipts whose `confirmed` is read later. */
const MOST_UNREAD = 4096;

/** The receipts of one incarnation. A receipt that a sender holds keeps them after its end. */
export class Receipts {
  readonly incarnation: number;
  /** The receipt of all messages written since the last ping. */
  #current: SharedReceipt | undefined;
  /** Pings that were answered, or messages that were acknowledged without a gap, reach up to here. */
  #answered = 0;
  /** The ping that was sent because `confirmed` was read. */
  #hastened = 0;
  /** The newest ping that was written. */
  #pinged = 0;
  #followed: SharedReceipt[] = [];
  #ask: (() => number) | undefined;
  /** By number, acknowledged messages behind a gap; absent: heartbeats confirm. The newest are kept. */
  #acknowledged: Set<number> | undefined;

  /** `ask` sends a ping and returns its id, 0 if there is none to send. */
  constructor(ask: () => number, acknowledges: boolean, incarnation: number) {
    this.incarnation = incarnation;
    this.#ask = ask;
    if (acknowledges) this.#acknowledged = new Set();
  }

  /** For a message that has just been written. With acknowledgements each has a number of its own in place of a ping. */
  get current(): Receipt {
    const numbered = this.#acknowledged !== undefined;
    if (numbered || this.#current === undefined) this.#current = new SharedReceipt(this);
    if (numbered) this.#current.ping = ++this.#pinged;
    return this.#current;
  }

  /** The protocol acknowledged messages of this incarnation. */
  acknowledged(numbers: number | readonly number[]): void {
    const acknowledged = this.#acknowledged;
    if (acknowledged === undefined) return;
    for (const number of [numbers].flat()) {
      if (number > this.#answered) acknowledged.add(number);
      while (acknowledged.delete(this.#answered + 1)) this.#answered++;
      if (acknowledged.size > MOST_UNREAD) acknowledged.delete(acknowledged.values().next().value as number);
    }
    this.#settle();
  }

  /** Ping `id` was written, after all that was written before it. */
  pinged(id: number): void {
    if (this.#acknowledged !== undefined) return;
    this.#pinged = id;
    if (this.#current === undefined) return;
    this.#current.ping = id;
    this.#current = undefined;
    if (id <= this.#answered) this.#settle();
  }

  /** Ping `id` was answered, and with it all before. */
  answered(id: number): void {
    if (id <= this.#answered || this.#acknowledged !== undefined) return;
    this.#answered = id;
    this.#settle();
    if (this.#followed.length === 0) return;
    // An answer without an id counts for the oldest ping: a peer that swallowed some is as many answers behind the newest.
    if (id < this.#pinged) this.#ask?.();
    else if (this.#followed.some(({ ping }) => ping === 0)) this.#heartbeatWithin();
  }

  /** The incarnation ended: messages that are not confirmed by now stay unconfirmed. */
  end(): void {
    this.#ask = undefined;
    for (const { fate } of this.#followed) fate?.resolve('written-unconfirmed');
    this.#followed = [];
  }

  /** `confirmed` of a receipt was read. */
  follow(receipt: SharedReceipt): Deferred<Confirmation> {
    const fate = deferred<Confirmation>();
    if (this.#covers(receipt)) fate.resolve('confirmed');
    else if (this.#ask === undefined) fate.resolve('written-unconfirmed');
    else {
      this.#followed.push(receipt);
      if (receipt.ping === 0) this.#heartbeatWithin();
    }
    return fate;
  }

  #covers({ ping }: SharedReceipt): boolean {
    return (ping > 0 && ping <= this.#answered) || this.#acknowledged?.has(ping) === true;
  }

  /** Sends one ping at a time: the next one confirms all messages written meanwhile. */
  #heartbeatWithin(): void {
    if (this.#hastened <= this.#answered) this.#hastened = this.#ask?.() ?? 0;
  }

  #settle(): void {
    const settled = this.#followed.filter((receipt) => this.#covers(receipt));
    if (settled.length === 0) return;
    this.#followed = this.#followed.filter((receipt) => !this.#covers(receipt));
    for (const { fate } of settled) fate?.resolve('confirmed');
  }
}

class SharedReceipt implements Receipt {
  readonly outcome = 'written';
  readonly #receipts: Receipts;
  #ping = 0;
  #fate: Deferred<Confirmation> | undefined;

  constructor(receipts: Receipts) {
    this.#receipts = receipts;
  }

  /** The first ping after it; 0: none yet. */
  get ping(): number {
    return this.#ping;
  }

  set ping(id: number) {
    this.#ping = id;
  }

  get incarnation(): number {
    return this.#receipts.incarnation;
  }

  get fate(): Deferred<Confirmation> | undefined {
    return this.#fate;
  }

  get confirmed(): Promise<Confirmation> {
    this.#fate ??= this.#receipts.follow(this);
    return this.#fate.promise;
  }
}

/** The part `receipts`: confirms messages by heartbeats, or by the acknowledgements of their protocol. */
export const receipts = {
  receipts: (ask: () => number, dialogue: Pick<Dialogue, 'acknowledges'> | undefined, incarnation: number) =>
    new Receipts(ask, dialogue?.acknowledges !== undefined, incarnation),
};
