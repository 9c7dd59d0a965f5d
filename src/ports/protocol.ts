/**
 * The port between an incarnation and a wire protocol: framing, heartbeats, handshake, last words. A protocol is a value
 * without state that opens a dialogue for each incarnation; the dialogue holds the state of that incarnation.
 */
import type { ExitReason, Failure } from '../policy/exits.ts';
import type { Carrier, CloseFrame, Side } from './transport.ts';

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
  /** The chunk that answers a `ping`, where the transport has frames for that. */
  readonly answer?: unknown;
}

/** What ends an incarnation, as a protocol sees it. Any reason, with the code, `detail` and `retryAfterMs` of the peer. */
export type Violation = Failure;

/** Receives the frames of a decoder. */
export interface FrameSink<Frame> {
  /** Bytes that it copies before it returns may be views of the chunk. Absent: it keeps what it is given. A decoder may copy all the same. */
  readonly copies?: true;
  frame(frame: Frame): void;
}

/** A bounded push parser, one for each incarnation. */
export interface Decoder<Frame, Chunk> {
  /**
   * Reads one chunk and hands each complete frame to `sink`, in order. Returns the failure, if the input
   * ends the incarnation; after that `push` is not called again. Buffers at most one message of the permitted
   * size. A chunk of bytes is valid during the call only: bytes that are kept must be copied. The chunk of a
   * transport that carries messages belongs to the decoder.
   */
  push(chunk: Chunk, sink: FrameSink<Frame>): Violation | undefined;
  /** True inside a frame: an end of stream now would cut a message off. */
  readonly midFrame: boolean;
}

/**
 * Proof of this side's identity. A text is a bearer token: the header `authorization: Bearer <text>`. Browsers
 * send no headers; `query`, `protocols` and `handshake` work there.
 */
export type Credentials = string | CredentialParts;

/** Where each part of a proof goes. */
export interface CredentialParts {
  /** Headers of a WebSocket upgrade. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Parameters set on the dialled URL; never shown in logs or events. */
  readonly query?: Readonly<Record<string, string>>;
  /** WebSocket subprotocols, after the others. */
  readonly protocols?: readonly string[];
  /**
   * For the protocol's own handshake alone, such as `{ username, password }` or a token of a first message. Never part of
   * the URL, the headers or the subprotocols.
   */
  readonly handshake?: unknown;
}

/** The facts that a dialogue is opened with. */
export interface About {
  readonly side: Side;
  /** The URL as given to `connect`, with the scheme of the protocol, without user and password. On the accepting side the address, or a bare scheme. */
  readonly url: URL;
  readonly policy: DialoguePolicy;
  /** `resume` of the last agreement of this connection, also when incarnations without one came after it. */
  readonly previous?: unknown;
  /**
   * Sends an encoded frame ahead of the messages that wait, such as the answer to a frame of the peer; from within `encode`,
   * behind the message that is encoded. Dropped before the socket is open, after this side's goodbye and after a close frame.
   */
  readonly write: (chunk: unknown) => void;
  /**
   * Publishes the event `warning` of the connection, with a sentence that is made printable: for what goes on without an
   * end, such as two clients that chase each other. Without effect on an actor of `connectionLogic`.
   */
  readonly warn: (detail: string) => void;
}

/** The parts of the policy that a handshake negotiates. Milliseconds. */
export interface DialoguePolicy {
  readonly heartbeat: { readonly interval: number | null; readonly condemnAfter: number };
}

/**
 * The connection as a protocol's own handshake sees it. Until the handshake resolves, frames go to it, not to the user;
 * pings of the peer are answered all the same.
 */
export interface HandshakeIo extends About {
  /**
   * The `credentials` of `connect`, or the result of their function for this incarnation. User and password of a URL with a
   * scheme of the protocol are the part `handshake`, when there are no others.
   */
  readonly credentials?: Credentials | undefined;
  /** Sends a message, encoded as those of the user. Dialogues that acknowledge use `write`: a message sent here would count. */
  readonly send: (message: unknown) => void;
  /** The next frame of the decoder, heartbeats included; rejects when the connection ends, and once the handshake is done. */
  readonly receive: () => Promise<unknown>;
  /** Aborted when the connection ends before the handshake is done, by its deadline included. */
  readonly signal: AbortSignal;
}

