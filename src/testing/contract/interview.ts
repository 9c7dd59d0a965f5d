/** A dialogue of the tested protocol, outside a connection: its handshake with a scripted peer, then chunks. */
import { type Deferred, deferred } from '../../base/deferred.ts';
import type { Failure } from '../../policy/exits.ts';
import { type About, type Credentials, type HandshakeIo, isRefused } from '../../ports/protocol.ts';
import type { CloseFrame } from '../../ports/transport.ts';
import { systemClock } from '../../time/clock.ts';
import { scriptedAbout } from '../dialogue.ts';
import { lend } from './chunks.ts';
import type { AnyDialogue, HandshakeScript, Testable } from './spec.ts';

/** Milliseconds that a handshake has for work of its own, such as a hash, before the next chunk. */
const patience = 500;
/** Turns of the event loop that it has once it has sent something, where it waits otherwise than in `receive`. */
const turnsAfterSending = 3;

/** How a handshake ended: `crashed` if with an error that names no reason. */
export type Outcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'crashed'; readonly error: unknown }
  /** The script has ended, and the handshake with the connection. */
  | { readonly kind: 'left' };

export class Interview {
  readonly dialogue: AnyDialogue;
  /** All frames since the handshake; heartbeats are in it as the dialogue recognises them. */
  readonly frames: unknown[] = [];
  failure: Failure | undefined;
  readonly #sent: unknown[] = [];
  readonly #about: About;
  readonly #encode: (message: unknown) => unknown;
  readonly #abort = new AbortController();
  readonly #unread: unknown[] = [];
  readonly #waiting: Deferred<unknown>[] = [];
  /** Of the chunks sent, those before the last chunk of the peer. */
  #answered = 0;
  #outcome: Outcome | undefined;

  constructor(protocol: Testable<unknown, unknown>, about: Partial<About> = {}) {
    this.#about = { ...scriptedAbout(about), write: (chunk) => void this.#sent.push(chunk) };
    this.dialogue = protocol.open(this.#about);
    this.#encode = (message) => protocol.encode?.(message) ?? this.dialogue.encode(message);
  }

  /** Feeds until the first failure. */
  push(...chunks: readonly unknown[]): this {
    for (const chunk of chunks) {
      if (this.failure !== undefined) return this;
      this.failure = lend(chunk, (lent) => this.dialogue.decoder.push(lent, this));
    }
    return this;
  }

  /** Feeds chunks that stay as they are, as for a decoder that owns them. */
  give(...chunks: readonly unknown[]): this {
    for (const chunk of chunks) this.failure ??= this.dialogue.decoder.push(chunk, this);
    return this;
  }

  frame(frame: unknown): void {
    this.frames.push(this.dialogue.isHeartbeat(frame) || frame);
  }

  /** Frames for the user. */
  get messages(): readonly unknown[] {
    const { dialogue } = this;
    return this.frames.filter((frame) => !(dialogue.isHeartbeat(frame) || dialogue.isInternal?.(frame)));
  }

  async greet(script: HandshakeScript<unknown>, close?: CloseFrame): Promise<Outcome> {
    const { dialogue } = this;
    if (dialogue.handshake === undefined) return { kind: 'done' };
    dialogue.handshake(this.#io(script.credentials)).then(
      () => this.#settle({ kind: 'done' }),
      (error) =>
        this.#settle(
          isRefused(error) ? { kind: 'failed', failure: error.failure } : { kind: 'crashed', error },
        ),
    );
    for (const step of script.peer) {
      await this.#idle();
      if (this.#outcome !== undefined) break;
      this.#hear(typeof step === 'function' ? step(this.#sent) : step);
    }
    await this.#idle();
    return this.#outcome ?? this.#end(close);
  }

  #io(credentials: unknown): HandshakeIo {
    return {
      ...this.#about,
      credentials: credentials as Credentials | undefined,
      signal: this.#abort.signal,
      send: (message) => void this.#sent.push(this.#encode(message)),
      receive: () => {
        const next = deferred<unknown>();
        if (this.#unread.length > 0) next.resolve(this.#unread.shift());
        else this.#waiting.push(next);
        return next.promise;
      },
    };
  }

  #hear(chunk: unknown): void {
    const sink = {
      frame: (frame: unknown) => {
        const receiver = this.#waiting.shift();
        if (receiver === undefined) this.#unread.push(frame);
        else receiver.resolve(frame);
      },
    };
    const failure = lend(chunk, (lent) => this.dialogue.decoder.push(lent, sink));
    if (failure !== undefined) this.#settle({ kind: 'failed', failure });
  }

  #end(close: CloseFrame | undefined): Outcome {
    const failure = this.dialogue.ended?.(close);
    const outcome: Outcome = failure === undefined ? { kind: 'left' } : { kind: 'failed', failure };
    this.#settle(outcome);
    const error = new Error('the connection ended before the handshake finished');
    this.#abort.abort(error);
    for (const receiver of this.#waiting) receiver.reject(error);
    return outcome;
  }

  #settle(outcome: Outcome): void {
    this.#outcome ??= outcome;
  }

  /** Waits until the handshake is over, wants a frame, or has sent something since the last chunk. */
  async #idle(): Promise<void> {
    const { scheduler, afterIo } = systemClock;
    const start = scheduler.now();
    for (let turns = 0; scheduler.now() - start < patience; turns++) {
      for (let task = 0; task < 8; task++) await undefined;
      if (this.#outcome !== undefined || this.#waiting.length > 0) return;
      if (turns >= turnsAfterSending && this.#sent.length > this.#answered) break;
      await new Promise<void>((resolve) => afterIo(resolve));
    }
    this.#answered = this.#sent.length;
  }
}
