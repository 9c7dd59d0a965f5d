/**
 * Events of connections: one shape for subscribers, log lines and the command line. A
 * heartbeat is `trace` and in the log alone; a suspicion, a give-up, a gate that closes or a limit that is reached is
 * `warn`, a handshake that fails `debug`, everything else `info`.
 */
import { defined } from '../../base/defined.ts';
import type { LogLevel } from '../../base/log.ts';
import type { GateEvent } from '../../endpoints/endpoint-gate.ts';
import type { Evidence } from '../../liveness/evidence.ts';
import type { ConnectionState } from '../../machines/connection.ts';
import type { Exit, ExitClass, ExitReason } from '../../policy/exits.ts';
import type { Because } from '../../policy/restart.ts';
import type { Rtt } from '../../policy/rtt.ts';
import type { HistoryEntry } from '../incarnation/recorder.ts';

/** Fields of everything that is about one connection. */
export interface OfConnection {
  /** The id. */
  readonly connection: string;
  /** Credentials redacted. */
  readonly url: string;
  readonly incarnation: number;
}

export interface StateEvent extends OfConnection {
  readonly event: 'state';
  /** Absent on the first line of an incarnation. */
  readonly from?: ConnectionState;
  readonly to: ConnectionState;
  /** Smoothed milliseconds, where they are known. */
  readonly rttMs?: number;
  /** Why it closes, on the way to `closing` and `closed`. */
  readonly reason?: ExitReason;
  /** On the way to `closed`. */
  readonly class?: ExitClass;
  readonly code?: string | number;
  readonly detail?: string;
  /** The evidence of the suspicion, on the way to `suspect`. */
  readonly evidence?: Evidence;
}

export interface ReconnectScheduledEvent extends OfConnection {
  readonly event: 'reconnect-scheduled';
  /** 1 for the first attempt since the connection was stable. */
  readonly attempt: number;
  /** Milliseconds; at a gate the least, as the turn may come later. */
  readonly delayMs: number;
  readonly because: Because;
}

/** A lazy connection has no socket, and dials when something wants it. */
export interface RestingEvent extends OfConnection {
  readonly event: 'resting';
}

export interface EndedEvent extends OfConnection {
  /** `left`: it will not come back, as intended. `gave-up`: the policy says that it makes no sense. */
  readonly event: 'left' | 'gave-up';
  readonly reason: ExitReason;
  /** `fatal`, `attempts`, `elapsed` or `crashes`; only for `gave-up`. */
  readonly because?: string;
  readonly code?: string | number;
  readonly detail?: string;
  /** The last moves; only for `gave-up`, with a recorder. */
  readonly history?: readonly HistoryEntry[];
}

export interface AcceptedEvent extends OfConnection {
  readonly event: 'accepted';
  /** The peer's address; `unknown` where `accept` was not told. */
  readonly peer: string;
}

export interface ListeningEvent {
  readonly event: 'listening';
  readonly url: string;
}

/** An accepted socket closed before its handshake (TLS, WebSocket upgrade) was done, or was dropped. */
export interface HandshakeFailedEvent {
  readonly event: 'handshake-failed';
  /** Where it was accepted. */
  readonly url: string;
  /** The peer's `address:port`. */
  readonly peer: string;
  /** `cut-off`: by the peer. `closed-by-us`: the listener was closed. */
  readonly reason: ExitReason;
  readonly code?: string | number;
  readonly detail?: string;
  /** Bytes that the peer had sent. */
  readonly bytes: number;
  /** Milliseconds since it was accepted. */
  readonly afterMs: number;
}

/** A limit of a listener refused sockets. At most once in 10 s for each limit, and once when the listener closes. */
export interface LimitReachedEvent {
  readonly event: 'limit-reached';
  readonly url: string;
  readonly limit: 'connections' | 'perAddress' | 'handshakes';
  /** The limit, in sockets. */
  readonly max: number;
  /** Sockets that were refused since the event before. */
  readonly refused: number;
  /** The peer of the last one. */
  readonly peer: string;
}

/** Something that ends nothing was noticed, such as another client with the same id, or a way that closes idle links. */
export interface WarningEvent extends OfConnection {
  readonly event: 'warning';
  /** A sentence for logs and people; its wording is not stable. */
  readonly detail: string;
}

/** A session got a socket, lost it, or is over. */
export interface SessionEvent extends OfConnection {
  readonly event: 'session';
  /** The first digits of its id, which is a secret; empty before it has one. */
  readonly session: string;
  /** Counts its sockets. */
  readonly epoch: number;
  readonly to: 'attached' | 'detached' | 'ended';
  /** Messages of this side that were sent and not acknowledged. */
  readonly unacknowledged: number;
  /** When `to` is `attached`: it goes on with what was before. */
  readonly resumed?: boolean;
  /** When `to` is `attached`: messages of this side that leave again, as the other side did not receive them. */
  readonly replayed?: number;
  /** Why it is over, when `to` is `ended`. */
  readonly reason?: string;
}

/** The accepting side has lost a session, or the numbers of both sides fit nowhere. */
export interface SessionLostEvent extends OfConnection {
  readonly event: 'session-lost';
  readonly session: string;
  readonly reason: 'unknown-session' | 'gap';
  /** Messages that were sent and not acknowledged: each may have arrived. `session$` has them. */
  readonly unacknowledged: number;
  /** They are sent again in the next session. */
  readonly resent: boolean;
}

