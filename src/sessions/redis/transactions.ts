/** The connections on which transactions run, one at a time on each. */
import type { Place } from '../store.ts';
import type { DedicatedRedis } from './port.ts';
import type { RedisServer } from './server.ts';
import { Transaction } from './transaction.ts';

/** Transactions that are under way at the same time; others wait. */
const MOST = 8;

export class Transactions {
  readonly #server: RedisServer;
  readonly #idle: DedicatedRedis[] = [];
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(server: RedisServer) {
    this.#server = server;
  }

  async run(place: Place, number: number, run: (transaction: unknown) => unknown): Promise<void> {
    if (this.#running >= MOST) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running++;
    try {
      await this.#runOn(this.#idle.pop() ?? (await this.#dedicated()), place, number, run);
    } finally {
      this.#running--;
      this.#waiting.shift()?.();
    }
  }

  /** Ends the connections that are not in use. */
  close(): void {
    for (const connection of this.#idle.splice(0)) connection.close();
  }

  /** A connection that comes too late is closed. */
  #dedicated(): Promise<DedicatedRedis> {
    let isLate = false;
    const opening = this.#server.port.dedicated();
    opening.then(
      (connection) => isLate && connection.close(),
      () => {},
    );
    return this.#server
      .inTime('a connection for a transaction', () => opening)
      .catch((error) => {
        isLate = true;
        throw error;
      });
  }

  async #runOn(
    connection: DedicatedRedis,
    place: Place,
    number: number,
    run: (transaction: unknown) => unknown,
  ) {
    const transaction = new Transaction(this.#server, connection, place, number);
    try {
      await transaction.run(run);
    } finally {
      if (transaction.isClean) this.#idle.push(connection);
      else connection.close();
    }
  }
}
