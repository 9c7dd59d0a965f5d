/** The port between a simulated socket and the network it is part of. */
import type { MemorySocket } from './memory-socket.ts';

/**
 * - `dialing`: what we sent has not reached the machine.
 * - `waiting`: for its answer; on the accepting side, for the process to accept.
 * - `offered`: nobody has adopted it yet. `adopted`: it opens in the next turn.
 * - `gone`: ended, and `closed` follows.
 */
export type SocketState = 'dialing' | 'waiting' | 'offered' | 'adopted' | 'open' | 'gone' | 'closed';

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