/** The window of a session is full while both sides are alive: the other side's application handles nothing. */
export interface SessionStuckEvent extends OfConnection {
  readonly event: 'session-stuck';
  readonly session: string;
  readonly epoch: number;
  readonly unacknowledged: number;
  /** Milliseconds. */
  readonly forMs: number;
}

/**
 * A standby: a second socket beside a suspect one, as `reconnect.hedge` asks for. `incarnation` and `url` are those of the suspect
 * one. Once it is `chosen`, events of the state follow with its own number; the suspect one has no more of them.
 */
export interface StandbyEvent extends OfConnection {
  readonly event: 'standby';
  /** The number of the incarnation that it becomes when it is chosen. */
  readonly standby: number;
  /** Where it dials, credentials redacted. */
  readonly standbyUrl: string;
  /** `dropped`: the suspect one answered, or ended. `failed`: it did not open, or its transport was not proved. */
  readonly to: 'dialled' | 'chosen' | 'dropped' | 'failed';
  /** Milliseconds since it was dialled. */
  readonly afterMs: number;
  /** Why it failed. */
  readonly reason?: ExitReason;
  readonly code?: string | number;
  readonly detail?: string;
}

/** `supervisor.configure()` replaced the policy of all connections. */
export interface ConfiguredEvent {
  readonly event: 'configured';
}

/** All events of `events$`; `event` tells them apart. */
export type LifecycleEvent =
  | StateEvent
  | ReconnectScheduledEvent
  | RestingEvent
  | EndedEvent
  | AcceptedEvent
  | ListeningEvent
  | HandshakeFailedEvent
  | LimitReachedEvent
  | GateEvent
  | WarningEvent
  | SessionEvent
  | SessionLostEvent
  | SessionStuckEvent
  | StandbyEvent
  | ConfiguredEvent;

/** The fields that name a connection in its events. */
export function nameOf(of: {
  readonly id: string;
  readonly url: string;
  readonly incarnation: number;
}): OfConnection {
  return { connection: of.id, url: of.url, incarnation: of.incarnation };
}

/** The cause of a state; fields that are undefined are left out of the event. */
export type Why = {
  readonly [K in 'reason' | 'class' | 'code' | 'detail']?: StateEvent[K] | undefined;
};

/** `from` is undefined for the first state of an incarnation. */
export function stateEvent(
  connection: OfConnection,
  from: ConnectionState | undefined,
  to: ConnectionState,
  rtt: Rtt | undefined,
  why: Why,
  evidence: Evidence | undefined,
): StateEvent {
  const rttMs = rtt && Math.round(rtt.smoothed * 1000) / 1000;
  return defined({ event: 'state', ...connection, from, to, rttMs, ...why, evidence } as const);
}

/** `history`: the recorded steps, of an id that gave up. */
export function endedEvent(
  event: EndedEvent['event'],
  connection: OfConnection,
  { reason, code, detail }: Exit,
  because: string | undefined,
  history: EndedEvent['history'],
): EndedEvent {
  return defined({ event, ...connection, reason, because, code, detail, history } as const);
}

export function levelOf(event: LifecycleEvent): LogLevel {
  const alarming =
    event.event === 'gave-up' ||
    (event.event === 'state' && event.to === 'suspect') ||
    (event.event === 'gate' && event.to === 'failed');
  return alarming ? 'warn' : 'info';
}

/** A sentence for people. */
export function sentence(event: LifecycleEvent): string {
  switch (event.event) {
    case 'state':
      return event.reason === undefined ? event.to : `${event.to}: ${event.reason}`;
    case 'reconnect-scheduled':
      return `attempt ${event.attempt} in ${Math.round(event.delayMs)} ms`;
    case 'resting':
      return 'rests until something wants it';
    case 'left':
      return `left: ${event.reason}`;
    case 'gave-up':
      return `gave up: ${event.reason}`;
    case 'accepted':
      return `accepted from ${event.peer}`;
    case 'listening':
      return `listening on ${event.url}`;
    case 'handshake-failed':
      return `no handshake with ${event.peer}: ${event.reason}`;
    case 'limit-reached':
      return `sockets refused: ${event.refused}, as limits.${event.limit} is ${event.max}`;
    case 'gate':
      return `the gate of ${event.endpoint}${event.route ?? ''} is ${event.to}`;
    case 'warning':
      return event.detail;
    case 'session':
      return `session ${event.session} ${event.to === 'attached' && event.resumed ? 'resumed' : event.to}${event.replayed ? `, replayed: ${event.replayed}` : ''}${event.reason ? `: ${event.reason}` : ''}`;
    case 'session-lost':
      return `session ${event.session} is lost: ${event.reason}, unacknowledged: ${event.unacknowledged}`;
    case 'session-stuck':
      return `session ${event.session}: window full for ${event.forMs} ms`;
    case 'standby':
      return standbySentence(event);
    case 'configured':
      return 'policy changed';
  }
}

function standbySentence({ to, standby, afterMs, incarnation, reason }: StandbyEvent): string {
  switch (to) {
    case 'dialled':
      return `standby ${standby} is dialled, as ${incarnation} is suspect`;
    case 'chosen':
      return `standby ${standby} takes the place of ${incarnation} after ${afterMs} ms`;
    case 'dropped':
      return `standby ${standby} is dropped after ${afterMs} ms`;
    case 'failed':
      return `standby ${standby} failed: ${reason}`;
  }
}
