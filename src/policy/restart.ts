/** What follows an exit: another attempt after a delay, or the end. A pure function of what happened. */
import { type Backoff, type BackoffPolicy, firstBackoff } from './backoff.ts';
import type { Exit } from './exits.ts';

/**
 * As in OTP. `permanent`: always comes back. `transient`: not after a normal exit. `temporary`: never;
 * every accepted connection is. None comes back after `close()` or a fatal exit.
 */
export type RestartType = 'permanent' | 'transient' | 'temporary';

/** Durations in milliseconds. */
export interface ReconnectPolicy {
  readonly restart: RestartType;
  readonly backoff: BackoffPolicy;
  /** Attempts in a row before giving up; `null`: no limit. */
  readonly maxAttempts: number | null;
  /** A connection that was alive and proved for this long starts over at the first attempt. */
  readonly stableAfter: number;
  /** The longest wait a peer can ask for, before the upward jitter of up to a tenth. */
  readonly maxHint: number;
  /** More than `max` exits as `crashed` within `within`: a bug, and no reason to go on. */
  readonly crashes: { readonly max: number; readonly within: number };
}

/** What an id remembers between incarnations. */
export interface History {
  /** Attempts since the connection was last stable. */
  readonly attempt: number;
  readonly backoff: Backoff | undefined;
  /** Monotonic times of exits as `crashed`. */
  readonly crashes: readonly number[];
}

export const freshHistory: History = { attempt: 0, backoff: undefined, crashes: [] };

export type Because = 'backoff' | 'hint';

export type Decision =
  | { readonly kind: 'restart'; delayMs: number; because: Because; history: History }
  | { readonly kind: 'leave' }
  | { readonly kind: 'give-up'; because: 'fatal' | 'attempts' | 'crashes' };

/** `now` is monotonic. */
export function decide(
  history: History,
  exit: Exit,
  policy: ReconnectPolicy,
  now: number,
  random: () => number,
): Decision {
  if (leaves(exit, policy.restart)) return { kind: 'leave' };
  if (exit.class === 'fatal') return { kind: 'give-up', because: 'fatal' };
  const crashes = recentCrashes(history, exit, policy, now);
  if (crashes.length > policy.crashes.max) return { kind: 'give-up', because: 'crashes' };
  const known = isStable(exit, policy) ? freshHistory : history;
  if (policy.maxAttempts !== null && known.attempt >= policy.maxAttempts) {
    return { kind: 'give-up', because: 'attempts' };
  }
  const backoff = known.backoff?.next(random) ?? firstBackoff(policy.backoff, random);
  const hint = Math.min(exit.retryAfterMs ?? 0, policy.maxHint);
  const hinted = hint > 0;
  return {
    kind: 'restart',
    delayMs: hinted ? hintDelay(hint, random) : backoff.delayMs,
    because: hinted ? 'hint' : 'backoff',
    history: { attempt: known.attempt + 1, backoff, crashes },
  };
}

function leaves(exit: Exit, restart: RestartType): boolean {
  if (exit.reason === 'closed-by-us' || restart === 'temporary') return true;
  return restart === 'transient' && exit.class === 'normal';
}

function isStable(exit: Exit, policy: ReconnectPolicy): boolean {
  return exit.proved && exit.livedMs >= policy.stableAfter;
}

function recentCrashes(history: History, exit: Exit, policy: ReconnectPolicy, now: number) {
  if (exit.reason !== 'crashed') return history.crashes;
  return [...history.crashes.filter((at) => now - at < policy.crashes.within), now];
}

/** A hint is a lower bound; spread upwards by up to a tenth, so that its receivers do not return as one. */
function hintDelay(hintMs: number, random: () => number): number {
  return Math.max(1, Math.ceil(hintMs * (1 + 0.1 * random())));
}
