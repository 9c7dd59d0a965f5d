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
const MIB = 1024 * 1024;
/** Bytes of memory that a message takes beside its content. */
const OVERHEAD = 128;

const ignore = () => {};

function tooMuch(): Failure {
  const detail = `more than ${LIMIT_MIB} MiB arrived before the handshake finished`;
  return { reason: 'protocol-error', detail };
}

export class Handshake implements HandshakeIo {
  readonly send: (message: unknown) => void;
  readonly #about: About;
  /** Not shown by a log of this object. */
  readonly #credentials: Credentials | undefined;
  readonly #abort = new AbortController();
  readonly #read: (on: boolean) => void;
  readonly #failed: (failure: Failure) => void;
  #arrived: unknown[] = [];
  #bytes = 0;
  #waiting: Deferred<unknown>[] = [];
  /** Nothing arrives here any more. */
  #over: Error | undefined;

  /** `read`: pauses and resumes the socket. `failed`: more has arrived than may wait. */
  constructor(
    about: About,
    credentials: Credentials | undefined,
    send: (message: unknown) => void,
    read: (on: boolean) => void,
    failed: (failure: Failure) => void,
  ) {
    this.#about = about;
    this.#credentials = credentials;
    this.send = send;
    this.#read = read;
    this.#failed = failed;
  }

  get credentials(): Credentials | undefined {
    return this.#credentials;
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
    // A handshake that gave up may await nothing of what it asked for.
    waiting.promise.catch(ignore);
    if (this.#over !== undefined) waiting.reject(this.#over);
    else this.#waiting.push(waiting);
    return waiting.promise;
  };

  /** Resolves with what was agreed to. */
  async run(dialogue: Dialogue): Promise<Agreement | undefined> {
    return (await dialogue.handshake?.(this)) ?? undefined;
  }

  /** The handshake is done: hands on the frames that it did not read, also those that come meanwhile. */
  finish(hand: (frame: unknown) => void): void {
    for (const frame of this.#arrived) hand(frame);
    if (this.#bytes >= PAUSE) this.#read(true);
    this.#refuse(new HoldfastError('closed', 'the handshake is done, and receives no more'));
  }

  deliver(message: unknown): void {
    const receiver = this.#waiting.shift();
    if (receiver !== undefined) receiver.resolve(message);
    else this.#keep(message);
    if (this.#bytes > LIMIT_MIB * MIB) this.#failed(tooMuch());
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
    const error = new HoldfastError('closed', 'the connection ended before the handshake finished');
    this.#abort.abort(error);
    this.#refuse(error);
  }

  #refuse(error: Error): void {
    this.#over = error;
    for (const receiver of this.#waiting) receiver.reject(error);
    this.#waiting = [];
  }
}
