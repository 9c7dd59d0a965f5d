/**
 * A recorder between a link and its socket: the traffic on the wire, for invariants that must not rely
 * on the code under test.
 */
import type { Connection } from '../../src/actors/supervisor/handle.ts';
import type { Failure } from '../../src/policy/exits.ts';
import type { Side, Socket, SocketSink } from '../../src/ports/transport.ts';

/** Large messages go in pieces of this many bytes. */
const SLICE = 65_536;

export interface TapWorld {
  readonly now: number;
  violated(what: string): void;
  /** The tap whose bytes are being read at this moment. */
  reading: Tap | undefined;
  readonly taps: Set<Tap>;
  /** Times a reader was too slow. */
  pauses: number;
}

/** What a tap recognises. */
export interface Signs {
  readonly isPing: (chunk: Uint8Array) => boolean;
  /** The end of a session, after which that side says nothing more. */
  readonly isGoodbye: (chunk: Uint8Array) => boolean;
}

const nothing = () => {};
const silent: SocketSink<Uint8Array> = {
  ...{
    opened: nothing,
    received: nothing,
    written: nothing,
    ended: nothing,
    failed: nothing,
    closed: nothing,
  },
};

export class Tap implements Socket<Uint8Array>, SocketSink<Uint8Array> {
  readonly side: Side;
  readonly host: string;
  /** The owner of the connection. */
  readonly owner: object;
  readonly handle: Connection;
  /** Of a standby, until it is chosen, that of the socket beside it. */
  incarnation: number;
  /** Number of the dial in the network; both ends have the same. */
  link = 0;
  /** True after a fault of the network or the peer: the connection may be condemned. */
  disturbed = false;
  over = false;
  /** When the other side said goodbye. */
  partedAt: number | undefined;
  /** A deliberate violation by the peer: `protocol-error` and the like are in order. */
  insulted = false;
  readonly dialledAt: number;
  openedAt: number | undefined;
  heardAt: number | undefined;
  /** When it was first heard: the upgrade of a WebSocket. */
  upgradedAt: number | undefined;
  spokeAt: number | undefined;
  /** When the first ping since it was last heard was handed to the kernel. */
  askedAt: number | undefined;
  /** Bytes of ours that a link of 64 kbit/s can still hold. */
  ahead = 0;
  /** Bytes that were ahead of the first ping since it was last heard. */
  askedBehind = 0;
  /** When an answer came to what was asked. */
  answeredAt = 0;
  /** When a ping was last given to the socket. */
  pingedAt: number | undefined;
  /** When the socket last took something, or was given something while it had nothing. */
  progressAt = 0;
  /** When the peer sent what has not been read yet, as far as it tells. */
  readonly sentToUs: number[] = [];
  /** More of a large message is to come. */
  midMessage = false;
  /** We do not read. */
  paused = false;
  inner: Socket<Uint8Array> | undefined;
  readonly #world: TapWorld;
  #sink: SocketSink<Uint8Array>;
  readonly #signs: Signs;
  /** Writes that were not reported yet; true: a ping. */
  readonly #writes: boolean[] = [];
  /** Bytes of those writes. */
  readonly #bytes: number[] = [];
  destroyed = false;

  constructor(
    world: TapWorld,
    end: Pick<Tap, 'side' | 'host' | 'owner' | 'handle'>,
    signs: Signs,
    sink: SocketSink<Uint8Array>,
  ) {
    this.#world = world;
    this.#sink = sink;
    this.#signs = signs;
    this.side = end.side;
    this.host = end.host;
    this.owner = end.owner;
    this.handle = end.handle;
    this.incarnation = end.handle.incarnation;
    this.dialledAt = world.now;
    world.taps.add(this);
  }

  get name(): string {
    return `${this.handle.id}#${this.incarnation}`;
  }

  get writing(): boolean {
    return this.#writes.length > 0;
  }

  /** The process of this end is gone: nothing of the socket reaches it. */
  orphan(): void {
    this.#sink = silent;
    this.over = true;
    this.#world.taps.delete(this);
    if (!this.destroyed) this.inner?.destroy();
    this.destroyed = true;
  }

  // Methods that the link calls.

  write(chunk: Uint8Array, more: boolean): void {
    const ping = this.#signs.isPing(chunk);
    if (this.#writes.length === 0) this.progressAt = this.#world.now;
    if (ping) this.pingedAt = this.#world.now;
    this.midMessage = chunk.byteLength === SLICE;
    this.#writes.push(ping);
    this.#bytes.push(chunk.byteLength);
    this.inner?.write(chunk, more);
  }

  end(): void {
    this.inner?.end();
  }

  destroy(): void {
    if (this.destroyed) this.#world.violated(`${this.name} destroyed its socket twice`);
    this.destroyed = true;
    this.inner?.destroy();
  }

  /** A side that does not read does not answer: the other end may condemn it. */
  pause(): void {
    this.paused = true;
    this.#world.pauses++;
    for (const other of this.#world.taps)
      if (other.link === this.link && other !== this) other.disturbed = true;
    this.inner?.pause();
  }

  /** The silence so far was ours. */
  resume(): void {
    if (this.paused && this.openedAt !== undefined) this.heardAt = this.#world.now;
    this.paused = false;
    this.#writes.fill(false);
    if (this.askedAt !== undefined) this.askedAt = this.#world.now;
    this.inner?.resume();
  }

  // Methods that the socket calls.

  opened(): void {
    this.openedAt = this.#world.now;
    this.#sink.opened();
  }

  received(chunk: Uint8Array): void {
    this.heardAt = this.#world.now;
    this.upgradedAt ??= this.heardAt;
    if (this.#signs.isGoodbye(chunk)) this.partedAt ??= this.#world.now;
    if (this.askedAt !== undefined) this.answeredAt = this.#world.now;
    this.askedAt = undefined;
    // A ping that still waits was meant for a silence that is over.
    this.#writes.fill(false);
    this.sentToUs.shift();
    this.#world.reading = this;
    this.#sink.received(chunk);
    this.#world.reading = undefined;
  }

  written(): void {
    const ping = this.#writes.shift();
    const { now } = this.#world;
    this.ahead = Math.max(0, this.ahead - 8 * (now - (this.spokeAt ?? now))) + (this.#bytes.shift() ?? 0);
    this.progressAt = this.spokeAt = now;
    if (ping && this.askedAt === undefined) {
      this.askedAt = now;
      this.askedBehind = this.ahead;
    }
    this.#sink.written();
  }

  ended(): void {
    this.#sink.ended();
  }

  failed(failure: Failure): void {
    this.#sink.failed(failure);
  }

  closed(): void {
    if (this.#sink === silent) return;
    if (this.over) this.#world.violated(`${this.name} closed twice`);
    this.over = true;
    this.#world.taps.delete(this);
    this.#sink.closed();
  }
}
