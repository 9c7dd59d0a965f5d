/**
 * Delays of suspicion (fast) and condemnation (slow). Over an ordered transport an extra probe queues behind the
 * lost segment and is no independent evidence; the silence since the first unanswered probe decides.
 */
import type { Rtt } from './rtt.ts';

/** The retransmission timeout before the first sample (RFC 6298 section 2.1); milliseconds. */
const FIRST_RTO = 1000;
/** The clock granularity G of RFC 6298; milliseconds. */
const GRANULARITY = 1;

/**
 * Milliseconds from a probe to the suspicion:
 * `clamp(SRTT + max(4 * RTTVAR, 1 ms), min, max)`, and 1 s before the first sample.
 */
export function suspectDelay(rtt: Rtt | undefined, bounds: { readonly min: number; readonly max: number }) {
  const rto = rtt === undefined ? FIRST_RTO : rtt.smoothed + Math.max(4 * rtt.variance, GRANULARITY);
  return Math.min(Math.max(rto, bounds.min), bounds.max);
}

/**
 * The time of the probe after `sent` unanswered probes, in milliseconds since the first: `d`, `3d`, `7d`, with
 * doubled distances. Infinity when `probes` are used up, or when it would not precede the condemnation.
 */
export function nextProbe(sent: number, d: number, limits: { probes: number; condemnAfter: number }) {
  const offset = (2 ** sent - 1) * d;
  return sent <= limits.probes && offset < limits.condemnAfter ? offset : Number.POSITIVE_INFINITY;
}

/** Milliseconds of silence until a heartbeat is due. Drawn anew each time, so that connections do not stay in phase. */
export function dueAfter(interval: number, random: () => number): number {
  return interval * (0.9 + 0.1 * random());
}

/** Milliseconds of silence until a peer in `listen` mode is suspected: twice the sending interval. */
export function listenWindow(interval: number): number {
  return 2 * interval;
}
