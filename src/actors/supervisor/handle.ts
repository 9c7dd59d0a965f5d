/// <reference lib="esnext.disposable" preserve="true" />
/** The handle of a connection, as its user sees it. Brings the types of `await using`, which older `lib`s lack. */
import type { Observable } from 'rxjs';
import type { WaitOptions } from '../../base/abortable.ts';
import type { PolicyConfig } from '../../config/policy.ts';
import type { ConnectionState } from '../../machines/connection.ts';
import type { SupervisionState } from '../../machines/supervision.ts';
import type { Outbox } from '../../messages/outbox.ts';
import type { ReadOptions } from '../../messages/reader.ts';
import type { Receipt } from '../../messages/receipts.ts';
import type { SendOptions } from '../../messages/send.ts';
import type { Writer } from '../../messages/writer.ts';
import type { Exit } from '../../policy/exits.ts';
import type { Rtt } from '../../policy/rtt.ts';
import type { Peer } from '../../ports/transport.ts';
import type { Clock } from '../../time/clock.ts';
import type { HistoryEntry } from '../incarnation/recorder.ts';

/**
 * What `send` takes where its type is not given: what the peer sends, or text and bytes where that is `unknown`, as of a protocol
 * given by name or by default. So a message that no protocol frames does not compile.
 */
export type Sent<In> = 0 extends 1 & In ? In : unknown extends In ? string | Uint8Array : In;

/**
 * A supervised connection, across all its incarnations. `In` and `Out` are what its protocol receives and sends; a function that takes
 * any connection and sends nothing has the parameter `Connection<unknown, never>`.
 */
