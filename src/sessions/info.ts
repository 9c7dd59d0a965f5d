/** The session, as users of the dialling side see it. */
import type { Observable } from 'rxjs';
import type { SendOptions } from '../messages/send.ts';

/** A session that the accepting side has lost, or that lost count. */
export interface SessionLoss {
  /** The id of the session, a secret. */
  readonly id: string;
  readonly reason: 'unknown-session' | 'gap';
  /** Messages that had left and were not acknowledged, oldest first: each may have arrived. */
  readonly unacknowledged: readonly (string | Uint8Array)[];
  /** They are sent again, in the next session. */
  readonly resent: boolean;
}

/** The session of a connection, as it is now. */
export interface SessionInfo {
  /** 128 bits in hexadecimal, which are a secret; empty before the first welcome. */
  readonly id: string;
  /** Counts the sockets that the session has had. */
  readonly epoch: number;
  /** The session has a socket on which both sides have greeted. */
  readonly attached: boolean;
  /** The present or last socket went on with a session of before. */
  readonly resumed: boolean;
  /** Messages that have left and are not acknowledged. */
  readonly unacknowledged: number;
  /** The session before this one, if it was lost. */
  readonly lost?: SessionLoss;
}

/**
 * `confirmed`: the application of the other side has handled it. `unacknowledged`: the session ended before that was known; it may have
 * arrived. `never-sent`: the session or the connection ended, or its time ran out, before it had a number.
 */
export type SessionConfirmation = 'confirmed' | 'unacknowledged' | 'never-sent';

/** The account of a message that was sent in a session. */
export interface SessionReceipt {
  /**
   * `written`: it has its number, and is kept until it is acknowledged. `queued`: it waits in the outbox; only inside of the application's own
   * handler, where two sides that wait for each other's windows would wait for ever.
   */
  readonly outcome: 'written' | 'queued';
  /** The incarnation whose socket it was given to first. */
  readonly incarnation: number;
  /** Never rejects. */
  readonly confirmed: Promise<SessionConfirmation>;
}

/** The members that a connection has beside all others, where its protocol is a session. */
export interface WithSession {
  /**
   * The session at once; then each time that it is attached, detached, lost or over, and, once for all changes of a turn, when
   * `unacknowledged` has changed. After a loss the next session is told, not yet attached, with `lost`; so is its first value that is attached, and
   * none after that. Completes when the connection is over.
   */
  readonly session$: Observable<SessionInfo>;
  /**
   * As `send` of each connection, but that the message is kept until the application of the other side has handled it. Rejects with
   * `DeliveryError` while it has no number; from then on its fate is `confirmed` of the receipt.
   */
  send(message: string | Uint8Array, options?: SendOptions): Promise<SessionReceipt>;
}
