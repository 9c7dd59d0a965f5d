/**
 * The port between an incarnation and its sockets: the methods a transport has, and the sink it calls. A
 * transport knows no charts, policies or protocols.
 */
import type { Failure } from '../policy/exits.ts';
import type { UpgradeResponse } from '../policy/upgrade-response.ts';
import type { Clock } from '../time/clock.ts';

/** Receives the events of one socket. No method throws. */
export interface SocketSink<Chunk> {
  /** The socket is usable. At most once, and before `received`. */
  opened(): void;
  received(chunk: Chunk): void;
  /** The oldest `write` not yet reported was handed to the kernel. Once per `write`, in order. */
  written(): void;
  /** A part of the writes not yet reported has left, where the transport can tell: progress for `deadlines.write`. */
  progressed?(): void;
  /** The peer will send no more: end of stream, or a close frame with its code. */
  ended(close?: CloseFrame): void;
  /** The socket broke. `closed` still follows. */
  failed(failure: Failure): void;
  /** The last call, exactly once: the socket holds no resources any more. */
  closed(): void;
}

const ignore = () => {};

/** Ignores every event: for sockets that are opened only to be destroyed. */
export const ignoringSink: SocketSink<unknown> = {
  opened: ignore,
  received: ignore,
  written: ignore,
  ended: ignore,
  failed: ignore,
  closed: ignore,
};

export interface CloseFrame {
  readonly code: number;
  readonly reason: string;
}

/** A socket, from `dial` or `adopt` until `closed`. No method throws, not even after `closed`. */
export interface Socket<Chunk> {
  /**
   * `more`: this is a slice, and the next `write` continues the same message. Returns false when the
   * chunk was dropped because the socket is no longer writable.
   */
  // biome-ignore lint/suspicious/noConfusingVoidType: a transport that cannot tell returns nothing
  write(chunk: Chunk, more: boolean): boolean | void;
  /** A chunk is not read any more once it is reported as written. Absent: a queue beyond the report may hold it. */
  readonly frees?: true;
  /** Several writes follow in this turn: the first may wait for the others, so that they leave together. */
  gather?(): void;
  /** Ends this side after the pending writes: half-closes a stream, sends a close frame on a WebSocket. */
  end(close?: CloseFrame): void;
  /** Drops the socket at once, pending writes included. `closed` follows in a later turn of the event loop. */
  destroy(): void;
  pause(): void;
  resume(): void;
  /** Messages are never cut: it sends each as one `write`. */
  readonly takesWhole?: boolean;
  /** Bytes read so far, where the transport counts more than the chunks of `received`. */
  readonly bytesRead?: number;
  /** The other end; `undefined` before the socket is connected, after it is closed, and where it is not known. */
  readonly remote?: Peer | undefined;
  /** What opening it has come to, for the exit when that takes too long. */
  readonly progress?: DialProgress | undefined;
  /** The subprotocol of a WebSocket; empty without one, and before it is open. */
  readonly subprotocol?: string;
}

/** A failure in it is what the peer has said already: it ends the dial that takes too long, in place of the deadline. */
export interface DialProgress extends Partial<Failure> {
  /** Such as `resolving feed.example`, or the addresses that were dialled. */
  readonly detail: string;
}

/** The address to dial, resolved anew for each incarnation. */
export interface Target {
  readonly url: URL;
  /** HTTP headers of a WebSocket upgrade. */
  readonly headers?: Readonly<Record<string, string>>;
  /** WebSocket subprotocols, in order of preference. */
  readonly protocols?: readonly string[];
  /** Stands for the id, in all its incarnations: a transport keeps by it what its dials learned, in a `WeakMap`. */
  readonly dialler?: Dialler;
}

/** The id that dials. */
export interface Dialler {
  /** Hears of each answer to the request for a WebSocket, before the sink does. Must not throw. */
  readonly onResponse?: (response: UpgradeResponse) => void;
}

/** A listening socket. */
export interface Bound {
  /** The bound address, with the port that the kernel chose where port 0 was requested. */
  readonly url: string;
  /**
   * Stops accepting, and drops the sockets whose handshakes are under way; those handed over stay open. Resolves
   * when the port is free and the dropped sockets are closed.
   */
  close(): Promise<void>;
  /**
   * Replaces the certificate of handshakes that begin from now on. Throws `ConfigError`, with the old one kept.
   * Absent without TLS.
   */
  update?(certificate: Certificate): void;
}

/** A certificate chain and its private key, as PEM text or its bytes. */
export interface Certificate {
  readonly cert: string | Uint8Array;
  readonly key: string | Uint8Array;
}

