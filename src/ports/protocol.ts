/**
 * The port between an incarnation and a wire protocol: framing plus heartbeats. A protocol is a value without
 * state; the state of one incarnation lives in the decoder that the protocol makes for it.
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

/** A frame recognised as a heartbeat. `id`, where the protocol has one, matches answers to pings. */
export interface Heartbeat {
  /** `ping` expects an answer, `pong` is an answer, `beat` is neither. */
  readonly kind: 'ping' | 'pong' | 'beat';
  readonly id?: number;
  /** Bytes that the `pong` must repeat, where the protocol demands it. */
  readonly payload?: Uint8Array;
}

/** Input that breaks the protocol. Ends this connection only. */
export interface Violation {
  readonly reason: 'message-too-big' | 'protocol-error';
  readonly detail: string;
}

/** Receives the frames of a decoder. */
export interface FrameSink<Frame> {
  frame(frame: Frame): void;
}

/** A bounded push parser, one for each incarnation. */
export interface Decoder<Frame, Chunk> {
  /**
   * Reads one chunk and hands each complete frame to `sink`, in order. Returns the violation, if the input
   * breaks the protocol; after that `push` is not called again. Buffers at most one message of the permitted
   * size. A chunk of bytes is valid during the call only: bytes that are kept must be copied. The chunk of a
   * transport that carries messages belongs to the decoder.
   */
  push(chunk: Chunk, sink: FrameSink<Frame>): Violation | undefined;
  /** True inside a frame: an end of stream now would cut a message off. */
  readonly midFrame: boolean;
}

/**
 * Proof of this side's identity. A text is a bearer token: the header `authorization: Bearer <text>`. Browsers
 * send no headers; `query` and `protocols` work there.
 */
export type Credentials = string | CredentialParts;

export interface CredentialParts {
  /** Headers of a WebSocket upgrade. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Parameters set on the dialled URL; never shown in logs or events. */
  readonly query?: Readonly<Record<string, string>>;
  /** WebSocket subprotocols, after the others. */
  readonly protocols?: readonly string[];
}

/** The connection as a protocol's own handshake sees it. Until the handshake resolves, frames go to it, not to the user. */
export interface HandshakeIo<In, Out> {
  readonly side: Side;
  /** The `credentials` of `connect`, or the result of their function for this incarnation. */
  readonly credentials?: Credentials | undefined;
  send(message: Out): void;
  /** The next message; rejects when the connection ends. */
  receive(): Promise<In>;
  /** Aborted when the connection ends, the handshake's deadline included. */
  readonly signal: AbortSignal;
}

export interface Protocol<In = unknown, Out = In, Chunk = Uint8Array> {
  readonly name: string;
  /** The carrier it needs: a stream of bytes, or WebSocket messages. Default `bytes`. */
  readonly carrier?: Carrier;
  /** The mode that `heartbeat.mode: "auto"` stands for, by side. */
  readonly modes: Readonly<Record<Side, HeartbeatMode>>;
  /** A new parser for a new incarnation. Frames are messages (`In`), or heartbeats that `isHeartbeat` recognises. */
  decoder(): Decoder<unknown, Chunk>;
  /**
   * Returns one complete frame. Throws `HoldfastError("bad-message")` for a message the protocol cannot carry;
   * any other error it throws ends the incarnation as `crashed`.
   */
  encode(message: Out): Chunk;
  /** A heartbeat that asks, or announces. Absent: the protocol has no heartbeat, and the mode `probe` is not possible. */
  ping?(id: number): Chunk;
  /** The answer to a received ping. Absent: pings are not answered. */
  pong?(ping: Heartbeat): Chunk;
  isHeartbeat(frame: unknown): Heartbeat | false;
  /** Runs after the socket opened, on both sides; a rejection ends the incarnation. */
  handshake?(io: HandshakeIo<In, Out>): Promise<void>;
}
