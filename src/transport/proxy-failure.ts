/** Answers of a proxy that are no tunnel. */
import { type ExitReason, type Failure, failureOfStatus } from '../policy/exits.ts';

/** Takes a failure through `ws`, which passes on errors alone. */
export class DialError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.detail, { cause: failure.error });
    this.name = 'DialError';
    this.failure = failure;
  }
}

/**
 * The failure for a status other than 2xx. A proxy answers 502, 503 and 504 when it came to no connection with the target's
 * host (Squid: 503), or has no room for one: no dial through it fares better, so they count as failures of the host. Other
 * statuses speak of this request. `offered`: it carried credentials.
 */
export function failureOfProxy(
  status: number,
  retryAfter: string | undefined,
  wallMs: number,
  offered: boolean,
): Failure {
  const answer = `the tunnel was refused with status ${status}`;
  const wanted = offered ? 'its credentials are not accepted' : 'it wants credentials';
  return {
    ...failureOfStatus(status, retryAfter, wallMs),
    ...(reasons[status] && { reason: reasons[status] }),
    detail: status === 407 ? `${answer}: ${wanted}` : answer,
  };
}

const reasons: Readonly<Record<number, ExitReason>> = {
  407: 'unauthorized',
  502: 'unreachable',
  503: 'unreachable',
  504: 'unreachable',
};