export interface Connection<In = unknown, Out = Sent<In>, Info = unknown> extends AsyncIterable<In> {
  readonly id: string;
  /** Credentials redacted. */
  readonly url: string;
  /**
   * The state of the current incarnation: `connecting` before the first, of a lazy connection `closed`; `closed` between two and
   * after the last.
   */
  readonly state: ConnectionState;
  /** `running`, `waiting` for the next attempt, `resting` when lazy and not wanted, or over: `left` or `gave-up`. */
  readonly status: ConnectionStatus;
  /** Counts its dials, also those that got no socket; 0 before the first. */
  readonly incarnation: number;
  /**
   * The other end: address, port, and the certificate that TLS verified. Of an accepted connection also after its end,
   * but for a certificate that was not read before; of a dialled one while its socket is open. `undefined` in browsers, and
   * for a WebSocket that `accept` was given without its request.
   */
  readonly peer: Peer | undefined;
  /** The subprotocol of an open WebSocket; `undefined` without one. */
  readonly subprotocol: string | undefined;
  /**
   * What the handshake of the running incarnation learned of the peer, as the protocol describes it; `undefined` before the
   * handshake is done, between two incarnations, and for protocols without one.
   */
  readonly agreed: Info | undefined;
  /** The clock of its supervisor: for timers of an SDK, which a test then moves as it moves the others. */
  readonly clock: Clock;
  /** Undefined until an answer was timed. */
  readonly rtt: Rtt | undefined;
  /** The last moves from state to state, oldest first. Empty without a recorder. */
  history(): readonly HistoryEntry[];
  /** The current state at once, then each change. Completes when the connection is over. */
  readonly state$: Observable<ConnectionState>;
  /**
   * The messages of the peer while subscribed; not replayed, but for those that `ready()` keeps. Completes when the connection
   * is over. Has no backpressure: a subscriber takes what comes.
   */
  readonly messages$: Observable<In>;
  /**
   * The messages of the peer, for a loop that may be slow: `for await (const message of connection.messages())`.
   * Begins with the loop, goes on across incarnations, and ends when the connection is over, or when the
   * loop is left. When the buffer is full the socket is paused, until half of it was read; what arrived in
   * the same chunk may exceed it. After `close()` what finds no room is discarded. A transport that cannot
   * pause (a browser's WebSocket) lets the buffer grow. The connection itself is such a loop, with the
   * default buffer. Throws `ConfigError`.
   */
  messages(options?: ReadOptions): AsyncIterable<In>;
  /** Messages accepted for sending that were not handed to the kernel yet. */
  readonly buffered: Buffered;
  /** Resolves when it is over: closed by us, left, or given up. Never rejects. */
  readonly closed: Promise<Exit>;
  /**
   * Sends a message, now or when the connection is next alive. Resolves when it was handed to the
   * kernel, which is no proof of arrival; `confirmed` of the receipt is. Rejects with `DeliveryError` when
   * it certainly did not arrive, with `bad-message` when the protocol cannot carry it, and with
   * `ConfigError` for bad options. It is sent at most once, and after all that was sent before. An ignored
   * rejection is not an unhandled one.
   */
  send(message: Out, options?: SendOptions): Promise<Receipt>;
  /**
   * Resolves when it is alive and the peer has proved to be there; rejects with
   * `ConnectionClosedError` when that will not happen, and with `aborted` when `signal` aborts first. Without an `onMessage`,
   * messages that arrive between this call and the end of the turn of the event loop in which it resolves, at most 1000, are kept: each
   * subscriber of `messages$` and each loop that begins within this time gets them first.
   */
  ready(options?: WaitOptions): Promise<void>;
  /**
   * Asks the peer now, and resolves with the round-trip time in milliseconds. Rejects with `bad-config` when the
   * connection does not probe, and with `closed` when it is not open, or ends before the answer. Dials no lazy connection.
   * In a page it needs the part `probes`.
   */
  probe(): Promise<number>;
  /** Sends what waits, says goodbye, and ends it for good. Resolves when nothing of it is left. */
  close(): Promise<Exit>;
  /**
   * Starts a new incarnation: at once if it waits, after the current one, or again after the end. Forgets the failures
   * so far. `next`: at the endpoint after the one in use, or after the one that it waits to dial; without effect for a
   * single URL. Throws `bad-config` for an accepted connection, `id-in-use` when another has taken the id since it was over, and
   * `closed` when the supervisor is stopped.
   */
  reconnect(options?: ReconnectOptions): void;
  /**
   * Replaces the policy that was given to `connect`, `accept` or `listen`; what it does not say is the supervisor's.
   * Holds at once: a shorter delay or deadline also for the wait under way, limits from the next exit or
   * message on. Throws `ConfigError`, with nothing changed.
   */
  configure(policy: PolicyConfig): void;
  /**
   * Hands an error of code that works for this connection, such as a callback of an SDK, to `onError` of the supervisor, or
   * else to the log. `where` names the place. Never throws.
   */
  reportError(error: unknown, where: string): void;
  /** Forgets the failures so far: the next attempt counts as the first. */
  healthy(): void;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface ReconnectOptions {
  /** Leaves an endpoint that answers but is wrong. Default `false`: `endpoints` of the policy chooses. */
  readonly next?: boolean;
}

/** Messages, and their encoded bytes; of a text its UTF-16 units. */
export interface Buffered {
  readonly messages: number;
  readonly bytes: number;
}

/** Whether a connection runs, waits for its next attempt, rests because it is lazy and nothing wants it, or is over. */
export type ConnectionStatus = 'running' | 'waiting' | 'resting' | 'left' | 'gave-up';

/** Messages and bytes in an outbox, and in a writer that took them from it. */
export function bufferedIn(
  outbox: Pick<Outbox, 'length' | 'bytes'> | undefined,
  underWay: Pick<Writer, 'messages' | 'messageBytes'> | undefined,
): Buffered {
  const { messages = 0, messageBytes = 0 } = underWay ?? {};
  const { length = 0, bytes = 0 } = outbox ?? {};
  return { messages: length + messages, bytes: bytes + messageBytes };
}

/** The summary of a state of the supervision chart. */
export function statusOf(state: SupervisionState): ConnectionStatus {
  const [status] = state.split('.') as [ConnectionStatus | 'queued' | 'backing-off'];
  return status === 'queued' || status === 'backing-off' ? 'waiting' : status;
}

export type MessageCallback = (message: never, connection: Connection<never, never, never>) => unknown;
