/** A request: asked, perhaps again after a reconnect, until it is settled once. */
import { onAbort } from '../base/abortable.ts';
import { type Deferred, deferred } from '../base/deferred.ts';
import { type DeliveryError, isHoldfastError } from '../base/errors.ts';
import type { ConnectionState } from '../machines/connection.ts';
import type { Receipt } from '../messages/receipts.ts';
import type { SendOptions } from '../messages/send.ts';
import type { Clock } from '../time/clock.ts';
import { patiently } from '../time/patience.ts';
import { RequestError, type Unanswered } from './request-error.ts';

/** An answer, as the options of `requests` recognise it: with the `id` that the request was given. */
export type Answer<Result> =
  | { readonly id: unknown; readonly result: Result }
  | { readonly id: unknown; readonly error: unknown };

/** A way for messages to the peer: a connection, or the opening that `onOpen` gets. */
export interface Via<Out> {
  send(message: Out, options?: SendOptions): Promise<Receipt>;
}

/** The terms of one request. */
export interface Terms<Out> {
  readonly message: Out;
  /** Milliseconds; Infinity: no limit. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly idempotent: boolean;
  /** Undefined: the connection. */
  readonly via: Via<Out> | undefined;
}

interface Line<Out> extends Via<Out> {
  readonly clock: Clock;
  readonly state: ConnectionState;
  readonly incarnation: number;
}

const ignore = () => {};

export class Pending<Out, Result> {
  readonly #line: Line<Out>;
  readonly #terms: Terms<Out>;
  readonly #settled: () => void;
  readonly #promise: Deferred<Result> = deferred();
  /** Takes the message back, where it has not begun to leave. */
  readonly #takeBack = new AbortController();
  /** The incarnation that took the message; 0: none has. */
  #takenBy = 0;
  /** The peer may have got the request. */
  #isInDoubt = false;
  #isOver = false;
  /** The end of the wait, while the message is taken back. */
  #because: Unanswered | undefined;
  #stopTimer = ignore;
  #stopListening = ignore;

  /** `settled`: called once. */
  constructor(line: Line<Out>, terms: Terms<Out>, settled: () => void) {
    this.#line = line;
    this.#terms = terms;
    this.#settled = settled;
    // As for `send`: an ignored rejection is not an unhandled one.
    this.#promise.promise.catch(ignore);
  }

  get promise(): Promise<Result> {
    return this.#promise.promise;
  }

  begin(): void {
    const { timeoutMs, signal } = this.#terms;
    if (signal?.aborted) return this.#fail('aborted', signal.reason);
    this.#ask();
    if (timeoutMs < Number.POSITIVE_INFINITY)
      this.#stopTimer = patiently(this.#line.clock, timeoutMs, () => this.#giveUp('timeout'), 0);
    if (signal !== undefined)
      this.#stopListening = onAbort(signal, () => this.#giveUp('aborted', signal.reason));
  }

  answered(answer: Answer<Result>): void {
    if (!this.#end()) return;
    if ('error' in answer) this.#promise.reject(answer.error);
    else this.#promise.resolve(answer.result);
  }

  /** The running incarnation has ended: a request that it took gets no answer any more. */
  cutOff(): void {
    if (this.#takenBy === 0) return;
    if (this.#mayRepeat) this.#ask();
    else this.#fail(this.#because ?? 'cut-off');
  }

  get #mayRepeat(): boolean {
    return this.#terms.idempotent && this.#terms.via === undefined && this.#because === undefined;
  }

  #ask(): void {
    const { message, via = this.#line } = this.#terms;
    this.#takenBy = 0;
    let accepted = false;
    via.send(message, { signal: this.#takeBack.signal }).then(
      (receipt) => this.#taken(receipt),
      (error) => this.#refused(error, accepted),
    );
    // A message that is refused at once rejects before this.
    Promise.resolve().then(() => {
      accepted = true;
    });
  }

  #taken({ incarnation }: Receipt): void {
    if (this.#isOver) return;
    const { state, incarnation: running } = this.#line;
    this.#isInDoubt = true;
    this.#takenBy = incarnation;
    if (state === 'closed' || incarnation !== running) this.cutOff();
  }

  #refused(error: unknown, accepted: boolean): void {
    if (this.#isOver) return;
    const isUnsent = isHoldfastError(error) && error.code === 'not-delivered';
    if (!isUnsent) return this.#reject(error);
    const { outcome, cause } = error as DeliveryError;
    // The end of its socket cut it short; all else has a cause, or is an outcome of its own.
    const isCut = accepted && outcome === 'never-sent' && cause === undefined;
    if (isCut && this.#mayRepeat) this.#ask();
    else this.#fail(this.#because ?? 'not-delivered', error);
  }

  /** A message that has not begun to leave is taken back, and rejects first. */
  #giveUp(because: Unanswered, cause?: unknown): void {
    if (this.#isOver) return;
    this.#because = because;
    this.#takeBack.abort(cause);
    Promise.resolve().then(() => {
      this.#isInDoubt = true;
      this.#fail(because, cause);
    });
  }

  #fail(because: Unanswered, cause?: unknown): void {
    this.#reject(new RequestError(because, this.#isInDoubt ? 'in-doubt' : 'never-sent', { cause }));
  }

  #reject(error: unknown): void {
    if (this.#end()) this.#promise.reject(error);
  }

  #end(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.#stopTimer();
    this.#stopListening();
    this.#settled();
    return true;
  }
}
