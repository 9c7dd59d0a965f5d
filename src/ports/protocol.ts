/**
 * The port between a link and a wire protocol: framing plus heartbeats. A protocol is a value without
 * state; what an incarnation needs to remember lives in the decoder it makes.
 */
import type { Carrier, Side } from './transport.ts';

/**
 * How a side takes part in heartbeats.
 *
 * - `probe`: asks, and expects an answer; yields the RTT.
 * - `listen`: asks nothing; expects to hear from the peer within two intervals.
 * - `announce`: sends, and expects no answer.
 * - `exchange`: announces and listens.
 */
export type HeartbeatMode = 'probe' | 'listen' | 'announce' | 'exchange';

/** A frame recognised as a heartbeat. `id` where the protocol has one: it matches answers to pings. */
export interface Heartbeat {
  /** `ping` wants an answer, `pong` is one, `beat` is neither. */
  readonly kind: 'ping' | 'pong' | 'beat';
  readonly id?: number;
  /** What a `pong` must repeat, where the protocol says so. */
  readonly payload?: Uint8Array;
}

/** Input that breaks the protocol. Ends the connection, and no other. */
export interface Violation {
  readonly reason: 'message-too-big' | 'protocol-error';
  readonly detail: string;
}

/** Where a decoder puts its frames. */
export interface FrameSink<Frame> {
  frame(frame: Frame): void;
}

/** A bounded push parser, one for each incarnation. */
export interface Decoder<Frame, Chunk> {
  /**
   * Reads one chunk and hands each complete frame to `sink`, in order. Returns what is wrong with the
   * input; after that it is not called again. Buffers at most one message of the permitted size.
   * A chunk of bytes is only lent for the time of the call: what is kept must be copied. A message of a
   * transport that carries messages is handed over.
   */
  push(chunk: Chunk, sink: FrameSink<Frame>): Violation | undefined;
  /** True inside a frame: an end of stream now cuts a message off. */
  readonly midFrame: boolean;
}

/**
 * What shows a peer who we are. A text is a bearer token: the header `authorization: Bearer <text>`. In browsers,
 * which send no headers, `query` and `protocols` are left.
 */
export type Credentials = string | CredentialParts;

export interface CredentialParts {
  /** Headers of a WebSocket upgrade. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Set on the URL that is dialled, and never shown. */
  readonly query?: Readonly<Record<string, string>>;
  /** WebSocket subprotocols, after the others. */
  readonly protocols?: readonly string[];
}

/** What a protocol's own handshake can do. Frames go to it, not to the user, until it resolves. */
export interface HandshakeIo<In, Out> {
  readonly side: Side;
  /** As `connect` was given them, or as its function answered for this incarnation. */
  readonly credentials?: Credentials | undefined;
  send(message: Out): void;
  /** The next message; rejects when the connection ends. */
  receive(): Promise<In>;
  /** Aborted when the connection ends, the handshake's deadline included. */
  readonly signal: AbortSignal;
}

export interface Protocol<In = unknown, Out = In, Chunk = Uint8Array> {
  readonly name: string;
  /** What it runs over: a stream of bytes, or WebSocket messages. Default `bytes`. */
  readonly carrier?: Carrier;
  /** What `heartbeat.mode: "auto"` means on each side. */
  readonly modes: Readonly<Record<Side, HeartbeatMode>>;
  /** A new parser for a new incarnation. Frames are messages (`In`) or whatever `isHeartbeat` knows. */
  decoder(): Decoder<unknown, Chunk>;
  /**
   * One whole frame. Throws `HoldfastError("bad-message")` for a message the protocol cannot carry;
   * anything else it throws ends the incarnation as `crashed`.
   */
  encode(message: Out): Chunk;
  /** A heartbeat that asks, or announces. Absent: the protocol has none, and cannot be probed. */
  ping?(id: number): Chunk;
  /** The answer to a received ping. Absent: pings are not answered. */
  pong?(ping: Heartbeat): Chunk;
  isHeartbeat(frame: unknown): Heartbeat | false;
  /** Runs after the socket opened, on both sides; a rejection ends the incarnation. */
  handshake?(io: HandshakeIo<In, Out>): Promise<void>;
}
