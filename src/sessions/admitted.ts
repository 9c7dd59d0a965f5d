/** The answer to a hello. */
import type { AcceptedSession } from './accepted-session.ts';
import type { Refused } from './wire.ts';

export type Admitted =
  | { readonly kind: 'granted'; readonly session: AcceptedSession }
  | { readonly kind: 'refused'; readonly refused: Refused };

export function refused(reason: Refused['reason'], retryAfterMs?: number): Admitted {
  return { kind: 'refused', refused: { reason, ...(retryAfterMs !== undefined && { retryAfterMs }) } };
}
