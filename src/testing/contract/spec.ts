/** The description of a protocol by its author, for its contract test. */

import type { ExitReason } from '../../policy/exits.ts';
import type { About, Dialogue, Protocol } from '../../ports/protocol.ts';
import type { CloseFrame } from '../../ports/transport.ts';

/** The part of a protocol that is tested: any protocol is one. */
export type Testable<Out = never, Chunk = never> = Pick<
  Protocol<unknown, Out, Chunk>,
  'name' | 'open' | 'carrier' | 'encode' | 'measure'
>;

/** What `protocolContract` tests of a protocol, and with which messages and bytes. */
export interface ProtocolContract<Out, Chunk> {
  readonly protocol: Testable<Out, Chunk>;
  /** What dialogues are opened for, where it differs from `dialogueOf`. */
  readonly about?: Partial<About>;
  /** The handshake that succeeds. It runs before the frames and messages of the other rules. */
  readonly handshake?: HandshakeScript<Chunk>;
  /**
   * Frames that a peer sends after the handshake, heartbeats included, each a whole one: a chunk, or a list of messages of
   * the transport that make up a frame.
   */
  readonly frames: readonly (Chunk | readonly Chunk[])[];
  /** True for a stream without frames, as of `bytes()`: runs of bytes then count as one, wherever they are cut. */
  readonly transparent?: boolean;
  /** Messages that can be sent. */
  readonly messages: readonly Out[];
  /** The message that the peer receives for a sent one. Default: an equal one. */
  readonly arrives?: (message: Out) => unknown;
  /**
   * The protocol whose decoder reads what this side sends. Default: the same, opened for the other side. `null`: there is
   * none, as of a protocol for clients alone whose frames differ by direction; bytes of this side are then not read.
   */
  readonly peer?: Testable<never, Chunk> | null;
  /** Values that `encode` refuses with `bad-message`. */
  readonly unsendable?: readonly unknown[];
  /** Frames without end, one for each part of a frame whose length a peer chooses; none where there are no frames. */
  readonly endless: readonly EndlessFrame<Chunk>[];
  /** The peer's answer to the ping with the id 1. Default: `pong` of `peer`, if it has one. */
  readonly answer?: Chunk;
  /** Handshakes that a peer refuses. */
  readonly refusals?: readonly RefusedHandshake<Chunk>[];
  /** Seeds the cuts and the garbage. @default 1 */
  readonly seed?: number;
}

/** Bytes that never complete a frame. */
export interface EndlessFrame<Chunk> {
  /** For the name of the check, such as `header`. */
  readonly name: string;
  readonly start?: Chunk;
  /** Follows `start` for ever. Not empty. */
  readonly fill: Chunk;
  /** Bytes after `start` by which the frame is refused. */
  readonly limit: number;
}

/** A handshake, and the bytes of the peer that lead it to its end. */
export interface HandshakeScript<Chunk> {
  readonly credentials?: unknown;
  /** The chunks of the peer, each when the handshake waits for it. A function gets the chunks sent so far. */
  readonly peer: readonly (Chunk | ((sent: readonly Chunk[]) => Chunk))[];
}

/** A handshake that the peer refuses, and the failure that it must end with. */
export interface RefusedHandshake<Chunk> extends HandshakeScript<Chunk> {
  readonly name: string;
  /** Ends the connection after `peer`, where the peer refuses by that. Absent: an end of stream without one. */
  readonly close?: CloseFrame;
  /** The reason of the exit. */
  readonly reason: ExitReason;
}

/** A check of the contract, for the test runner of the author. */
export interface ContractCheck {
  readonly name: string;
  /** Rejects with an error that names the broken rule and what was seen. */
  readonly run: () => Promise<void>;
}

/** The parts that the checks share. `Out` and `Chunk` are those of the author, which they hand on unseen. */
export type Spec = ProtocolContract<unknown, unknown>;
export type AnyDialogue = Dialogue<unknown, unknown>;
