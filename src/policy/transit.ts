/**
 * The time that a probe needs through bytes that were handed to the kernel before it. The kernel tells nothing of
 * its queue; answered probes tell how fast a link carries it away.
 */

/** The slowest link that is never condemned for its queue: 64 kbit/s, in bytes per millisecond. */
const SLOWEST = 8;
/** How long a measured rate counts, in milliseconds. */
const RECENT_MS = 60_000;
/** Fewer bytes ahead of a probe measure the round trip rather than the rate. */
export const NOTABLE_BYTES = 16 * 1024;

/** A rate in bytes per millisecond, and when it was measured. */
export interface Rate {
  readonly rate: number;
  readonly at: number;
}

/** More bytes than any kernel holds: a sum below is a small integer, which takes no memory beside its field. */
const MOST = 2 ** 30;

/** The bytes that the slowest link has left of `bytes` after `ms`, and `more` behind it. */
export function aheadAfter(bytes: number, ms: number, more: number): number {
  return Math.min(Math.max(0, bytes - ms * SLOWEST) + more, MOST);
}

/** `min(bytes / rate, most)` in milliseconds; 8 kB/s while no rate is known. */
export function transitOf(bytes: number, rate: number | undefined, most: number): number {
  return Math.min(bytes / (rate ?? SLOWEST), most);
}

/**
 * The rates of the last minute before `now`, and a new one, greatest first. A rate that a later one reaches is left
 * out.
 */
export function recentRates(rates: readonly Rate[], now: number, next?: Rate): readonly Rate[] {
  const recent = rates.filter(({ rate, at }) => at >= now - RECENT_MS && !(next && rate <= next.rate));
  return next === undefined ? recent : [...recent, next];
}
