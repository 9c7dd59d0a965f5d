/** The port between a simulated socket and its network. */
import type { MemorySocket } from './memory-socket.ts';

/**
 * - `dialing`: the dial has not reached the host.
 * - `waiting`: for the host's answer; on the accepting side, for the process to accept.
 * - `offered`: accepted and not adopted yet. `adopted`: opens in the next turn.
 * - `gone`: ended; `closed` follows.
 */
export type SocketState = 'dialing' | 'waiting' | 'offered' | 'adopted' | 'open' | 'gone' | 'closed';

/** The parts of the server's host, and of the network, that a socket uses. */
export interface Surroundings {
  readonly name: string;
  /** The server's process is frozen; its kernel is not. */
  readonly frozen: boolean;
  readonly latencyMs: number;
  readonly windowBytes: number;
  now(): number;
  /** The travel time in milliseconds of a parcel sent now. */
  delay(link: number | undefined): number;
  /** Schedules `socket.work` at that time, in a turn of its own. */
  wake(socket: MemorySocket, at: number): void;
  /** A dial has reached the host. */
  knock(client: MemorySocket): void;
  /** A connection waits to be accepted; false without a listener. */
  offer(server: MemorySocket): boolean;
  closed(socket: MemorySocket): void;
  closedTwice(): void;
}
