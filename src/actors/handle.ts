/** The handle of a connection, as its user sees it. */
import type { Observable } from 'rxjs';
import type { ConnectionState } from '../machines/connection.ts';
import type { Exit } from '../policy/exits.ts';
import type { Rtt } from '../policy/rtt.ts';
import type { Receipt } from './outbox.ts';
import type { HistoryEntry } from './recorder.ts';

/** A supervised connection, across all its incarnations. */
export interface Connection<In = unknown, Out = In> {
  readonly id: string;
  /** Credentials redacted. */
  readonly url: string;
  /** The state of the current incarnation; `closed` between two. */
  readonly state: ConnectionState;
  /** Whether it is `running`, `waiting` for its next attempt, or over: `left` or `gave-up`. */
  readonly status: ConnectionStatus;
  /** Counts the sockets it has had; 0 before the first. */
  readonly incarnation: number;
  /** Undefined until an answer was timed. */
  readonly rtt: Rtt | undefined;
  /** Its last moves from state to state, oldest first. Empty without a recorder. */
  history(): readonly HistoryEntry[];
  /** The current state at once, then each change. Completes when the connection is over. */
  readonly state$: Observable<ConnectionState>;
  /** What the peer sends, while subscribed; not replayed. Completes when the connection is over. */
  readonly messages$: Observable<In>;
  /** Resolves when it is over: closed by us, left, or given up. Never rejects. */
  readonly closed: Promise<Exit>;
  /**
   * Sends a message, now or when the connection is next alive. Resolves when it was handed to the
   * kernel, which is no proof of arrival. Rejects with `DeliveryError` when it never left. An ignored
   * rejection is not an unhandled one.
   */
  send(message: Out): Promise<Receipt>;
  /**
   * Resolves when it is alive and the peer has proved to be there; rejects with
   * `ConnectionClosedError` when that will not happen.
   */
  ready(): Promise<void>;
  /**
   * Asks the peer now, and resolves with the round-trip time in milliseconds. Rejects when the
   * connection does not probe, is not open, or ends before the answer.
   */
  probe(): Promise<number>;
  /** Sends what waits, says goodbye, and ends it for good. Resolves when nothing of it is left. */
  close(): Promise<Exit>;
  /**
   * Starts a new incarnation: at once if it waits, after the current one, or again after the end.
   * Throws for an accepted connection, and when the supervisor is stopped.
   */
  reconnect(): void;
  /** Forgets the failures so far: the next attempt counts as the first. */
  healthy(): void;
  [Symbol.asyncDispose](): Promise<void>;
}

export type ConnectionStatus = 'running' | 'waiting' | 'left' | 'gave-up';

export type MessageCallback = (message: never, connection: Connection<never, never>) => void;
