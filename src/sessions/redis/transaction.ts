/** A message that is recorded together with what its handler does in Redis, or not at all. */
import { HoldfastError } from '../../base/errors.ts';
import type { Place } from '../store.ts';
import type { DedicatedRedis, RedisMulti } from './port.ts';
import { textOf } from './replies.ts';
import { held, settle } from './scripts.ts';
import type { RedisServer } from './server.ts';

/** The commands that run or discard a transaction, in either client. */
const ENDS = [
  ...['exec', 'EXEC', 'execBuffer', 'execTyped', 'execAsPipeline', 'execAsPipelineTyped'],
  ...['discard', 'DISCARD'],
];

export class Transaction {
  /** The connection watches nothing and owes no answer. */
  isClean = false;
  readonly #server: RedisServer;
  readonly #connection: DedicatedRedis;
  readonly #number: number;
  readonly #key: string;
  readonly #at: readonly (string | number)[];
  readonly #mark: string;

  constructor(
    server: RedisServer,
    connection: DedicatedRedis,
    { session, epoch, process }: Place,
    number: number,
  ) {
    this.#server = server;
    this.#connection = connection;
    this.#number = number;
    this.#key = `${server.prefix}{${session}}:in`;
    this.#at = [session, epoch, process, number];
    this.#mark = `${process} ${epoch} ${number}`;
  }

  async run(run: (transaction: unknown) => unknown): Promise<void> {
    const multi = await this.#gathered(run);
    multi.hset(this.#key, 'handled', String(this.#number), 'mark', this.#mark);
    const outcome = await this.#executed(multi);
    if (outcome === false) throw this.#lost();
    if (outcome !== true) throw outcome;
  }

  /** The claim is checked under WATCH: what ends it afterwards writes to the watched key. */
  async #gathered(run: (transaction: unknown) => unknown): Promise<RedisMulti> {
    await this.#server.inTime('WATCH', () => this.#connection.watch(this.#key));
    try {
      if (textOf(await this.#server.run(held, this.#at, this.#connection)) !== 'held') throw this.#lost();
      const multi = this.#connection.multi();
      await run(withoutEnds(multi.transaction));
      return multi;
    } catch (error) {
      await this.#unwatch();
      throw error;
    }
  }

  async #executed(multi: RedisMulti): Promise<boolean | Error> {
    try {
      const outcome = await this.#server.inTime('EXEC', () => multi.exec());
      this.isClean = true;
      return outcome;
    } catch (error) {
      return await this.#settled(error);
    }
  }

  /**
   * There was no answer to EXEC, or an error. The connection of the client asks whether it ran; if not, the server will not run it
   * any more, although it may still have it.
   */
  async #settled(error: unknown): Promise<boolean> {
    this.#connection.close();
    const outcome = textOf(
      await this.#server
        .run(settle, [...this.#at, this.#mark])
        .catch((cause) => unknown(this.#number, cause)),
    );
    if (outcome === 'void') throw error;
    return outcome === 'applied';
  }

  async #unwatch(): Promise<void> {
    try {
      await this.#server.inTime('UNWATCH', () => this.#connection.command(['UNWATCH']));
      this.isClean = true;
    } catch {
      // The connection is closed.
    }
  }

  #lost(): HoldfastError {
    return new HoldfastError(
      'replaced',
      `message ${this.#number} of the session is not claimed by this process`,
    );
  }
}

function unknown(number: number, cause: unknown): never {
  throw new Error(`it is not known whether the transaction of message ${number} was run`, { cause });
}

/** Only the store ends the transaction, with the record in it. */
function withoutEnds(transaction: object): object {
  const value = () => {
    throw new HoldfastError(
      'bad-config',
      'handled: the store runs the transaction, once the callback has returned',
    );
  };
  for (const name of ENDS)
    if (name in transaction) Object.defineProperty(transaction, name, { value, configurable: true });
  return transaction;
}
