/** A socket of a session: frames of the session inside messages of the protocol beneath. */
import type { ExitReason } from '../policy/exits.ts';
import type {
  About,
  Decoder,
  Dialogue,
  FrameSink,
  HandshakeIo,
  Heartbeat,
  Violation,
} from '../ports/protocol.ts';
import type { CloseFrame } from '../ports/transport.ts';
import type { Framing } from './framing.ts';
import type { Line, SessionLink } from './link.ts';
import { keep } from './slab.ts';
import { type Frame, isMessage, messageIn, notText, readFrame } from './wire.ts';

/** Messages of one chunk, as the incarnation hears of them: they count as traffic, and the session delivers them. */
const business: unknown = Object.freeze({});
/** Frames for the dialogue alone. */
const internal: unknown = Object.freeze({});

/** Sends what waits in the source of an incarnation. */
export interface Pumped {
  pump(): void;
  /** What `pump` sends next may leave together. */
  gather(): void;
  readonly sending: { urgent(chunk: unknown, heartbeat: 0): void };
}

export abstract class SessionDialogue
  implements Dialogue<never, unknown>, Decoder<unknown, unknown>, FrameSink<unknown>, Line
{
  protected readonly framing: Framing;
  readonly #beneath: Dialogue<never, unknown>;
  #sink: FrameSink<unknown> | undefined;
  #problem: Violation | undefined;
  /** `business` or `internal`, once the chunk that is read had such a frame. */
  #heard: unknown;

  constructor(framing: Framing, about: About) {
    this.framing = framing;
    this.#beneath = framing.beneath.open(about) as Dialogue<never, unknown>;
    // A side without a heartbeat to send has no such member.
    if (this.#beneath.ping === undefined) Object.assign(this, { ping: undefined });
    if (this.#beneath.pong === undefined) Object.assign(this, { pong: undefined });
  }

  abstract handshake(io: HandshakeIo): Promise<void>;
  abstract goodbye(why: ExitReason): unknown;
  abstract ended(close: CloseFrame | undefined): Violation | undefined;
  /** The incarnation that runs now. */
  protected abstract readonly current: Pumped | undefined;
  /** The session that this socket has. */
  protected abstract readonly link: SessionLink | undefined;
  /** A frame of the peer that is no message; returns what ends the socket. */
  protected abstract read(frame: Frame): Violation | undefined;
  /** A message of the peer; `bytes` of its payload. */
  protected abstract message(data: string | Uint8Array, bytes: number): Violation | undefined;
  /** `deadlines.close` in milliseconds, once the other side has said goodbye; before, 0. */
  protected abstract readonly partingMs: number;
  /** All frames of a chunk were read. */
  protected abstract chunkRead(): void;
  /** Sends a control frame. */
  protected abstract write(frame: Uint8Array): void;
  abstract fenced(): void;

  get decoder(): this {
    return this;
  }

  /** The payload of a message alone is copied. */
  get copies(): true {
    return true;
  }

  get midFrame(): boolean {
    return this.#beneath.decoder.midFrame;
  }

  get full(): boolean {
    const { link } = this;
    return link?.line !== this || link.full;
  }

  /** After its goodbye the other side says nothing more: the socket ends within the time of a `Parting`. */
  get patience(): number {
    return 2 * this.partingMs;
  }

  push(chunk: unknown, sink: FrameSink<unknown>): Violation | undefined {
    this.#sink = sink;
    this.#problem = undefined;
    const failure = this.#beneath.decoder.push(chunk, this);
    this.#sink = undefined;
    const heard = this.#heard;
    this.#heard = undefined;
    if (heard !== undefined) sink.frame(heard);
    this.chunkRead();
    return this.#problem ?? failure;
  }

  /** Hears the decoder beneath. */
  frame(frame: unknown): void {
    if (this.#problem !== undefined) return;
    if (this.#beneath.isHeartbeat(frame) !== false) return this.#sink?.frame(frame);
    if (isMessage(frame)) {
      const data = messageIn(frame, keep);
      this.#heard = business;
      this.#problem = data === undefined ? violation(notText) : this.message(data, frame.length - 1);
      return;
    }
    this.#heard ??= internal;
    const read =
      frame instanceof Uint8Array ? readFrame(frame) : 'a text message, where a session has bytes alone';
    this.#problem = typeof read === 'string' ? violation(read) : this.read(read);
  }

  encode(message: never): unknown {
    return this.framing.encode(message);
  }

  isHeartbeat(frame: unknown): Heartbeat | false {
    return frame !== business && frame !== internal && this.#beneath.isHeartbeat(frame);
  }

  isInternal(frame: unknown): boolean {
    return frame === internal;
  }

  /** An ack goes with each heartbeat, where one is due. */
  ping(id: number): unknown {
    this.link?.acknowledge();
    return this.#beneath.ping?.(id);
  }

  pong(ping: Heartbeat): unknown {
    this.link?.acknowledge();
    return this.#beneath.pong?.(ping);
  }

  pump(isMany = false): void {
    if (isMany) this.current?.gather();
    this.current?.pump();
  }

  carried(frame: Uint8Array): unknown {
    return this.framing.carried(frame);
  }

  /** A message of the peer, in the session that this socket has. */
  protected received(link: SessionLink, data: string | Uint8Array, bytes: number): Violation | undefined {
    if (link.in.receive(data, bytes)) return undefined;
    return violation(`message ${link.in.received} exceeds the window of the session`);
  }
}

export function violation(detail: string): Violation {
  return { reason: 'protocol-error', detail };
}

export function unexpected(type: Frame['type']): Violation {
  return violation(`${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type} that was not expected`);
}
