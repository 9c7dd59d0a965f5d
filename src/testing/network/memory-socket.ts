/**
 * An end of a simulated stream: the visible behaviour of a kernel's TCP socket. Segments reach the socket through
 * its inbox, in order, when the network wakes it.
 */

import { ignoringSink, type Side, type Socket, type SocketSink } from '../../ports/transport.ts';
import type { Timed } from '../../time/heap.ts';
import { Parcel, Parcels, type Signal, segmentsOf } from './memory-parcels.ts';

/**
 * - `dialing`: what we sent has not reached the machine.
 * - `waiting`: for its answer; on the accepting side, for the process to accept.
 * - `offered`: nobody has adopted it yet. `adopted`: it opens in the next turn.
 * - `gone`: ended, and `closed` follows.
 */
type SocketState = 'dialing' | 'waiting' | 'offered' | 'adopted' | 'open' | 'gone' | 'closed';

/** What a socket needs to know of the machine that the server runs on, and of the network around it. */
export interface Surroundings {
  readonly name: string;
  /** The process of the server stands still; its kernel does not. */
  readonly frozen: boolean;
  readonly latencyMs: number;
  readonly windowBytes: number;
  /** Rate of what clients send. */
  readonly bytesPerSecond: number;
  now(): number;
  /** How long a parcel travels that is sent now. */
  delay(link: number | undefined): number;
  /** Has `socket.work` called at that time, in a turn of its own. */
  wake(socket: MemorySocket, at: number): void;
  /** A dial has reached the machine. */
  knock(client: MemorySocket): void;
  /** A connection waits to be accepted; false if the machine listens no more. */
  offer(server: MemorySocket): boolean;
  closed(socket: MemorySocket): void;
  closedTwice(): void;
}

export class MemorySocket implements Socket<Uint8Array>, Timed {
  at = 0;
  slot = -1;
  readonly id: number;
  readonly side: Side;
  readonly host: Surroundings;
  state: SocketState;
  peer: MemorySocket | undefined;
  /** One-way latency of this link in milliseconds; undefined: the host's. */
  latencyMs: number | undefined;
  /** Segments towards this end are lost. */
  lost = false;
  #sink: SocketSink<Uint8Array>;
  /** Segments sent to this end and not read, in order of arrival. */
  #inbox: Parcels | undefined;
  /** Writes that the kernel has not accepted. */
  #outbox: Parcels | undefined;
  /** Bytes that the peer's kernel buffers for this end: in flight, unread, or read with the acknowledgement lost. */
  #unacknowledged = 0;
  /** When everything sent so far has left; later than now on a slow link. */
  #busyUntil = 0;
  /** Writes that the kernel has accepted and `written` has not reported. */
  #unreported = 0;
  #paused = false;
  #ending = false;
  #endSent = false;
  #endRead = false;
  #destroyed = false;

  constructor(id: number, side: Side, host: Surroundings, sink: SocketSink<Uint8Array> = ignoringSink) {
    this.id = id;
    this.side = side;
    this.host = host;
    this.#sink = sink;
    this.state = side === 'dial' ? 'dialing' : 'waiting';
  }

  get over(): boolean {
    return this.state === 'gone' || this.state === 'closed';
  }

