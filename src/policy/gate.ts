/**
 * The number of connections that may dial one host, or one route of it, at once. While it is unknown or failed, the
 * window is one dial; successes open the window, failures halve it, as TCP probes a path (RFC 5681). A gate is
 * an immutable value; its owner counts the dials under way.
 */
import { type Backoff, type BackoffPolicy, firstBackoff } from './backoff.ts';
import type { Exit, ExitReason } from './exits.ts';
import { hintDelay } from './restart.ts';

export type GateState = 'unknown' | 'open' | 'failed';

export interface Gate {
  /** `unknown`: not dialled yet. `open`: the last dials succeeded. `failed`: a single dial at a time fails too. */
  readonly state: GateState;
  /** Dials that may be under way at once, at least 1; rounded down, its fraction is progress to the next dial. */
  readonly window: number;
  /** No dial begins before this time; monotonic milliseconds. */
  readonly until: number;
  /** The part of `until` that the service asked for (`Retry-After`); monotonic milliseconds. */
  readonly heldUntil: number;
  /** Time of the last failure, monotonic milliseconds. Failures of dials that began earlier are ignored while `failed`. */
  readonly failedAt: number;
  /** True until the first failure: each success opens the window by 1. Afterwards, by `1 / window`. */
  readonly slowStart: boolean;
  /** The delay between dials while `failed`. */
  readonly backoff: Backoff | undefined;
}

/** The gate of an endpoint before its first dial. */
export const unknownGate: Gate = {
  state: 'unknown',
  window: 1,
  until: -Number.POSITIVE_INFINITY,
  heldUntil: -Number.POSITIVE_INFINITY,
  failedAt: -Number.POSITIVE_INFINITY,
  slowStart: true,
  backoff: undefined,
};

/** After a failure that does not close the gate, dials wait for U(0, MAX_PAUSE_MS) milliseconds. */
const MAX_PAUSE_MS = 1000;

/** Failures of the host: no route of it was reached. */
const hostFailures: ReadonlySet<ExitReason> = new Set<ExitReason>([
  'refused',
  'unreachable',
  'not-found',
  'connect-timeout',
  'handshake-timeout',
]);

/**
 * What an exit counts against: the host, or the route that it answered for; undefined: its connection alone. A status
 * of 5xx and a goodbye are answers, so the host is up. With addresses left the host was not asked in full.
 */
export function blamedBy(exit: Pick<Exit, 'reason' | 'code' | 'untried'>): 'host' | 'route' | undefined {
  if (exit.untried) return undefined;
  if (hostFailures.has(exit.reason)) return 'host';
  return exit.reason === 'going-away' || isServerError(exit) ? 'route' : undefined;
}

/** Whether the upgrade was answered with a status of 5xx. */
export function isServerError({ reason, code }: Pick<Exit, 'reason' | 'code'>): boolean {
  return reason === 'upgrade-refused' && typeof code === 'number' && code >= 500;
}

/** The gate after a dial that reached the service: opens the window, and ends a wait after failures at once. */
export function opened(gate: Gate): Gate {
  const window = gate.window + (gate.slowStart ? 1 : 1 / gate.window);
  const until = gate.state === 'failed' ? gate.heldUntil : gate.until;
  return { ...gate, state: 'open', window, until, backoff: undefined };
}

/**
 * The gate after a failed dial that began at `begunAt`: halves the window; at a window of one, closes the gate
 * for the next delay of `backoff`.
 */
export function failed(
  gate: Gate,
  begunAt: number,
  backoff: BackoffPolicy,
  now: number,
  random: () => number,
): Gate {
  if (gate.state === 'failed') {
    return begunAt < gate.failedAt ? gate : closed(gate, gate.backoff?.next(random), backoff, now, random);
  }
  const window = gate.window / 2;
  if (window <= 1) return closed(gate, undefined, backoff, now, random);
  return {
    ...gate,
    window,
    slowStart: false,
    until: Math.max(gate.until, now + Math.ceil(MAX_PAUSE_MS * random())),
  };
}

/** The gate after the service ended a live connection as `going-away`. Connections told the same later change nothing. */
export function lost(gate: Gate, backoff: BackoffPolicy, now: number, random: () => number): Gate {
  return gate.state === 'failed' ? gate : closed(gate, undefined, backoff, now, random);
}

/** The gate after the service asked for no dials before `until` (`Retry-After`). */
export function held(gate: Gate, until: number): Gate {
  const heldUntil = Math.max(gate.heldUntil, until);
  return heldUntil > gate.heldUntil ? { ...gate, until: Math.max(gate.until, until), heldUntil } : gate;
}

/**
 * The gate with its waits bounded by a new policy: `backoff` from `now`, if given, and `heldUntil` for the wait
 * that the service asked for. Never later than before.
 */
export function shortened(gate: Gate, backoff: Backoff | undefined, heldUntil: number, now: number): Gate {
  const held = Math.min(gate.heldUntil, heldUntil);
  if (gate.state !== 'failed') {
    return { ...gate, heldUntil: held, until: gate.until > gate.heldUntil ? gate.until : held };
  }
  const own = backoff === undefined ? gate.failedAt + (gate.backoff?.delayMs ?? 0) : now + backoff.delayMs;
  const until = Math.min(gate.until, Math.max(own, held));
  return { ...gate, heldUntil: held, until, backoff: backoff ?? gate.backoff };
}

/** Whether dials must wait because the endpoint failed, or because the service asked for it. */
export function isClosed({ state, until, heldUntil }: Gate, now: number): boolean {
  return now < (state === 'failed' ? until : heldUntil);
}

/** Whether another dial may begin while `dialing` are under way. */
export function admits(gate: Gate, dialing: number, now: number): boolean {
  return dialing < Math.floor(gate.window) && now >= gate.until;
}

function closed(
  gate: Gate,
  next: Backoff | undefined,
  policy: BackoffPolicy,
  now: number,
  random: () => number,
): Gate {
  const backoff = next ?? firstBackoff(policy, random);
  const until = Math.max(gate.until, now + backoff.delayMs);
  return { ...gate, state: 'failed', window: 1, until, failedAt: now, slowStart: false, backoff };
}

/**
 * The gate after an exit that counts there. `begunAt`: when its dial began; undefined for a connection that was alive.
 * A hint of the peer, `hintMs` above 0, holds the gate.
 */
export function afterFailure(
  gate: Gate,
  begunAt: number | undefined,
  hintMs: number,
  backoff: BackoffPolicy,
  now: number,
  random: () => number,
): Gate {
  const after =
    begunAt === undefined ? lost(gate, backoff, now, random) : failed(gate, begunAt, backoff, now, random);
  return hintMs > 0 ? held(after, now + hintDelay(hintMs, random)) : after;
}
