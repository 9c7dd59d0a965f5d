/**
 * A simulated network with the faults of real ones, on demand, in virtual time, and repeatable. Data stays in the
 * process, and no descriptor is opened.
 */
import type { Subscription } from 'rxjs';
import { badConfig } from '../../base/errors.ts';
import { checked, type Kinds } from '../../base/options.ts';
import type { Side, SocketSink } from '../../ports/transport.ts';
import type { Clock } from '../../time/clock.ts';
import { TimeHeap } from '../../time/heap.ts';
import { Host, type MemoryHost } from './memory-host.ts';
import type { MemoryLink } from './memory-link.ts';
import { type MemoryPeer, Peer } from './memory-peer.ts';
import { MemorySocket } from './memory-socket.ts';
import { adopt, type Directory, type MemoryTransport, memoryTransport } from './memory-transport.ts';

/** Options of `memoryNetwork`. */
export interface MemoryNetworkOptions {
  /** The clock of arrivals, and the source of the jitter: the same clock, seed and calls give the same run. */
  readonly clock: Clock;
  /** One-way latency in milliseconds; a dial takes two. Default 1. */
  readonly latencyMs?: number;
  /** Milliseconds; each latency grows by a uniform draw between 0 and this. The order is kept. Default 0. */
  readonly jitterMs?: number;
  /** See `MemoryHost.windowBytes`. Default 4 MiB, about the buffers of a frozen process on Linux. */
  readonly windowBytes?: number;
}

/** Counts of all sockets, plain peers included. */
export interface MemoryAudit {
  /** Dials so far. */
  readonly dials: number;
  /** Dials that have neither opened nor ended. */
  readonly dialing: number;
  /** Sockets of each side that are not closed, unadopted ones included, dials not. */
  readonly open: Readonly<Record<Side, number>>;
  /** Sockets that have closed so far. */
  readonly closed: number;
  /** Calls of `destroy` on a socket that its owner had destroyed before. */
  readonly closedTwice: number;
}

/** A network of hosts and streams within the process. */
export interface MemoryNetwork {
  /** Serves `memory://name`. Names need no registration; without a listener, dials are refused. */
  readonly transport: MemoryTransport;
  /** The host of that name; always the same object. */
  host(name: string): MemoryHost;
  /** Connections that are not closed on both ends, host by host. */
  readonly links: readonly MemoryLink[];
  /** Accepts as a plain peer until the returned function is called. Throws if the name is in use. */
  serve(name: string, accept: (peer: MemoryPeer) => void): () => void;
  /** Dials as a plain peer. */
  connect(name: string): MemoryPeer;
  audit(): MemoryAudit;
}

const kinds: Kinds<MemoryNetworkOptions> = {
  clock: 'an object',
  latencyMs: 'a number',
  jitterMs: 'a number',
  windowBytes: 'a number',
};

/** Makes a network, at first without faults. */
export function memoryNetwork(options: MemoryNetworkOptions): MemoryNetwork {
  const { clock } = checked('memoryNetwork', options, kinds);
  if (clock === undefined) throw badConfig('memoryNetwork.clock', clock, 'a clock such as virtualClock()');
  return new Network(options);
}

/** Milliseconds of lateness beyond which a timer counts as stalled; other due timers then run first. */
const STALL_MS = 1;

class Network implements MemoryNetwork, Directory {
  readonly transport: MemoryTransport;
  readonly #options: Required<MemoryNetworkOptions>;
  readonly #hosts = new Map<string, Host>();
  readonly #heap = new TimeHeap<MemorySocket>();
  /** The timer of all sockets: an RxJS scheduler is slow with many. */
  #timer: Subscription | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  #dials = 0;
  #closed = 0;
  #closedTwice = 0;

  constructor(options: MemoryNetworkOptions) {
    this.#options = { latencyMs: 1, jitterMs: 0, windowBytes: 4 * 2 ** 20, ...options };
    this.transport = memoryTransport(this);
  }

  host(name: string): Host {
    const known = this.#hosts.get(name);
    if (known !== undefined) return known;
    const host = new Host(name, this, this.#options.latencyMs, this.#options.windowBytes);
    this.#hosts.set(name, host);
    return host;
  }

  get links(): readonly MemoryLink[] {
    return [...this.#hosts.values()].flatMap((host) => host.links);
  }

  serve(name: string, accept: (peer: MemoryPeer) => void): () => void {
    if (typeof accept !== 'function') throw badConfig('serve', accept, 'a function that gets each peer');
    return this.host(name).listen({
      accepted: (raw) => {
        const peer = new Peer((sink) => adopt(raw, sink));
        peer.onOpen = () => accept(peer);
      },
      failed: () => {},
    });
  }

  connect(name: string): MemoryPeer {
    return new Peer((sink) => this.dial(name, sink));
  }

  dial(name: string, sink: SocketSink<Uint8Array>): MemorySocket {
    this.#dials += 1;
    const host = this.host(name);
    const socket = new MemorySocket(this.#dials, 'dial', host, sink);
    host.dial(socket);
    return socket;
  }

  audit(): MemoryAudit {
    const open = { dial: 0, accept: 0 };
    let dialing = 0;
    for (const host of this.#hosts.values()) {
      for (const { side, state } of host.sockets) {
        if (side === 'dial' && (state === 'dialing' || state === 'waiting')) dialing += 1;
        else open[side] += 1;
      }
    }
    return { dials: this.#dials, dialing, open, closed: this.#closed, closedTwice: this.#closedTwice };
  }

  // Called by hosts.

  closed(): void {
    this.#closed += 1;
  }

  closedTwice(): void {
    this.#closedTwice += 1;
  }

  now(): number {
    return this.#options.clock.scheduler.now();
  }

  jitter(): number {
    const { jitterMs, clock } = this.#options;
    return jitterMs === 0 ? 0 : jitterMs * clock.random();
  }

  wake(socket: MemorySocket, at: number): void {
    if (socket.slot !== -1 && socket.at <= at) return;
    socket.at = at;
    if (socket.slot === -1) this.#heap.push(socket);
    else this.#heap.update(socket);
    this.#schedule();
  }

  #schedule(): void {
    const first = this.#heap.peek();
    if (first === undefined) return;
    const now = this.now();
    const at = Math.max(first.at, now);
    if (at >= this.#timerAt) return;
    this.#timer?.unsubscribe();
    this.#timerAt = at;
    this.#timer = this.#options.clock.scheduler.schedule(this.#tick, at - now);
  }

  /** After a stall the due timers run first, as in an event loop; then all arrivals at once. */
  readonly #tick = (): void => {
    const now = this.now();
    const stalled = now - this.#timerAt > STALL_MS;
    const due = stalled ? [] : this.#takeDue(now);
    let done = 0;
    this.#timerAt = now;
    try {
      for (const socket of due) {
        if (!closesLater(socket)) socket.work(now);
        done += 1;
      }
    } finally {
      for (const cutShort of due.slice(done)) this.wake(cutShort, now);
      this.#timerAt = Number.POSITIVE_INFINITY;
      this.#schedule();
    }
  };

  #takeDue(now: number): MemorySocket[] {
    const due: MemorySocket[] = [];
    for (let first = this.#heap.peek(); first !== undefined && first.at <= now; first = this.#heap.peek()) {
      this.#heap.pop();
      due.push(first);
    }
    return due;
  }
}

/** Whether the socket was dropped in this turn; its `closed` comes in the next. */
function closesLater(socket: MemorySocket): boolean {
  return socket.state === 'gone' && socket.slot !== -1;
}
