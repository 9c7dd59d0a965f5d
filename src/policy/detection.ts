/**
 * Worst-case detection times of a configuration: how long a dead peer can go unnoticed. Milliseconds, plus the
 * stalls of this process in each case: a timer that ran more than 50 ms late puts suspicion and verdict off by that
 * stall and one `suspectAfter`, and lets a stalled write start its stage again, twice at most. Infinity where the
 * mode expects nothing from the peer.
 */

/** A heartbeat mode, or `write`: the peer's kernel accepts no more bytes. */
export type Watch = 'probe' | 'listen' | 'exchange' | 'announce' | 'write';

/** The parts of a policy that bound detection, in milliseconds; `null`: off. */
export interface DetectionLimits {
  readonly interval: number | null;
  readonly suspectAfter: { readonly max: number };
  readonly condemnAfter: number;
  /** The most that bytes in the kernel postpone suspicion and verdict of `probe`. Default 0: nothing is ahead. */
  readonly transitMax?: number;
  readonly write: number | null;
}

const NEVER = Number.POSITIVE_INFINITY;

/**
 * The longest wait until the suspicion: `interval + suspectAfter.max + transitMax` for `probe`, `2 * interval` for
 * `listen` and `exchange`, both since the last inbound byte; `write` since the last progress of a write;
 * Infinity for `announce`, which expects nothing.
 */
export function worstCaseSuspicion(watch: Watch, limits: DetectionLimits): number {
  const interval = limits.interval ?? NEVER;
  switch (watch) {
    case 'probe':
      return interval + limits.suspectAfter.max + (limits.transitMax ?? 0);
    case 'listen':
    case 'exchange':
      return 2 * interval;
    case 'write':
      return limits.write ?? NEVER;
    case 'announce':
      return NEVER;
  }
}

/**
 * The longest wait until the verdict: `interval + condemnAfter + transitMax` for `probe`, `2 * interval +
 * condemnAfter` for `listen` and `exchange`, `write + condemnAfter` for `write`, Infinity for
 * `announce`. A suspicion always precedes the verdict, so a `condemnAfter` below `suspectAfter.max` does not
 * make the verdict of `probe` earlier than its suspicion.
 */
export function worstCaseDetection(watch: Watch, limits: DetectionLimits): number {
  const suspicion = worstCaseSuspicion(watch, limits);
  if (watch !== 'probe') return suspicion + limits.condemnAfter;
  return suspicion + Math.max(0, limits.condemnAfter - limits.suspectAfter.max);
}
