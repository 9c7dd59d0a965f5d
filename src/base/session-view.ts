/** Sessions as inspectors read them: a shape and a name, so that a page without sessions loads nothing of them. */

/** Messages, and the bytes of their payloads. */
export interface Amount {
  readonly messages: number;
  readonly bytes: number;
}

/** A session, as it is now. */
export interface SessionView {
  /** The first digits of the id, which is a secret; empty before the first welcome. */
  readonly session: string;
  /** Counts its sockets. */
  readonly epoch: number;
  readonly state: 'new' | 'attached' | 'detached' | 'ended';
  /** True when the last socket went on with what was before. */
  readonly resumed: boolean;
  /** Messages of this side that the other side has not acknowledged. */
  readonly outgoing: Amount;
  /** Messages of the other side that this side has not acknowledged. */
  readonly incoming: Amount;
  /** Messages of this side that left again, on a later socket. */
  readonly replayed: number;
}

/** A session of the accepting side that waits for its next socket. */
export interface DetachedView extends SessionView {
  /** The id of its last connection, which is over. */
  readonly connection: string;
  /** The URL of that connection, credentials redacted. */
  readonly url: string;
  readonly incarnation: number;
  /** When it lost its socket, in monotonic milliseconds. */
  readonly since: number;
  /** The end of the time for which the session is kept. */
  readonly until: number;
}

/** Accepts sessions under one supervisor. */
export interface SessionKeeper {
  detached(): Iterable<DetachedView>;
}

/** The member of a supervisor that has its keepers; absent without sessions. Registered, as two copies of the package serve each other. */
export const KEEPERS = Symbol.for('holdfast.sessions');