  /** The process of this end is frozen. */
  get #frozen(): boolean {
    return this.side === 'accept' && this.host.frozen;
  }

  // Called by the owner.

  adopt(sink: SocketSink<Uint8Array>): void {
    this.#sink = sink;
    if (this.state !== 'offered') return;
    this.state = 'adopted';
    this.wake();
  }

  write(chunk: Uint8Array): void {
    if (this.over || this.#ending) return;
    this.#outbox ??= new Parcels();
    this.#outbox.push(new Parcel(chunk));
    this.#pump();
  }

  end(): void {
    this.#ending = true;
    this.#pump();
  }

  destroy(): void {
    if (this.#destroyed) this.host.closedTwice();
    this.#destroyed = true;
    if (this.over) return;
    if (!this.#endSent || this.#unacknowledged > 0) this.#send(new Parcel('reset'));
    this.#leave();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.wake();
  }

  // Called by the network.

  /** Sends a parcel to this end. Parcels keep their order, and none follows a reset. */
  receive(parcel: Parcel, delay: number): void {
    if (this.over || this.#inbox?.tail?.body === 'reset') return;
    this.#inbox ??= new Parcels();
    parcel.at = Math.max(this.host.now() + delay, this.#inbox.tail?.at ?? 0);
    this.#inbox.push(parcel);
    this.#unacknowledged += parcel.bytes;
    this.host.wake(this, parcel.at);
  }

  /** Schedules a turn: a condition that stopped reading or writing may have changed. */
  wake(): void {
    if (this.state === 'dialing' || this.state === 'closed') return;
    this.host.wake(this, this.host.now());
  }

  /** Ends the loss towards this end: waiting segments and acknowledgements arrive. */
  heal(): void {
    this.lost = false;
    this.wake();
    this.peer?.acknowledgeAll();
  }

  /** Acknowledges all bytes read so far. */
  acknowledgeAll(): void {
    this.#unacknowledged = this.#inbox?.bytes ?? 0;
    this.peer?.wake();
  }

  /** Handles everything that has arrived by `now`. */
  work(now: number): void {
    if (this.state === 'gone') return this.#close();
    if (this.state === 'dialing') return this.host.knock(this);
    if (this.state === 'adopted') this.#open();
    this.#pump();
    this.#report();
    while (this.#canRead(now)) this.#read();
    if (this.#wasReset(now)) this.#fail('reset');
    if (this.#endRead && this.#endSent && this.#unreported === 0) this.#leave();
    this.#awaitNext(now);
  }

  /** Schedules the next turn. An arrived head waits for the reader; then only the last segment, maybe a reset, matters. */
  #awaitNext(now: number): void {
    const { head, tail } = this.#inbox ?? {};
    const next = head !== undefined && head.at > now ? head : tail;
    if (next !== undefined && next.at > now) this.host.wake(this, next.at);
  }

  // The kernel.

  #open(): void {
    this.state = 'open';
    this.#sink.opened();
    this.#pump();
  }

  /** Accepts pending writes while the window has room. */
  #pump(): void {
    if (this.state !== 'open' || this.#frozen) return;
    while (this.#outbox?.head !== undefined && this.#hasWindow) {
      this.#take(this.#outbox.shift());
    }
    if (this.#ending && !this.#endSent && this.#outbox?.head === undefined) {
      this.#endSent = true;
      this.#send(new Parcel('end'));
      this.wake();
    }
  }

  get #hasWindow(): boolean {
    return this.peer !== undefined && this.peer.#unacknowledged < this.host.windowBytes;
  }

  /** Sends a copy: the writer may reuse its buffer. */
  #take(written: Parcel | undefined): void {
    if (written === undefined || typeof written.body === 'string') return;
    if (written.bytes > 0) this.#send(new Parcel(new Uint8Array(written.body)));
    this.#unreported += 1;
    this.wake();
  }

  /** Data for a socket that is gone is answered with a reset (RFC 9293 section 3.10.7.1). */
  #send(parcel: Parcel): void {
    const delay = this.host.delay(this.latencyMs);
    if (this.peer?.over !== true)
      for (const each of this.#paced(parcel)) this.peer?.receive(each, delay + this.#backlog);
    else if (parcel.bytes > 0) this.receive(new Parcel('reset'), 2 * delay);
  }

  /** On a slow link a chunk arrives piece by piece. */
  *#paced(parcel: Parcel): Iterable<Parcel> {
    const { bytesPerSecond } = this.host;
    if (this.side === 'accept' || bytesPerSecond === Number.POSITIVE_INFINITY) return yield parcel;
    for (const segment of segmentsOf(parcel)) {
      this.#busyUntil = this.host.now() + this.#backlog + (1000 * segment.bytes) / bytesPerSecond;
      yield segment;
    }
  }

  get #backlog(): number {
    return Math.max(0, this.#busyUntil - this.host.now());
  }

  /** Reports only writes accepted before this turn, so that a writer with endless data does not block the turn. */
  #report(): void {
    for (let left = this.#unreported; left > 0 && this.state === 'open'; left -= 1) {
      this.#unreported -= 1;
      this.#sink.written();
    }
  }

  #canRead(now: number): boolean {
    if (this.state === 'open' ? this.#paused : this.state !== 'waiting') return false;
    return this.#hasArrived(this.#inbox?.head, now);
  }

  /** Whether a reset has arrived, which even a paused reader notices. Its unread data is lost. */
  #wasReset(now: number): boolean {
    const last = this.#inbox?.tail;
    return this.state === 'open' && last?.body === 'reset' && this.#hasArrived(last, now);
  }

  #hasArrived(parcel: Parcel | undefined, now: number): boolean {
    return parcel !== undefined && parcel.at <= now && !this.lost && !this.#frozen;
  }

  #read(): void {
    const parcel = this.#inbox?.shift();
    if (parcel === undefined) return;
    if (typeof parcel.body === 'string') return this.#obey(parcel.body);
    this.#acknowledge(parcel.bytes);
    this.#sink.received(parcel.body);
  }

  #obey(signal: Signal): void {
    if (signal === 'reset' || signal === 'refused') return this.#fail(signal);
    if (signal === 'open') return this.side === 'dial' ? this.#open() : this.#offer();
    this.#endRead = true;
    this.#sink.ended();
  }

  #offer(): void {
    this.state = 'offered';
    if (!this.host.offer(this)) this.destroy();
  }

  /** Not sent while the direction to the peer is lost: the sender's window fills up. */
  #acknowledge(bytes: number): void {
    if (this.peer === undefined || this.peer.lost) return;
    this.#unacknowledged -= bytes;
    this.peer.#pump();
  }

  #fail(reason: 'reset' | 'refused'): void {
    const code = reason === 'reset' ? 'ECONNRESET' : 'ECONNREFUSED';
    this.#leave();
    this.#sink.failed({ reason, code, detail: `${reason} by memory://${this.host.name}` });
  }

  #leave(): void {
    this.state = 'gone';
    this.#inbox = undefined;
    this.#outbox = undefined;
    this.#unacknowledged = 0;
    this.wake();
  }

  #close(): void {
    this.state = 'closed';
    this.host.closed(this);
    this.#sink.closed();
    this.#sink = ignoringSink;
  }
}