/** The outcome of a handshake, which holds for this incarnation and goes before the policy. Milliseconds; `null`: never. */
export interface Agreement {
  /**
   * This side is heard at least this often. In the mode `probe` the shorter of this and the policy's interval counts.
   * `null`: no heartbeat is sent. Absent: as the policy says.
   */
  readonly speak?: number | null;
  /** The peer is heard within this time, else it is suspected. `null`: its silence says nothing. Ignored in the mode `probe`. */
  readonly hear?: number | null;
  /** `connection.agreed` of this incarnation. */
  readonly info?: unknown;
  /** `previous` of the next incarnation. */
  readonly resume?: unknown;
}

const refusal = Symbol.for('holdfast.refused');

/** Rejects a handshake with the failure that the exit shows. Any other rejection ends the incarnation as `crashed`. */
export class Refused extends Error {
  readonly failure: Failure;
  /** Marks the error across copies of the package, where `instanceof` fails. */
  declare readonly [refusal]: true;

  constructor(failure: Failure) {
    super(failure.detail ?? failure.reason);
    this[refusal] = true;
    this.name = 'Refused';
    this.failure = failure;
  }
}

export function isRefused(error: unknown): error is Refused {
  return typeof error === 'object' && error !== null && refusal in error;
}

/** All that belongs to one incarnation, with state that its members share. */
export interface Dialogue<Out = unknown, Chunk = Uint8Array> {
  /** Frames are messages, or what `isHeartbeat` and `acknowledges` recognise. */
  readonly decoder: Decoder<unknown, Chunk>;
  /**
   * Returns one complete frame, at the moment when the message begins to leave: in the order of the stream, which
   * heartbeats may overtake. Not called when the protocol encodes by itself. Throws `HoldfastError("bad-message")` for a
   * message that cannot be carried, which rejects its `send`; any other error ends the incarnation as `crashed`.
   */
  encode(message: Out): Chunk;
  /** A heartbeat that asks, or announces. Absent: this side sends none. */
  ping?(id: number): Chunk;
  /** The answer to a received ping. Absent: pings are not answered. */
  pong?(ping: Heartbeat): Chunk;
  isHeartbeat(frame: unknown): Heartbeat | false;
  /** Runs after the socket opened, on both sides. Rejects with `Refused` to name the exit; any other rejection is `crashed`. */
  // biome-ignore lint/suspicious/noConfusingVoidType: most handshakes agree to nothing
  handshake?(io: HandshakeIo): Promise<Agreement | void>;
  /**
   * The last words of this side, once the handshake is done: sent before a goodbye, after the messages that wait, or in place
   * of those that `deadlines.close` leaves behind. Not called when the socket is dropped, as after `heartbeat-timeout`. `why`:
   * the reason of the exit.
   */
  goodbye?(why: ExitReason): Chunk | undefined;
  /**
   * True when the peer answers the goodbye: this side then ends its stream when the peer has ended. A failure that the decoder
   * returns, to tell that the answer has come, and `deadlines.close` drop the socket. Absent or false, without last words, and when
   * the peer has ended before: the stream ends at once.
   */
  readonly awaitsAnswer?: boolean | undefined;
  /** What a close frame means here, or an end of stream between two frames. `undefined`: as for any protocol. */
  ended?(close: CloseFrame | undefined): Failure | undefined;
  /**
   * The numbers of the messages that a frame acknowledges, heartbeats included. `encode` counts messages from 1. With
   * this member `confirmed` of a receipt settles by acknowledgements alone, and not by heartbeats.
   */
  acknowledges?(frame: unknown): number | readonly number[] | undefined;
  /**
   * True for a frame that is for the dialogue alone, such as a PUBACK, and not delivered. Absent: all but heartbeats
   * are messages.
   */
  isInternal?(frame: unknown): boolean;
  /**
   * True: no message may begin to leave now, as a window of unacknowledged ones is full. Read before each message, and
   * again after each frame of the peer. Heartbeats and `write` go on. Absent: never.
   */
  readonly full?: boolean | undefined;
  /**
   * Milliseconds from now for which the peer may be silent, as it works on what it was sent; `Infinity` without limit.
   * Read after each written message, which shortens no silence that is permitted already, and after each frame that is no
   * heartbeat, which ends it at 0.
   */
  readonly patience?: number | undefined;
}

