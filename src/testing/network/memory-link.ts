/** The faults of one connection of the simulated network. */
import { Parcel } from './memory-parcels.ts';
import type { MemorySocket } from './memory-socket.ts';

export type Direction = 'toServer' | 'toClient';

/** A connection, from the moment the server's kernel has accepted it until both ends are closed. */
export interface MemoryLink {
  /** The number of its dial in the network, counted from 1. */
  readonly id: number;
  /** The name of the host that accepted it. */
  readonly host: string;
  /** One-way latency in milliseconds; default: the host's. Chunks in flight keep their time of arrival. */
  latencyMs: number;
  /** Resets both ends one latency later, even over a link that is cut. */
  reset(): void;
  /** Makes it half-open: both ends stay open, and nothing passes, not even a reset. */
  cut(): void;
  /**
   * Loses one direction. The other still carries data, but its acknowledgements are lost, so the
   * kernel takes no more writes once its window is full.
   */
  lose(direction: Direction): void;
  /** Ends `cut` and `lose`. Lost data arrives now, as TCP retransmits it. */
  heal(): void;
}

export class Link implements MemoryLink {
  readonly #client: MemorySocket;
  readonly #server: MemorySocket;

  constructor(client: MemorySocket, server: MemorySocket) {
    this.#client = client;
    this.#server = server;
  }

  get id(): number {
    return this.#client.id;
  }

  get host(): string {
    return this.#client.host.name;
  }

  get latencyMs(): number {
    return this.#client.latencyMs ?? this.#client.host.latencyMs;
  }

  set latencyMs(ms: number) {
    this.#client.latencyMs = ms;
    this.#server.latencyMs = ms;
  }

  reset(): void {
    this.heal();
    for (const end of [this.#client, this.#server]) end.receive(new Parcel('reset'), this.latencyMs);
  }

  cut(): void {
    this.lose('toServer');
    this.lose('toClient');
  }

  lose(direction: Direction): void {
    (direction === 'toServer' ? this.#server : this.#client).lost = true;
  }

  heal(): void {
    for (const end of [this.#client, this.#server]) end.heal();
  }
}
