/**
 * Runs a protocol's own handshake, which sees the messages until it is done. A peer that says much
 * before it was asked fills the kernel's buffers, not ours.
 */
import { type Deferred, deferred } from '../../base/deferred.ts';
import { HoldfastError } from '../../base/errors.ts';
import type { Plan } from '../../endpoints/plan.ts';
import { sizeOf } from '../../messages/writer.ts';
import type { Failure } from '../../policy/exits.ts';
import type { Credentials, HandshakeIo, Protocol } from '../../ports/protocol.ts';
import type { Side } from '../../ports/transport.ts';

/** Bytes that may wait for a handshake before the socket is paused. */
const PAUSE = 64 * 1024;
/** More than this can only come from a transport that cannot pause. */
const LIMIT = 32 * 1024 * 1024;
/** What a message takes in memory beside its bytes. */
const OVERHEAD = 128;

const refusal: Failure = { reason: 'protocol-error', detail: 'too much before the handshake was done' };

export class Handshake implements HandshakeIo<unknown, unknown> {
  readonly side: Side;
  readonly credentials: Credentials | undefined;
  readonly send: (message: unknown) => void;
  done = false;
  readonly #abort = new AbortController();
  readonly #read: (on: boolean) => void;
  #arrived: unknown[] = [];
  #bytes = 0;
  #waiting: Deferred<unknown>[] = [];

  /** `read`: pauses and resumes the socket. */
  constructor(
    { side, credentials }: Pick<Plan, 'side' | 'credentials'>,
    send: (message: unknown) => void,
    read: (on: boolean) => void,
  ) {
    this.side = side;
    this.credentials = credentials;
    this.send = send;
    this.#read = read;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  readonly receive = (): Promise<unknown> => {
    if (this.#arrived.length > 0) return Promise.resolve(this.#take());
    const waiting = deferred<unknown>();
    if (this.signal.aborted) waiting.reject(this.signal.reason);
    else this.#waiting.push(waiting);
    return waiting.promise;
  };

  /** Resolves with what arrived and was not asked for: it belongs to the user. */
  async run(protocol: Protocol): Promise<unknown[]> {
    await protocol.handshake?.(this);
    this.done = true;
    if (this.#bytes >= PAUSE) this.#read(true);
    return this.#arrived;
  }

  /** Returns a failure when more has arrived than may wait. */
  deliver(message: unknown): Failure | undefined {
    const receiver = this.#waiting.shift();
    if (receiver !== undefined) receiver.resolve(message);
    else this.#keep(message);
    return this.#bytes <= LIMIT ? undefined : refusal;
  }

  #keep(message: unknown): void {
    const before = this.#bytes;
    this.#arrived.push(message);
    this.#bytes += sizeOf(message) + OVERHEAD;
    if (before < PAUSE && this.#bytes >= PAUSE) this.#read(false);
  }

  #take(): unknown {
    const message = this.#arrived.shift();
    const before = this.#bytes;
    this.#bytes -= sizeOf(message) + OVERHEAD;
    if (before >= PAUSE && this.#bytes < PAUSE) this.#read(true);
    return message;
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
