/** The list: connections as rows, their counts, and gates. Part of the wire. */
import type { ConnectionStatus } from '../actors/supervisor/handle.ts';
import type { Amount } from '../base/session-view.ts';

import type { ConnectionState } from '../machines/connection.ts';

/** A connection of the list. */
export interface Row {
  readonly id: string;
  /** On a page and in its recordings: the process that reported it. Absent for the inspector's own. */
  readonly reporter?: string;
  /** The id of its machine in `hello`. */
  readonly machine: string;
  /** Credentials redacted. */
  readonly url: string;
  readonly side: 'dial' | 'accept';
  /** Name of the protocol, such as `line`; empty where nothing but the end of a connection is known. */
  readonly protocol: string;
  /** Heartbeat mode, such as `probe`; absent without heartbeats. */
  readonly mode?: string;
  readonly status: ConnectionStatus;
  readonly state: ConnectionState;
  /** The id of the innermost active node, such as `connection.suspect.silent`; the last one while it waits. */
  readonly node: string;
  /** The active node of the supervision chart, such as `supervision.queued.at-gate`. Absent in old recordings. */
  readonly supervision?: string;
  /** When the supervision chart entered that node. */
  readonly supervisionSince?: number;
  /** 0 before the first. */
  readonly incarnation: number;
  /** Smoothed round-trip time. */
  readonly rttMs?: number;
  /**
   * The newest samples, oldest first, at most `RTT_HISTORY`. Collected while a viewer is attached.
   * In a change: new samples, to be appended.
   */
  readonly rtts?: readonly number[];
  /** Which attempt since it was last stable. */
  readonly attempt?: number;
  /** When the next attempt begins, while it waits for a time. */
  readonly dueAt?: number;
  /** The reason of its wait, while it waits: `start`, `gate`, `offline`, `backoff` or `hint`. */
  readonly because?: string;
  /**
   * The route at whose gate, or at the gate of whose host, it waits: `endpoint` and `route`. The `until` of the later
   * one is the time of the next dial there.
   */
  readonly gate?: string;
  /**
   * When the connection began, or was first known where there is no flight recorder: age is `now - since`.
   */
  readonly since: number;
  /** When it entered its state. */
  readonly stateSince: number;
  /** Why the last incarnation ended, or what the running one is closing for. */
  readonly reason?: string;
  /** The platform's error code, close code or HTTP status to it. */
  readonly code?: string | number;
  /** The session of the connection. An accepted connection that is over has the one that waits for its next socket. */
  readonly session?: RowSession;
  /** The measurements behind a suspicion, while it is suspect. */
  readonly evidence?: RowEvidence;
  /** Told once a second, where something has changed. Absent before something passed or waited, and in old recordings. */
  readonly traffic?: RowTraffic;
  /** The other end of the newest socket that was alive. Read while the connection is watched, and kept after that. */
  readonly peer?: RowPeer;
  /** What the program says of the connection, by name. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** What passed the sockets of a connection, and what waits for one. */
export interface RowTraffic {
  /** When counting began: when the first viewer came, or the connection after that. */
  readonly since: number;
  readonly in: Passed;
  readonly out: Passed;
  /** Messages that were accepted for sending, and that the kernel has not taken. */
  readonly outbox: Amount;
}

/** Messages without heartbeats; bytes with them, and without what TLS and WebSocket add. */
export interface Passed extends Amount {
  /** Per second, over the last second. */
  readonly messageRate: number;
  readonly byteRate: number;
}

/** The other end of a socket. */
export interface RowPeer {
  /** Absent for unix sockets. */
  readonly address?: string;
  readonly port?: number;
  readonly family: 'IPv4' | 'IPv6' | 'unix';
  /** Absent without TLS. */
  readonly tls?: RowTls;
}

export interface RowTls {
  /** Such as `TLSv1.3`. */
  readonly version: string;
  readonly cipher: string;
  /** Whether the certificate of the peer was verified. */
  readonly authorized: boolean;
  /** Whether TLS went on with an earlier session. */
  readonly resumed: boolean;
  /** Absent where the peer presented none. */
  readonly certificate?: RowCertificate;
}

/** Names as `CN=feed.example, O=Example`. */
export interface RowCertificate {
  readonly subject: string;
  readonly issuer: string;
  /** As in `DNS:localhost, IP Address:127.0.0.1`. */
  readonly names?: string;
  readonly validFrom: number;
  readonly validTo: number;
  /** SHA-256, as hexadecimal bytes with colons. */
  readonly fingerprint: string;
}

/** The session of a connection, at the time of the row's last change. */
export interface RowSession {
  /** The first digits of its id, which is a secret; empty before the first welcome. */
  readonly id: string;
  /** The active node of the session chart, such as `session.attached`. */
  readonly node: string;
  /** Counts its sockets. */
  readonly epoch: number;
  /** True when the last socket went on with what was before. */
  readonly resumed: boolean;
  /** Messages of this side that the other side has not acknowledged. */
  readonly outgoing: Amount;
  /** Messages of the other side that this side has not acknowledged. */
  readonly incoming: Amount;
  /** Messages of this side that left again, on a later socket. */
  readonly replayed: number;
  /** Present for an accepted session without a socket, whose row is that of its last connection: the session is kept until then. */
  readonly until?: number;
}

/** The evidence of the lifecycle event, at the time of the row's last change. */
export interface RowEvidence {
  /** When the last inbound byte came. */
  readonly silentSince: number;
  readonly rtoMs: number;
  readonly probes: number;
  readonly queuedBytes: number;
}

export const RTT_HISTORY = 32;

/** Labels of one connection. */
export const MAX_LABELS = 20;

export const CONNECTION_STATES = [
  'connecting',
  'alive',
  'suspect',
  'closing',
  'closed',
] as const satisfies readonly ConnectionState[];

export type RowChange = { readonly id: string } & {
  readonly [Field in Exclude<keyof Row, 'id'>]?: Row[Field] | null;
};

/** Listed connections, each counted once: by state while an incarnation runs, otherwise by status. */
export type Counts = Readonly<Record<ConnectionState | 'waiting' | 'resting' | 'left' | 'gave-up', number>>;

/** Limits the dials of several connections to one host, or to one route of it. */
export interface Gate {
  /** As in a row. */
  readonly reporter?: string;
  /** Scheme, host and port. */
  readonly endpoint: string;
  /** The path, at the gate of a route. */
  readonly route?: string;
  readonly state: 'unknown' | 'open' | 'failed';
  /** How many may dial at once. */
  readonly window: number;
  readonly inFlight: number;
  readonly waiting: number;
  /** Closed until then. */
  readonly until?: number;
}
