/** The error of a request that got no answer. */
import { HoldfastError } from '../base/errors.ts';

/**
 * Why there is no answer.
 *
 * - `timeout`: none came in time.
 * - `aborted`: the `signal` of the request aborted.
 * - `cut-off`: the socket that took the request has ended.
 * - `not-delivered`: the request did not leave; `cause` is the `DeliveryError`.
 * - `too-many`: as many requests as `limit` permits wait for their answers.
 */
export type Unanswered = 'timeout' | 'aborted' | 'cut-off' | 'not-delivered' | 'too-many';

/** `never-sent`: the peer did not get the request, which may be repeated safely. `in-doubt`: the peer may have got it. */
export type RequestOutcome = 'never-sent' | 'in-doubt';

export class RequestError extends HoldfastError {
  readonly because: Unanswered;
  readonly outcome: RequestOutcome;

  constructor(because: Unanswered, outcome: RequestOutcome, options?: ErrorOptions) {
    super('unanswered', `a request got no answer: ${because}, ${outcome}`, options);
    this.name = 'RequestError';
    this.because = because;
    this.outcome = outcome;
  }
}
