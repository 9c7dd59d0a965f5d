/** The handle of a session on the accepting side, which an application keeps over sockets. */
import type { Observable } from 'rxjs';
import type { SendOptions } from '../messages/send.ts';
import type { Peer } from '../ports/transport.ts';
import type { Delivery } from './consumers.ts';
import type { SessionReceipt } from './info.ts';

/** Why a session is over, as the accepting side sees it. */
export interface SessionClosed {
  /**
   * `closed`: by this side, or what `close` was given. `left`: by the dialling side. `expired`: `keepFor` has passed. `moved`: another process has
   * it. `going-away`: this process stops. `gap`: the numbers of both sides fit nowhere. `failed`: by `onFailure: "end"`.
   */
  readonly reason: string;
  /** Messages of this side that the other side has handled. */
  readonly acknowledged: number;
  /** Messages of this side that had a number and were not acknowledged: each may have arrived. */
  readonly unacknowledged: number;
}

/** A session of the accepting side. Lasts over sockets, and over processes where the store is shared: there each process has a handle of its own. */
export interface Session extends AsyncIterable<string | Uint8Array> {
  /** 128 bits in hexadecimal. Without `identify` this is all that a client needs to take the session over. */
  readonly id: string;
  /** The return value of `identify`; empty without `identify`. */
  readonly identity: string;
  /** The session has a socket. */
  readonly attached: boolean;
  /**
   * The application's handler. While it has not returned, or its promise is not settled, the next message waits, and this one is not acknowledged.
   * Without a consumer nothing is handed out, and the window fills.
   */
  onMessage: ((message: string | Uint8Array, delivery: Delivery) => unknown) | undefined;
  /** The messages while subscribed, one at a time. Completes when the session is over. */
  readonly messages$: Observable<string | Uint8Array>;
  /**
   * Sends a message, now or when the session next has a socket. Resolves when the store has it, as `written`. Rejects with `DeliveryError` while
   * it has no number; from then on its fate is `confirmed` of the receipt. An ignored rejection is not an unhandled one.
   */
  send(message: string | Uint8Array, options?: SendOptions): Promise<SessionReceipt>;
  /**
   * Inside of `onMessage`: runs `run` with a transaction of the store, and records with it that the message is handled, together or not at all.
   * Rejects with `HoldfastError("replaced")` when the session belongs to another process by now, and with what `run` rejects with; nothing was
   * applied then. The store in memory has no transaction, and gives `undefined`.
   */
  handled(run: (transaction: unknown) => unknown): Promise<void>;
  /** Sends what waits, tells the other side, and ends the session. `reason`: a word for both sides, at most 123 characters. Default `closed`. */
  close(reason?: string): Promise<SessionClosed>;
  /** Resolves when it is over, here. Never rejects. */
  readonly closed: Promise<SessionClosed>;
}

/** How a session came to this process. */
export interface Arrived {
  /** The session was opened earlier, at another process. */
  readonly resumed: boolean;
  /** The other end of the socket it came with, where that is known. */
  readonly from: Peer | undefined;
}
