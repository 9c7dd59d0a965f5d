/** The failure that a refused WebSocket is. */
import { type Failure, failureOfStatus } from './exits.ts';
import type { UpgradeResponse } from './upgrade-response.ts';

/** The failure for an answer that is not 101. Its detail has the place of a redirect without user, query and fragment. */
export function failureOfRefusal(response: UpgradeResponse, wallMs: number): Failure {
  const { status, headers, location } = response;
  const failure = failureOfStatus(status, headers['retry-after'], wallMs);
  const place = status < 400 && location?.replace(/[?#].*/s, '').replace(/\/\/[^/\\]*@/, '//');
  return { ...failure, ...(place && { detail: `${failure.detail}, which leads to ${place}` }), response };
}
