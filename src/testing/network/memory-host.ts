/**
 * A host of the simulated network: its kernel, which answers dials even while its process is frozen, and the faults
 * that a test causes.
 */

import type { AcceptSink } from '../../ports/transport.ts';
import { Link, type MemoryLink } from './memory-link.ts';
import { Parcel } from './memory-parcels.ts';
import { MemorySocket, type Surroundings } from './memory-socket.ts';

/** The faults of one host. Several can be active at once; each lasts until it is ended. */
export interface MemoryHost {
  readonly name: string;
  /** One-way latency in milliseconds, for links without a latency of their own. */
  latencyMs: number;
  /**
   * Bytes that the kernels buffer for each direction of a link before writes make no progress. A write is accepted
   * as a whole while fewer bytes are buffered.
   */
  windowBytes: number;
  /**
   * The rate of each link towards this host: what a client's kernel has accepted leaves no faster. Default Infinity.
   */
  bytesPerSecond: number;
  /** Connections to this host that are not closed, oldest first. */
  readonly links: readonly MemoryLink[];
  /** Dials are refused. Existing links live on. */
  refuse(on?: boolean): void;
  /** Dials get no answer. Existing links live on. `blackhole(false)` answers the dials that still wait. */
  blackhole(on?: boolean): void;
  /**
   * Stops the process but not its kernel: dials succeed, and bytes are acknowledged up to the window. The process
   * reads and answers nothing, and its writes do not leave. Its own timers on the test's clock are not stopped.
   */
  freeze(): void;
  /** Resumes the process, which then reads everything that arrived meanwhile. */
  thaw(): void;
  /** Resets existing links on both ends, and refuses dials. */
  down(): void;
  /** Ends `down`: dials reach the listener again, which was kept. */
  up(): void;
}

/** The part of the network that a host uses. */
export interface Fabric {
  now(): number;
  wake(socket: MemorySocket, at: number): void;
  jitter(): number;
  closed(): void;
  closedTwice(): void;
}

export class Host implements MemoryHost, Surroundings {
  readonly name: string;
  latencyMs: number;
  windowBytes: number;
  bytesPerSecond = Number.POSITIVE_INFINITY;
  frozen = false;
  /** Both ends of each link, and dials. */
  readonly sockets = new Set<MemorySocket>();
  readonly #fabric: Fabric;
  #listener: AcceptSink | undefined;
  #refusing = false;
  #blackhole = false;
  #down = false;

  constructor(name: string, fabric: Fabric, latencyMs: number, windowBytes: number) {
    this.name = name;
    this.#fabric = fabric;
    this.latencyMs = latencyMs;
    this.windowBytes = windowBytes;
  }

  // Faults.

  get links(): readonly MemoryLink[] {
    return [...this.sockets].flatMap(linkOf);
  }

  refuse(on = true): void {
    this.#refusing = on;
  }

  blackhole(on = true): void {
    this.#blackhole = on;
    if (on) return;
    for (const socket of this.sockets) if (hangs(socket)) this.wake(socket, this.now());
  }

  freeze(): void {
    this.frozen = true;
  }

  thaw(): void {
    this.frozen = false;
    for (const socket of this.sockets) socket.wake();
  }

  down(): void {
    this.#down = true;
    for (const { peer, side } of this.sockets) {
      peer?.receive(new Parcel('reset'), side === 'dial' ? 0 : this.delay(peer.latencyMs));
    }
  }

  up(): void {
    this.#down = false;
  }

  // Listening and dialling.

  /** Throws `EADDRINUSE` if the host has a listener. Returns a function that stops listening. */
  listen(sink: AcceptSink): () => void {
    if (this.#listener !== undefined) {
      throw Object.assign(new Error(`memory://${this.name} is in use`), { code: 'EADDRINUSE' });
    }
    this.#listener = sink;
    return () => {
      if (this.#listener === sink) this.#listener = undefined;
    };
  }

  dial(client: MemorySocket): void {
    this.sockets.add(client);
    this.wake(client, this.now() + this.delay(undefined));
  }

  knock(client: MemorySocket): void {
    if (this.#blackhole) return;
    const accepting = this.#listener !== undefined && !this.#refusing && !this.#down;
    client.state = 'waiting';
    if (accepting) this.#accept(client);
    client.receive(new Parcel(accepting ? 'open' : 'refused'), this.delay(undefined));
  }

  #accept(client: MemorySocket): void {
    const server = new MemorySocket(client.id, 'accept', this);
    this.sockets.add(server);
    client.peer = server;
    server.peer = client;
    server.receive(new Parcel('open'), 0);
  }

  offer(server: MemorySocket): boolean {
    this.#listener?.accepted(server, `client-${server.id}`);
    return this.#listener !== undefined;
  }

  closed(socket: MemorySocket): void {
    this.sockets.delete(socket);
    this.#fabric.closed();
  }

  closedTwice(): void {
    this.#fabric.closedTwice();
  }

  // Time.

  now(): number {
    return this.#fabric.now();
  }

  delay(latencyMs: number | undefined): number {
    return (latencyMs ?? this.latencyMs) + this.#fabric.jitter();
  }

  wake(socket: MemorySocket, at: number): void {
    this.#fabric.wake(socket, at);
  }
}

/** Whether the dial has arrived and is not answered. */
function hangs({ state, slot }: MemorySocket): boolean {
  return state === 'dialing' && slot === -1;
}

/** The link of a socket, listed at its dialling end, or at the accepting end when the dialling end is closed. */
function linkOf(socket: MemorySocket): MemoryLink[] {
  const { peer, side } = socket;
  if (peer === undefined) return [];
  if (side === 'dial') return [new Link(socket, peer)];
  return peer.state === 'closed' ? [new Link(peer, socket)] : [];
}
