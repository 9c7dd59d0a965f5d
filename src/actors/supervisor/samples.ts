/** Round trips, for metrics: nothing is made while there is no subscriber. */
import type { OfConnection } from './events.ts';

/** A round trip that was measured: the answer to a heartbeat or a probe. */
export interface RttSample extends OfConnection {
  /** Milliseconds, with fractions. */
  readonly rttMs: number;
  /** The estimate after it. */
  readonly smoothedMs: number;
}
