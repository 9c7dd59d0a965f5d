/** The decision after an exit: another attempt after a delay, or the end. A pure function of the history. */
import { type Backoff, type BackoffPolicy, firstBackoff } from './backoff.ts';
import type { Exit } from './exits.ts';

/**
 * The restart types of OTP supervisors. `permanent`: always restarted. `transient`: not after a normal exit.
 * `temporary`: never; accepted connections always have this type. No type restarts after `close()` or a fatal exit.
 */
export type RestartType = 'permanent' | 'transient' | 'temporary';

/** Durations in milliseconds. */
export interface ReconnectPolicy {
  readonly restart: RestartType;
  readonly backoff: BackoffPolicy;
  /** Attempts in a row before giving up; `null`: no limit. */
  readonly maxAttempts: number | null;
  /** Gives up rather than begin an attempt later than this after the first exit; `null`: no limit. */
  readonly maxElapsed: number | null;
  /** After a connection that was proved and lived at least this long, attempts and backoff start over. */
  readonly stableAfter: number;
  /** The longest wait that a peer can ask for, before its upward jitter of up to 10%. */
  readonly maxHint: number;
  /** Gives up after more than `max` exits as `crashed` within `within`: the cause is a bug. */
  readonly crashes: { readonly max: number; readonly within: number };
}

/** The attempts of one id, kept between incarnations. */
export interface History {
  /** Attempts since the connection was last stable. */
  readonly attempt: number;
  readonly backoff: Backoff | undefined;
  /** Monotonic milliseconds of the first exit since the connection was last stable. */
  readonly since: number | undefined;
  /** Monotonic milliseconds of exits as `crashed`. */
  readonly crashes: readonly number[];
}

export const freshHistory: History = { attempt: 0, backoff: undefined, since: undefined, crashes: [] };

/** The reason for a wait: the backoff, the peer's `Retry-After`, or the gate of the endpoint. */
export type Because = 'backoff' | 'hint' | 'gate';

export type Decision =
  | { readonly kind: 'restart'; delayMs: number; because: Because; history: History }
  | { readonly kind: 'leave'; because: 'closed-by-us' | 'temporary' | 'normal' }
  | { readonly kind: 'give-up'; because: 'fatal' | 'attempts' | 'elapsed' | 'crashes' };

/**
 * Decides after `exit`. `now`: monotonic milliseconds. `gated`: the endpoint's gate decides when the next attempt
 * begins; the delay is 0 then, and the backoff does not grow.
 */
export function decide(
  history: History,
  exit: Exit,
  policy: ReconnectPolicy,
  now: number,
  random: () => number,
  gated = false,
): Decision {
  const leaving = reasonToLeave(exit, policy.restart);
  if (leaving !== undefined) return { kind: 'leave', because: leaving };
  if (exit.class === 'fatal') return { kind: 'give-up', because: 'fatal' };
  const crashes = recentCrashes(history, exit, policy, now);
  if (crashes.length > policy.crashes.max) return { kind: 'give-up', because: 'crashes' };
  const known = isStable(exit, policy) ? freshHistory : history;
  // Addresses are left to be dialled: the attempt goes on at once, as its last dial took as long as `deadlines.connect`.
  const attempt = known.attempt + (exit.untried ? 0 : 1);
  if (policy.maxAttempts !== null && attempt > known.attempt && attempt > policy.maxAttempts) {
    return { kind: 'give-up', because: 'attempts' };
  }
  const { delayMs, because, backoff }: Wait =
    exit.untried || gated
      ? { delayMs: exit.untried ? 1 : 0, because: exit.untried ? 'backoff' : 'gate', backoff: known.backoff }
      : nextWait(known, policy, boundedHint(exit, policy), random);
  const since = known.since ?? now;
  if (now + delayMs > elapsedAt(since, policy)) return { kind: 'give-up', because: 'elapsed' };
  return {
    kind: 'restart',
    delayMs,
    because,
    history: { attempt, backoff, since, crashes },
  };
}

interface Wait {
  readonly delayMs: number;
  readonly because: Because;
  readonly backoff: Backoff | undefined;
}

function nextWait(known: History, policy: ReconnectPolicy, hintMs: number, random: () => number): Wait {
  const backoff = known.backoff?.next(random) ?? firstBackoff(policy.backoff, random);
  if (hintMs > 0) return { delayMs: hintDelay(hintMs, random), because: 'hint', backoff };
  return { delayMs: backoff.delayMs, because: 'backoff', backoff };
}

/** Monotonic time at which attempts that began to fail at `since` stop; Infinity without a limit. */
export function elapsedAt(since: number, { maxElapsed }: Pick<ReconnectPolicy, 'maxElapsed'>): number {
  return since + (maxElapsed ?? Number.POSITIVE_INFINITY);
}

/** Whether the attempts start over after this exit. */
export function isStable(
  exit: Pick<Exit, 'livedMs' | 'proved'>,
  policy: Pick<ReconnectPolicy, 'stableAfter'>,
): boolean {
  return exit.proved && exit.livedMs >= policy.stableAfter;
}

/** The wait that the peer asked for, in milliseconds, at most `maxHint`; 0 without one. */
export function boundedHint(exit: Exit, policy: Pick<ReconnectPolicy, 'maxHint'>): number {
  return Math.min(exit.retryAfterMs ?? 0, policy.maxHint);
}

/** The delay for a hint: a lower bound, spread upwards by up to 10%, so that its receivers do not return at once. */
export function hintDelay(hintMs: number, random: () => number): number {
  return Math.max(1, Math.ceil(hintMs * (1 + 0.1 * random())));
}

function reasonToLeave(exit: Exit, restart: RestartType) {
  if (exit.reason === 'closed-by-us') return exit.reason;
  if (restart === 'temporary') return restart;
  return restart === 'transient' && exit.class === 'normal' ? 'normal' : undefined;
}

function recentCrashes(history: History, exit: Exit, policy: ReconnectPolicy, now: number) {
  if (exit.reason !== 'crashed') return history.crashes;
  return [...history.crashes.filter((at) => now - at < policy.crashes.within), now];
}
