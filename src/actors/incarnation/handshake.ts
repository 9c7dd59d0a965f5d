/**
 * Runs a protocol's own handshake, which receives the frames until it is done. The socket is paused
 * while more than 64 KiB wait unread, so that a talkative peer fills the kernel's buffers, not ours.
 */
import { type Deferred, deferred } from '../../base/deferred.ts';
import { HoldfastError } from '../../base/errors.ts';
import { sizeOf } from '../../messages/writer.ts';
import type { Failure } from '../../policy/exits.ts';
import type { About, Agreement, Credentials, Dialogue, HandshakeIo } from '../../ports/protocol.ts';

/** Bytes that may wait for a handshake before the socket is paused. */
const PAUSE = 64 * 1024;
/** More than this can only come from a transport that cannot pause. */
const LIMIT_MIB = 32;
const LIMIT = LIMIT_MIB * 1024 * 1024;
/** Bytes of memory that a message takes beside its content. */
const OVERHEAD = 128;

const refusal: Failure = {
  reason: 'protocol-error',
  detail: `more than ${LIMIT_MIB} MiB arrived before the handshake finished`,
};

/** `unread`: frames that came before the handshake was done. */
export type Outcome = { readonly agreement: Agreement | undefined; readonly unread: readonly unknown[] };

export class Handshake implements HandshakeIo {
  readonly credentials: Credentials | undefined;
  readonly send: (message: unknown) => void;
  done = false;
  readonly #about: About;
  readonly #abort = new AbortController();
  readonly #read: (on: boolean) => void;
  #arrived: unknown[] = [];
  #bytes = 0;
  #waiting: Deferred<unknown>[] = [];

  /** `read`: pauses and resumes the socket. */
  constructor(
    about: About,
    credentials: Credentials | undefined,
    send: (message: unknown) => void,
    read: (on: boolean) => void,
  ) {
    this.#about = about;
    this.credentials = credentials;
    this.send = send;
    this.#read = read;
  }

  get side() {
    return this.#about.side;
  }

  get url() {
    return this.#about.url;
  }

  get policy() {
    return this.#about.policy;
  }

  get previous() {
    return this.#about.previous;
  }

  get write() {
    return this.#about.write;
  }

  get warn() {
    return this.#about.warn;
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

  /** Resolves with what was agreed to, and the frames that the handshake did not read. */
  async run(dialogue: Dialogue): Promise<Outcome> {
    const agreement = (await dialogue.handshake?.(this)) ?? undefined;
    this.done = true;
    if (this.#bytes >= PAUSE) this.#read(true);
    return { agreement, unread: this.#arrived };
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
    const error = new HoldfastError('closed', 'the connection ended before the handshake finished');
    this.#abort.abort(error);
    for (const receiver of this.#waiting) receiver.reject(error);
    this.#waiting = [];
  }
}
