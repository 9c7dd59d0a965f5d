/** The events of the connection's chart, and the port through which it drives an incarnation. */
import type { Exit, ExitReason, Failure } from '../policy/exits.ts';

/** Deadlines that a state sets for itself. Each state but `alive` and `closed` has one. */
export type StageDeadline = 'provider' | 'connect' | 'handshake' | 'condemn' | 'halfClosed' | 'close';

/** Deadlines that follow the traffic. */
export type TrafficDeadline = 'suspect' | 'write' | 'idle' | 'maxAge';

/** The deadlines of the connection chart. */
export type Deadline = StageDeadline | TrafficDeadline;

/**
 * The proof that the peer is there. `opening`: the open socket is one. `answer`: the connection is not usable
 * before the peer has answered. `none`: the connection is usable without one.
 */
export type Proof = 'opening' | 'answer' | 'none';

/** All events of the connection chart. */
export type ConnectionEvent =
  /** A timer: a heartbeat is due. */
  | { type: 'heartbeat-due' }
  /** A timer: a limit has passed, and a second look after pending input confirmed it. */
  | { type: 'deadline-expired'; deadline: Deadline }
  /** The functions that say where and how to dial have answered. Raised only while `preparing`. */
  | { type: 'prepared' }
  /** The socket is open. The proof is the one that mode, protocol and transport demand at this moment. */
  | { type: 'opened'; proof: Proof }
  /** The protocol's own handshake is done. */
  | { type: 'handshake-done' }
  /** The accepting side has refused the peer, and told it: the stream ends behind that. Raised only while `handshaking`. */
  | ({ type: 'turned-away' } & Failure)
  /** The application has said what goes ahead of waiting messages. Raised only while `introducing`. */
  | { type: 'introduced' }
  /**
   * Bytes arrived. Raised only while `handshaking`, unless the protocol has a handshake of its own, while
   * `suspect`, and once when nothing is proved yet.
   */
  | { type: 'bytes-received' }
  /** The kernel took more of a write. Raised only while `handshaking` or `suspect`. */
  | { type: 'write-progressed' }
  /** Everything accepted for sending was handed to the kernel. Raised only while `draining`. */
  | { type: 'drained' }
  /** The peer's end of stream or close frame, already judged. */
  | ({ type: 'peer-ended' } & Failure)
  /** As above, where the peer may still read, and the policy gives late answers time. Not raised before proof. */
  | ({ type: 'half-closed' } & Failure)
  /** Socket, codec or handshake broke. */
  | ({ type: 'failed' } & Failure)
  /** The last event of a socket: nothing of it is left. */
  | { type: 'socket-closed' }
  /** The platform says that there is no network. `canAsk`: the heartbeat mode is `probe` at this moment. */
  | { type: 'went-offline'; canAsk: boolean }
  /** `close()`, `reconnect()` or `stop()` of our side ends the incarnation. */
  | { type: 'close' };

/**
 * The effects of the chart. One object stands behind it for each incarnation. No method throws; the
 * events it causes are handled after the transition that called it.
 */
export interface ConnectionPort {
  /** Asks where and how to dial: answered by `prepared` or `failed`. Without functions to ask, does nothing. */
  prepare(): void;
  /** Opens the socket. Answered by `opened` or `failed`. */
  dial(): void;
  /** Starts the protocol's handshake, or else asks for a first sign of life. */
  startHandshake(): void;
  /** Lets the application speak first: answered by `introduced` or `failed`. Called only with `speaksFirst`. */
  introduce(): void;
  arm(deadline: StageDeadline): void;
  disarm(): void;
  /** Whether bytes and write progress are to be raised as events. */
  reportTraffic(on: boolean): void;
  /** Sets the traffic deadlines to watch. With a list, heartbeats go out; with undefined, nothing is watched. */
  watch(deadlines: readonly TrafficDeadline[] | undefined): void;
  /** Whether business messages may go to the socket; heartbeats always may. */
  flow(on: boolean): void;
  /** Sends a heartbeat: asks or announces, as the mode wants it. */
  sendHeartbeat(): void;
  /** Sends what is left, then raises `drained`. */
  drain(): void;
  /** The failure of functions that did not answer, of a socket that did not open, or of a silent peer, in time. */
  tooLate(reason: ExitReason): Failure;
  /** Says goodbye: the last words of the protocol, then half-close or close frame. */
  sayGoodbye(why: ExitReason): void;
  /** Drops the socket at once. `socket-closed` follows. */
  destroy(): void;
  /** Releases all resources that are still held. Called last; a second call does nothing. */
  release(): void;
  /** The exit for what ended this incarnation. */
  exit(verdict: Failure, proved: boolean): Exit;
}
