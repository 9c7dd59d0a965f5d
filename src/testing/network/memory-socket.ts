/**
 * One end of a simulated stream: what a kernel does with a TCP socket, as far as a user of it can tell.
 * Everything a socket learns reaches it through its inbox, in order, when the network wakes it.
 */

import { nobody, type Side, type Socket, type SocketSink } from '../../ports/transport.ts';
import type { Timed } from '../../time/heap.ts';
import { Parcel, Parcels, type Signal } from './memory-parcels.ts';

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
  now(): number;
  /** How long a parcel travels that is sent now. */
  delay(link: number | undefined): number;
  /** Has `socket.work` called at that time, in a turn of its own. */
  wake(socket: MemorySocket, at: number): void;
  /** A dial has reached the machine. */
  knock(client: MemorySocket): void;
  /** A connection waits to be accepted; false if nobody listens any more. */
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
  /** Of this link alone. */
  latencyMs: number | undefined;
  /** Nothing reaches us. */
  lost = false;
  #sink: SocketSink<Uint8Array>;
  /** Sent to us, and not read, in order of arrival. */
  #inbox: Parcels | undefined;
  /** Written, and not taken by the kernel. */
  #outbox: Parcels | undefined;
  /** Bytes the peer's kernel holds for us: in flight, unread, or read without its knowing. */
  #unacknowledged = 0;
  /** Writes the kernel has taken without our having said so. */
  #unreported = 0;
  #paused = false;
  #ending = false;
  #endSent = false;
  #endRead = false;
  #destroyed = false;

  constructor(id: number, side: Side, host: Surroundings, sink: SocketSink<Uint8Array> = nobody) {
    this.id = id;
    this.side = side;
    this.host = host;
    this.#sink = sink;
    this.state = side === 'dial' ? 'dialing' : 'waiting';
  }

  get over(): boolean {
    return this.state === 'gone' || this.state === 'closed';
  }

  /** Our process stands still. */
  get #frozen(): boolean {
    return this.side === 'accept' && this.host.frozen;
  }

  // What the owner calls.

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

  // What the network calls.

  /** Puts a parcel on its way to us. None overtakes another, and none follows a reset. */
  receive(parcel: Parcel, delay: number): void {
    if (this.over || this.#inbox?.tail?.body === 'reset') return;
    this.#inbox ??= new Parcels();
    parcel.at = Math.max(this.host.now() + delay, this.#inbox.tail?.at ?? 0);
    this.#inbox.push(parcel);
    this.#unacknowledged += parcel.bytes;
    this.host.wake(this, parcel.at);
  }

  /** Something that may have held us up has changed. */
  wake(): void {
    if (this.state === 'dialing' || this.state === 'closed') return;
    this.host.wake(this, this.host.now());
  }

  /** The way to us is free again: what waited arrives, and the peer's acknowledgements with it. */
  heal(): void {
    this.lost = false;
    this.wake();
    this.peer?.acknowledgeAll();
  }

  /** The peer learns what we have read. */
  acknowledgeAll(): void {
    this.#unacknowledged = this.#inbox?.bytes ?? 0;
    this.peer?.wake();
  }

  /** One turn: everything that has happened by `now`. */
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

  /** A head that has arrived is held up; then only what comes last, which may be a reset, matters. */
  #awaitNext(now: number): void {
    const { head, tail } = this.#inbox ?? {};
    const next = head !== undefined && head.at > now ? head : tail;
    if (next !== undefined && next.at > now) this.host.wake(this, next.at);
  }

  // What the kernel does.

  #open(): void {
    this.state = 'open';
    this.#sink.opened();
    this.#pump();
  }

  /** Takes what was written as far as the window allows. */
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

  /** A copy: the writer may use its buffer again. */
  #take(written: Parcel | undefined): void {
    if (written === undefined || typeof written.body === 'string') return;
    if (written.bytes > 0) this.#send(new Parcel(new Uint8Array(written.body)));
    this.#unreported += 1;
    this.wake();
  }

  /** Data for a socket that is gone is answered with a reset (RFC 9293 section 3.10.7.1). */
  #send(parcel: Parcel): void {
    const delay = this.host.delay(this.latencyMs);
    if (this.peer?.over !== true) this.peer?.receive(parcel, delay);
    else if (parcel.bytes > 0) this.receive(new Parcel('reset'), 2 * delay);
  }

  /** Only what was taken before this turn; a writer that always has more shall not hold up the rest. */
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

  /** The one thing that a paused reader notices. What it had not read is lost. */
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

  /** Says nothing while the way back is lost: the sender's window fills up. */
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
    this.#sink = nobody;
  }
}
