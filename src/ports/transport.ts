/**
 * The port between an incarnation and its sockets: the methods a transport has, and the sink it calls. A
 * transport knows no charts, policies or protocols.
 */
import type { Failure } from '../policy/exits.ts';
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
  /** Ends this side after the pending writes: half-closes a stream, sends a close frame on a WebSocket. */
  end(close?: CloseFrame): void;
  /** Drops the socket at once, pending writes included. `closed` follows in a later turn of the event loop. */
  destroy(): void;
  pause(): void;
  resume(): void;
  /** Bytes read so far, where the transport counts more than the chunks of `received`. */
  readonly bytesRead?: number;
}

/** The address to dial, resolved anew for each incarnation. */
export interface Target {
  readonly url: URL;
  /** HTTP headers of a WebSocket upgrade. */
  readonly headers?: Readonly<Record<string, string>>;
  /** WebSocket subprotocols, in order of preference. */
  readonly protocols?: readonly string[];
}

/** A listening socket. */
export interface Bound {
  /** The bound address, with the port that the kernel chose where port 0 was requested. */
  readonly url: string;
  /** Stops accepting; accepted sockets stay open. Resolves when the port is free. */
  close(): Promise<void>;
}

/** Receives the events of a listening transport. */
export interface AcceptSink {
  /** A socket was accepted: pass `raw` to `adopt`, or it stays open. `from` names the peer. */
  accepted(raw: unknown, from: string): void;
  /** An accept failed, for example because the process ran out of descriptors; listening goes on. */
  failed(error: Error): void;
}

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
   * Starts opening. Never throws: failures arrive at `sink` in a later turn of the event loop. `clock` has the timers
   * of a transport that polls; default: the system's.
   */
  dial(target: Target, sink: SocketSink<Chunk>, clock?: Clock): Socket<Chunk>;
  /** Takes over an accepted socket. Calls `opened` in a later turn of the event loop. */
  adopt?(raw: unknown, sink: SocketSink<Chunk>): Socket<Chunk>;
  /** Rejects when the address cannot be bound. */
  listen?(url: URL, sink: AcceptSink): Promise<Bound>;
}

/** A protocol works over a transport of the same carrier. */
export type Carrier = 'bytes' | 'messages';

/** The end of the connection that this process is: the dialling or the accepting one. */
export type Side = 'dial' | 'accept';
