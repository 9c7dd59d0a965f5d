/**
 * The port between a link and the world: what a transport must do, and what it may call. A transport
 * knows nothing of charts, policies or protocols.
 */
import type { Failure } from '../policy/exits.ts';

/** What the link offers to its socket. No method throws. */
export interface SocketSink<Chunk> {
  /** The socket is usable. At most once, and before `received`. */
  opened(): void;
  received(chunk: Chunk): void;
  /** The oldest `write` not yet reported was handed to the kernel. Once per `write`, in order. */
  written(): void;
  /** The peer will send no more: end of stream, or a close frame with its code. */
  ended(close?: CloseFrame): void;
  /** The socket broke. `closed` still follows. */
  failed(failure: Failure): void;
  /** The last call, exactly once: nothing of the socket is left. */
  closed(): void;
}

const ignore = () => {};

/** For sockets in which nobody is interested. */
export const nobody: SocketSink<unknown> = {
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

/** One socket, from `dial` or `adopt` until `closed`. No method throws, also not after its end. */
export interface Socket<Chunk> {
  /**
   * `more`: this is a slice, and the next `write` continues the same message. Returns false when the
   * chunk was dropped, as the socket takes nothing any more.
   */
  // biome-ignore lint/suspicious/noConfusingVoidType: a transport that cannot tell returns nothing
  write(chunk: Chunk, more: boolean): boolean | void;
  /** Says goodbye after what was written: half-closes a stream, sends a close frame. */
  end(close?: CloseFrame): void;
  /** Drops the socket at once. `closed` follows, in a later turn of the event loop. */
  destroy(): void;
  pause(): void;
  resume(): void;
  /** Bytes read so far, if the transport can tell more than `received` does. */
  readonly bytesRead?: number;
}

/** Where to dial, resolved anew for each incarnation. */
export interface Target {
  readonly url: URL;
  /** HTTP headers of a WebSocket upgrade. */
  readonly headers?: Readonly<Record<string, string>>;
  /** WebSocket subprotocols, in order of preference. */
  readonly protocols?: readonly string[];
}

/** A listening socket. */
export interface Bound {
  /** The address with the port that was chosen when 0 was asked for. */
  readonly url: string;
  /** Takes no more sockets; those accepted live on. Resolves when the port is free. */
  close(): Promise<void>;
}

/** What a listening transport reports. */
export interface AcceptSink {
  /** A socket was accepted: pass `raw` to `adopt`, or it stays open. `from` names the peer. */
  accepted(raw: unknown, from: string): void;
  /** An accept failed, for example for want of descriptors; listening goes on. */
  failed(error: Error): void;
}

export interface Transport<Chunk = Uint8Array> {
  readonly name: string;
  /** URL schemes it serves, without the colon. */
  readonly schemes: readonly string[];
  /** What it offers to protocols. Default `bytes`. */
  readonly carrier?: Carrier;
  /** True when a socket that opened was answered by the service itself (a WebSocket upgrade). */
  readonly provedByOpening: boolean;
  /** Name of the protocol used when none is given. */
  readonly defaultProtocol: string;
  /** Returns what is wrong with `url` for this transport, or nothing. Port 0 is for listening only. */
  check(url: URL, side: Side): string | undefined;
  /** Starts opening; never throws, failures arrive at `sink` in a later turn. */
  dial(target: Target, sink: SocketSink<Chunk>): Socket<Chunk>;
  /** Takes over a socket that somebody accepted. Calls `opened` in a later turn of the event loop. */
  adopt?(raw: unknown, sink: SocketSink<Chunk>): Socket<Chunk>;
  /** Rejects when the address cannot be had. */
  listen?(url: URL, sink: AcceptSink): Promise<Bound>;
}

/** A protocol and a transport go together when this is the same. */
export type Carrier = 'bytes' | 'messages';

/** Which end of the connection we are. */
export type Side = 'dial' | 'accept';
