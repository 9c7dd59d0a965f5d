/**
 * The delay before an attempt. A backoff is an immutable value: `delayMs`, and `next()` for the backoff of the
 * following attempt. Jitter is applied after the cap, so that clients at the cap stay spread out; delays are
 * whole milliseconds, at least 1, and finite at any attempt.
 */

/** `full`: U(0, d). `equal`: U(d/2, d). `none`: d. See "Exponential Backoff And Jitter" (AWS, 2015). */
export type Jitter = 'full' | 'equal' | 'none';

/** All durations in milliseconds; `n` counts attempts from 1. */
export type BackoffPolicy =
  /** `d = min(cap, base * factor ** (n - 1))`, then jitter. */
  | {
      readonly type: 'exponential';
      readonly base: number;
      readonly factor: number;
      readonly cap: number;
      readonly jitter: Jitter;
    }
  /** `U(base, min(cap, 3 * previous))`; the first is `U(base, min(cap, 3 * base))`. Never below `base`. */
  | { readonly type: 'decorrelated'; readonly base: number; readonly cap: number }
  /** `d = delay`, then jitter. */
  | { readonly type: 'fixed'; readonly delay: number; readonly jitter: Jitter }
  /** `d = delays[n - 1]`, the last one from then on, then jitter. */
  | { readonly type: 'table'; readonly delays: readonly number[]; readonly jitter: Jitter };

export interface Backoff {
  readonly delayMs: number;
  next(random: () => number): Backoff;
}

/** The largest factor between successive decorrelated delays. */
const SPREAD = 3;

/** Whether both policies draw from the same delays. */
export function sameBackoff(one: BackoffPolicy, other: BackoffPolicy): boolean {
  return JSON.stringify(Object.entries(one).sort()) === JSON.stringify(Object.entries(other).sort());
}

/** The first delay of a policy. */
export function firstBackoff(policy: BackoffPolicy, random: () => number): Backoff {
  return backoffAt(policy, 1, policy.type === 'decorrelated' ? policy.base : 0, random);
}

/** The delay before attempt `n`, as if the one before it had been `previousMs`. */
export function backoffAt(
  policy: BackoffPolicy,
  n: number,
  previousMs: number,
  random: () => number,
): Backoff {
  const delayMs = Math.max(1, Math.ceil(drawn(policy, n, previousMs, random)));
  return { delayMs, next: (chance) => backoffAt(policy, n + 1, delayMs, chance) };
}

/** The shortest and the longest delay that attempt `n` can draw, before rounding up to at least 1 ms. */
export function backoffRange(policy: BackoffPolicy, n: number): readonly [least: number, most: number] {
  if (policy.type === 'decorrelated') {
    return [Math.min(policy.base, policy.cap), Math.min(policy.cap, policy.base * SPREAD ** n)];
  }
  const ceiling = ceilingAt(policy, n);
  return [jittered(ceiling, policy.jitter, () => 0), ceiling];
}

function drawn(policy: BackoffPolicy, n: number, previousMs: number, random: () => number): number {
  if (policy.type !== 'decorrelated') return jittered(ceilingAt(policy, n), policy.jitter, random);
  const base = Math.min(policy.base, policy.cap);
  const most = Math.min(policy.cap, Math.max(base, previousMs) * SPREAD);
  return base + (most - base) * random();
}

/** The delay before jitter. A power that overflows is Infinity, which the cap bounds. */
function ceilingAt(policy: Exclude<BackoffPolicy, { type: 'decorrelated' }>, n: number): number {
  switch (policy.type) {
    case 'exponential':
      return Math.min(policy.cap, policy.base * policy.factor ** (n - 1));
    case 'fixed':
      return policy.delay;
    case 'table':
      return policy.delays[Math.min(n, policy.delays.length) - 1] ?? 0;
  }
}

function jittered(delay: number, jitter: Jitter, random: () => number): number {
  if (jitter === 'none') return delay;
  return jitter === 'full' ? delay * random() : delay * (0.5 + 0.5 * random());
}
