/** Round-trip time, estimated as in TCP (RFC 6298 section 2). */

/** An estimate, in milliseconds. Immutable: a sample makes a new one. */
export interface Rtt {
  /** SRTT: the smoothed round-trip time. */
  readonly smoothed: number;
  /** RTTVAR: the smoothed deviation. */
  readonly variance: number;
  /** The newest sample. */
  readonly last: number;
}

/**
 * The estimate after one more sample. The caller must leave out invalid samples: of a ping that was sent again
 * (Karn's algorithm), and of a ping that spans a stall of this process.
 */
export function sampled(rtt: Rtt | undefined, sampleMs: number): Rtt {
  if (rtt === undefined) return { smoothed: sampleMs, variance: sampleMs / 2, last: sampleMs };
  return {
    variance: 0.75 * rtt.variance + 0.25 * Math.abs(rtt.smoothed - sampleMs),
    smoothed: 0.875 * rtt.smoothed + 0.125 * sampleMs,
    last: sampleMs,
  };
}
