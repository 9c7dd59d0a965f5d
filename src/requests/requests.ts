/** Requests and their answers, over the messages of any connection. */
import type { Observable } from 'rxjs';
import { checkSignal } from '../base/abortable.ts';
import { type Duration, parseDuration } from '../base/duration.ts';
import { badConfig } from '../base/errors.ts';
import { guarded } from '../base/guarded.ts';
import { checked, type Kinds } from '../base/options.ts';
import type { ConnectionState } from '../machines/connection.ts';
import type { Clock } from '../time/clock.ts';
import { type Answer, Pending, type Via } from './pending.ts';
import { RequestError } from './request-error.ts';

/** The part of a connection that requests need. */
export interface RequestConnection<In, Out> extends Via<Out> {
  readonly clock: Clock;
  readonly state: ConnectionState;
  readonly incarnation: number;
  readonly state$: Observable<ConnectionState>;
  readonly messages$: Observable<In>;
  reportError(error: unknown, where: string): void;
}

export interface RequestsOptions<In, Out, Call, Result> {
  /** Makes the message of a request. `id`: a whole number from 1, which this object gives once. What it throws rejects the request. */
  readonly messageOf: (id: number, call: Call) => Out;
  /**
   * Recognises an answer: its id, and the `result` that resolves the request or the `error` that rejects it. `undefined`: another
   * message. What it throws goes to `onError` of the supervisor, and the message counts as another one.
   */
  readonly answerOf: (message: In) => Answer<Result> | undefined;
  /** For how long a request waits for its answer, at least 1 ms, the time in the outbox included. `null`: for ever. Default 10 s. */
  readonly timeout?: Duration | null;
  /** Requests that may wait at the same time; one more rejects as `too-many`. Default 1000. */
  readonly limit?: number;
  /** Hears an answer to no request that waits: late, doubled or unknown. */
  readonly onUnmatched?: (message: In) => unknown;
}

export interface RequestOptions<Out> {
  /** Default: that of `requests`. */
  readonly timeout?: Duration | null | undefined;
  /** Aborting it rejects the request, and takes back a message that has not begun to leave. The peer is not told. */
  readonly signal?: AbortSignal | undefined;
  /** The request may reach the peer twice: when its socket ends before the answer, it is asked again, with the same id. Default `false`. */
  readonly idempotent?: boolean | undefined;
  /** The opening that `onOpen` was given: the request goes ahead of messages that wait, on that socket alone. Default: the connection. */
  readonly via?: Via<Out> | undefined;
}

export interface Requests<Out, Call, Result> {
  /**
   * Sends a request, and resolves with the result of its answer. Rejects with the error of the answer, with `RequestError` when there
   * is none, with `bad-message` for a message that the protocol cannot carry, and with `ConfigError` for bad options. An ignored
   * rejection is not an unhandled one.
   */
  request(call: Call, options?: RequestOptions<Out>): Promise<Result>;
  /** Requests that wait for their answers. */
  readonly pending: number;
}

/**
 * Requests over a connection, which may be shared: other messages go where they went before, and so do answers. Lasts
 * as long as the connection, `reconnect()` after its end included. Throws `ConfigError`.
 */
export function requests<In, Out, Call, Result>(
  connection: RequestConnection<In, Out>,
  options: RequestsOptions<In, Out, Call, Result>,
): Requests<Out, Call, Result> {
  return new Correlation(connection, options);
}

const kinds: Kinds<RequestsOptions<never, never, never, never>> = {
  messageOf: 'a function',
  answerOf: 'a function',
  timeout: 0,
  limit: 'a number',
  onUnmatched: 'a function',
};
const requestKinds: Kinds<RequestOptions<never>> = {
  timeout: 0,
  signal: 0,
  idempotent: 'a boolean',
  via: 'an object',
};

class Correlation<In, Out, Call, Result> implements Requests<Out, Call, Result> {
  readonly #connection: RequestConnection<In, Out>;
  readonly #options: RequestsOptions<In, Out, Call, Result>;
  readonly #limit: number;
  readonly #timeoutMs: number;
  readonly #pending = new Map<unknown, Pending<Out, Result>>();
  #lastId = 0;
  #isListening = false;

  constructor(connection: RequestConnection<In, Out>, options: RequestsOptions<In, Out, Call, Result>) {
    if (Object(connection).messages$ === undefined)
      throw badConfig('connection', connection, 'a connection, as the first argument');
    const { messageOf, answerOf, timeout = '10s', limit = 1000 } = checked('requests', options, kinds);
    for (const [path, value] of Object.entries({ messageOf, answerOf }))
      if (value === undefined) throw badConfig(path, value, 'a function');
    if (!(limit >= 1)) throw badConfig('limit', limit, 'a number, 1 or more');
    this.#connection = connection;
    this.#options = options;
    this.#limit = limit;
    this.#timeoutMs = timeoutMsOf(timeout);
  }

  get pending(): number {
    return this.#pending.size;
  }

  request(call: Call, options: RequestOptions<Out> = {}): Promise<Result> {
    try {
      return this.#begin(call, options);
    } catch (error) {
      const rejected = Promise.reject(error);
      rejected.catch(ignore);
      return rejected;
    }
  }

  #begin(call: Call, options: RequestOptions<Out>): Promise<Result> {
    const { timeout, signal, idempotent = false, via } = checked('request', options, requestKinds);
    const timeoutMs = timeout === undefined ? this.#timeoutMs : timeoutMsOf(timeout);
    checkSignal(signal);
    if (this.#pending.size >= this.#limit) throw new RequestError('too-many', 'never-sent');
    const id = ++this.#lastId;
    const message = this.#options.messageOf(id, call);
    const terms = { message, timeoutMs, signal, idempotent, via };
    const pending = new Pending<Out, Result>(this.#connection, terms, () => this.#pending.delete(id));
    this.#listen();
    this.#pending.set(id, pending);
    pending.begin();
    return pending.promise;
  }

  /** Streams of a connection end with it, and another life of it has others. */
  #listen(): void {
    if (this.#isListening) return;
    this.#isListening = true;
    this.#connection.messages$.subscribe((message) => this.#heard(message));
    this.#connection.state$.subscribe({
      next: (state) => {
        if (state === 'closed') for (const pending of [...this.#pending.values()]) pending.cutOff();
      },
      complete: () => {
        this.#isListening = false;
      },
    });
  }

  #heard(message: In): void {
    const { answerOf, onUnmatched } = this.#options;
    this.#shield('answerOf', () => {
      const answer = answerOf(message);
      if (answer === undefined) return;
      const pending = this.#pending.get(answer.id);
      if (pending !== undefined) pending.answered(answer);
      else if (onUnmatched !== undefined) this.#shield('onUnmatched', () => onUnmatched(message));
    });
  }

  #shield(where: string, code: () => unknown): void {
    guarded(code, (error) => this.#connection.reportError(error, where));
  }
}

const ignore = () => {};

/** Throws `ConfigError`. */
function timeoutMsOf(timeout: unknown): number {
  if (timeout === null) return Number.POSITIVE_INFINITY;
  const ms = parseDuration(timeout);
  if (ms !== undefined && ms >= 1) return ms;
  throw badConfig('timeout', timeout, 'a duration of at least 1ms, such as "250ms" or 2000 (ms), or null');
}
