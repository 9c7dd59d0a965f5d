/**
 * Suspect fast, condemn slowly. Over an ordered transport an extra probe queues behind the lost
 * segment and is no independent evidence; what decides is the silence since the first unanswered one.
 */
import type { Rtt } from './rtt.ts';

/** RFC 6298 section 2.1: before the first sample. */
const FIRST_RTO = 1000;
/** RFC 6298's clock granularity G. */
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
 * When the probe after `sent` unanswered ones goes out, in milliseconds since the first: `d`, `3d`,
 * `7d`, doubling the distance. Infinity when none is left, or it would not fall before the condemnation.
 */
export function nextProbe(sent: number, d: number, limits: { probes: number; condemnAfter: number }) {
  const offset = (2 ** sent - 1) * d;
  return sent <= limits.probes && offset < limits.condemnAfter ? offset : Number.POSITIVE_INFINITY;
}

/** A heartbeat is due after this much silence. Drawn anew each time, so that phases never lock. */
export function dueAfter(interval: number, random: () => number): number {
  return interval * (0.9 + 0.1 * random());
}

/** In `listen` mode the peer is suspected after this much silence: twice the sending interval. */
export function listenWindow(interval: number): number {
  return 2 * interval;
}