/** Receives the events of a listening transport. */
export interface AcceptSink {
  /**
   * A socket was accepted, and has a handshake before it: TLS, a WebSocket upgrade. `undefined` refuses the socket,
   * which is then dropped. Not called by transports without a handshake.
   */
  arrived?(arrival: Arrival): ArrivalOwner | undefined;
  /** A socket was accepted, and its handshake is done: pass `raw` to `adopt`, or it stays open. `from` names the peer. */
  accepted(raw: unknown, from: string): void;
  /** An accept failed, for example because the process ran out of descriptors; listening goes on. */
  failed(error: Error): void;
}

/** An accepted socket whose handshake is under way. */
export interface Arrival {
  /** `address:port` of the peer. */
  readonly from: string;
  /** The IP address of the peer. */
  readonly address: string | undefined;
  /** Bytes it has sent so far. */
  readonly bytesRead: number;
  /** Drops the socket at once; `ended` of its owner follows. */
  destroy(): void;
}

/** Decides about an arrival. */
export interface ArrivalOwner {
  /** Asked before the last answer of the handshake: whether the socket may become a connection. */
  admits(): boolean;
  /** The last call: the socket is about to be handed over, or it is closed, by `failure`. */
  ended(failure?: Failure): void;
}

/** The other end of a socket. */
export interface Peer {
  /** The IP address; absent for unix sockets, whose peers have none. */
  readonly address?: string;
  readonly port?: number;
  readonly family: 'IPv4' | 'IPv6' | 'unix';
  /** The certificate that the peer presented under TLS; absent when it was not asked for one or presented none. */
  readonly certificate?: PeerCertificate;
  /** Whether that certificate was verified against `ca`; absent without TLS. */
  readonly authorized?: boolean;
  /** Whether TLS went on with an earlier session, so that no certificate was presented anew; absent without TLS. */
  readonly resumed?: boolean;
  /** The version of TLS that both ends agreed on, such as `TLSv1.3`; absent without TLS. */
  readonly tlsVersion?: string;
  /** The name of the cipher suite, as OpenSSL has it, such as `TLS_AES_256_GCM_SHA384`; absent without TLS. */
  readonly cipher?: string;
}

/** The request of a WebSocket upgrade that was accepted. */
export interface UpgradeRequest {
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The path with the query, such as `/feed?token=1`. */
  readonly url: string;
}

/** A certificate as `node:tls` reads it. */
export interface PeerCertificate {
  /** By attribute, as in `{ CN: 'client' }`. */
  readonly subject: Readonly<Record<string, string | string[]>>;
  readonly issuer: Readonly<Record<string, string | string[]>>;
  /** As in `DNS:localhost, IP Address:127.0.0.1`. */
  readonly subjectaltname?: string;
  readonly valid_from: string;
  readonly valid_to: string;
  readonly serialNumber: string;
  /** SHA-256, as hexadecimal bytes with colons. */
  readonly fingerprint256: string;
  /** The certificate in DER. */
  readonly raw: Uint8Array;
}

/** A way to dial, listen or adopt for some URL schemes. */
export interface Transport<Chunk = Uint8Array> {
  readonly name: string;
  /** The URL schemes it serves, without the colon. */
  readonly schemes: readonly string[];
  /** The carrier it offers to protocols. Default `bytes`. */
  readonly carrier?: Carrier;
  /** True when an opened socket proves that the service itself answered (a WebSocket upgrade). */
  readonly provedByOpening: boolean;
  /** Name of the protocol used when none is given. */
  readonly defaultProtocol: string;
  /** Returns the form that was expected when `url` does not suit this transport, else `undefined`. Port 0 is for listening only. */
  check(url: URL, side: Side): string | undefined;
  /**
   * Starts opening. Never throws: failures arrive at `sink` in a later turn of the event loop. `clock` has the
   * timers of the transport; default: the system's.
   */
  dial(target: Target, sink: SocketSink<Chunk>, clock?: Clock): Socket<Chunk>;
  /** Throws `ConfigError` for a value that `adopt` cannot take over. */
  checkAccepted?(raw: unknown): void;
  /** Takes over an accepted socket. Calls `opened` in a later turn of the event loop. */
  adopt?(raw: unknown, sink: SocketSink<Chunk>): Socket<Chunk>;
  /** The other end of an accepted socket, also after its end; `undefined` where it is not known. */
  peerOf?(raw: unknown): Peer | undefined;
  /** The upgrade of an accepted WebSocket; `undefined` where it is not known. */
  requestOf?(raw: unknown): UpgradeRequest | undefined;
  /** Whether an accepted socket has read nothing, also after its end; `undefined` where that is not known. */
  isSilent?(raw: unknown): boolean | undefined;
  /** Rejects when the address cannot be bound. `clock` as for `dial`. */
  listen?(url: URL, sink: AcceptSink, clock?: Clock): Promise<Bound>;
}

/** A protocol works over a transport of the same carrier. */
export type Carrier = 'bytes' | 'messages';

/** The end of the connection that this process is: the dialling or the accepting one. */
export type Side = 'dial' | 'accept';