/** A URL scheme that a protocol brings: `redis:` is `tcp:` at port 6379. */
export interface SchemeRule {
  /** The scheme that is dialled, such as `tcp` or `wss`. */
  readonly over: string;
  /** The port of a URL without one. */
  readonly port?: number;
  /** WebSocket subprotocols, before those of `connect`. */
  readonly subprotocols?: readonly string[];
}

/** A wire protocol: frames, heartbeats, handshake and goodbye, opened once for each incarnation. */
export interface Protocol<In = unknown, Out = In, Chunk = Uint8Array, Info = unknown, Extra = unknown> {
  readonly name: string;
  /** Name and options that matter: connections with the same id, URL and identity are the same. Default: the name. */
  readonly identity?: string;
  /** The carrier it needs: a stream of bytes, or WebSocket messages. Default `bytes`. */
  readonly carrier?: Carrier;
  /** The mode that `heartbeat.mode: "auto"` stands for, by side; `null`: none. A mode that no side has is not possible. */
  readonly modes: Readonly<Record<Side, HeartbeatMode | null>>;
  /** URL schemes, without the colon. */
  readonly schemes?: Readonly<Record<string, SchemeRule>>;
  /**
   * The proof of a transport on which nothing was said yet: for `reconnect.hedge`, whose standby proves itself before it is chosen, and
   * says its handshake only then. `ping`: the first bytes after a ping of the dialogue, which peers answer at any time, also before a
   * handshake. `opening`: the open socket, where the transport is proved by opening, as a WebSocket is. Absent: there is none short of the
   * handshake, or one peer takes no second socket, and no standby is dialled.
   */
  readonly standby?: 'opening' | 'ping' | undefined;
  /** False: no dialogue has a handshake, so credentials over bytes are a `ConfigError`. Default `true`. */
  readonly takesCredentials?: boolean;
  /**
   * Called once for each incarnation, before its dial. `connection` stands for the id over all its incarnations; it is an object of the class
   * that `connection` of the protocol returned, where there is one.
   */
  open(about: About, connection?: unknown): Dialogue<Out, Chunk>;
  /**
   * The class of connections that this protocol keeps something for over their incarnations: `base`, or one that extends it. Called for each
   * connection; for protocols of this package.
   */
  connection?<Base>(base: Base, side: Side): Base;
  /**
   * Called before `listen` binds its address; a rejection is that of `listen`. `supervisor` stands for the one that listens. For protocols of
   * this package.
   */
  mayListen?(supervisor: unknown): Promise<void>;
  /**
   * Encodes when `send` is called, for protocols whose frames are the same in every incarnation. Throws as `encode` of a
   * dialogue, and the error rejects the call. Absent: messages wait as they are, and the dialogue encodes them.
   */
  encode?(message: Out): Chunk;
  /**
   * Called when `send` is called, without an `encode` here: the bytes of a message, for the limits of the outbox. Throws
   * `HoldfastError("bad-message")` for one that can never be carried. Absent: an object counts as 1 byte.
   */
  measure?(message: Out): number;
  /** Never set: ties `In`, `Info` and `Extra` to their protocol, for the messages, `connection.agreed` and what `connect` returns. */
  readonly types?: { readonly in: In; readonly info: Info; readonly extra: Extra };
}

/** A protocol whose frames are the same in every incarnation. */
export interface StatelessProtocol<In = unknown, Out = In, Chunk = Uint8Array>
  extends Protocol<In, Out, Chunk> {
  encode(message: Out): Chunk;
}
