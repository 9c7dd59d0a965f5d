/** Runs a protocol's own handshake, which sees the messages until it is done. */
import { HoldfastError } from '../errors.ts';
import type { HandshakeIo, Protocol } from '../transport/protocol.ts';
import type { Side } from '../transport/transport.ts';

export class Greeting implements HandshakeIo<unknown, unknown> {
  readonly side: Side;
  readonly send: (message: unknown) => void;
  done = false;
  readonly #abort = new AbortController();
  #arrived: unknown[] = [];
  #waiting: { resolve(message: unknown): void; reject(error: Error): void }[] = [];

  constructor(side: Side, send: (message: unknown) => void) {
    this.side = side;
    this.send = send;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  readonly receive = (): Promise<unknown> => {
    if (this.#arrived.length > 0) return Promise.resolve(this.#arrived.shift());
    return new Promise((resolve, reject) => {
      if (this.signal.aborted) reject(this.signal.reason);
      else this.#waiting.push({ resolve, reject });
    });
  };

  /** Resolves with what arrived and was not asked for: it belongs to the user. */
  async run(protocol: Protocol): Promise<unknown[]> {
    await protocol.handshake?.(this);
    this.done = true;
    return this.#arrived;
  }

  deliver(message: unknown): void {
    const receiver = this.#waiting.shift();
    if (receiver === undefined) this.#arrived.push(message);
    else receiver.resolve(message);
  }

  /** The connection ended: nothing will arrive any more. */
  end(): void {
    if (this.done) return;
    const error = new HoldfastError('closed', 'the connection ended during its handshake');
    this.#abort.abort(error);
    for (const receiver of this.#waiting) receiver.reject(error);
    this.#waiting = [];
  }
}
