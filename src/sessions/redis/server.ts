/** Commands and scripts, with an answer or an error in time. */
import type { Clock } from '../../time/clock.ts';
import { patiently } from '../../time/patience.ts';
import type { RedisCommand, RedisPort } from './port.ts';
import type { Script } from './script.ts';

/** An argument of a script. */
export type Argument = string | number | Uint8Array;

export class RedisServer {
  readonly port: RedisPort;
  /** Before all keys, that of the client included. */
  readonly prefix: string;
  readonly #orphanMs: number;
  readonly #timeout: number;
  #clock: Clock | undefined;

  constructor(port: RedisPort, times: { prefix: string; orphanMs: number; timeout: number }) {
    this.port = port;
    this.prefix = `${port.keyPrefix ?? ''}${times.prefix}`;
    this.#orphanMs = times.orphanMs;
    this.#timeout = times.timeout;
  }

  begin(clock: Clock): void {
    this.#clock ??= clock;
  }

  ask(...command: RedisCommand): Promise<unknown> {
    return this.inTime(String(command[0]), () => this.port.command(command));
  }

  /** `on`: another connection than that of the client. */
  async run(
    script: Script,
    args: readonly Argument[],
    on: Pick<RedisPort, 'command'> = this.port,
  ): Promise<unknown> {
    const rest = ['0', this.prefix, String(this.#orphanMs), ...args.map(textOrBytes)];
    const send = (command: RedisCommand) => this.inTime(script.name, () => on.command([...command, ...rest]));
    try {
      return await send(['EVALSHA', script.digest]);
    } catch (error) {
      // The server was started anew, or its scripts were flushed. EVAL also keeps the script.
      if (!/^NOSCRIPT/.test((error as Error).message)) throw error;
      return await send(['EVAL', script.source]);
    }
  }

  /** Rejects when there is no answer in time: what was asked may still be done. */
  inTime<T>(what: string, ask: () => Promise<T>): Promise<T> {
    const clock = this.#clock;
    if (clock === undefined) return Promise.reject(new Error('the store was asked before `begin`'));
    return new Promise((resolve, reject) => {
      const cancel = patiently(clock, this.#timeout, () =>
        reject(new Error(`Redis has not answered ${what} within ${this.#timeout} ms`)),
      );
      ask().then(resolve, reject).finally(cancel);
    });
  }
}

/** Words of the server, as against those of a client about its connection. */
export function isReply(error: unknown): error is Error {
  return error instanceof Error && /^[A-Z]{2,} /.test(error.message);
}

function textOrBytes(value: Argument): string | Uint8Array {
  return typeof value === 'number' ? String(value) : value;
}
