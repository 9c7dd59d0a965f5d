/**
 * How long to wait before an attempt. A backoff is an immutable value: `delayMs`, and `next()` for the
 * one after. Jitter is applied after the cap, so that clients at the cap do not march in step; delays
 * are whole milliseconds, at least 1, and finite at any attempt.
 */

/** `full`: U(0, d). `equal`: U(d/2, d). `none`: d. See "Exponential Backoff And Jitter" (AWS, 2015). */
export type Jitter = 'full' | 'equal' | 'none';

/** In milliseconds. */
export type BackoffPolicy =
  /** `d = min(cap, base * factor ** (attempt - 1))`, then jitter. */
  { readonly type: 'exponential'; base: number; factor: number; cap: number; jitter: Jitter };

export interface Backoff {
  readonly delayMs: number;
  next(random: () => number): Backoff;
}

/** The first delay of a policy. */
export function firstBackoff(policy: BackoffPolicy, random: () => number): Backoff {
  return exponential(policy, policy.base, random);
}

function exponential(policy: BackoffPolicy, ceiling: number, random: () => number): Backoff {
  const capped = Math.min(ceiling, policy.cap);
  return {
    delayMs: atLeastOne(jittered(capped, policy.jitter, random)),
    next: (chance) => exponential(policy, Math.min(capped * policy.factor, policy.cap), chance),
  };
}

function jittered(delay: number, jitter: Jitter, random: () => number): number {
  if (jitter === 'none') return delay;
  return jitter === 'full' ? delay * random() : delay * (0.5 + 0.5 * random());
}

function atLeastOne(delay: number): number {
  return Math.max(1, Math.ceil(delay));
}
