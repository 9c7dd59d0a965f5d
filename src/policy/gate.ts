/**
 * How many connections may dial one endpoint at once. While nothing is known of it, or it failed, one
 * dial stands for all; successes open the window, failures halve it, as TCP probes a path (RFC 5681).
 * A gate is an immutable value; whoever counts the dials owns it.
 */
import { type Backoff, type BackoffPolicy, firstBackoff } from './backoff.ts';
import type { Exit, ExitReason } from './exits.ts';

export type GateState = 'unknown' | 'open' | 'failed';

export interface Gate {
  /** `unknown`: nobody has tried. `open`: the last dials worked. `failed`: not even a single one did. */
  readonly state: GateState;
  /** Dials that may be under way at once, at least 1; a fraction is on its way to the next. */
  readonly window: number;
  /** No dial begins before; monotonic milliseconds. */
  readonly until: number;
  /** The part of that for which the service asked. */
  readonly heldUntil: number;
  /** When it last failed; dials that began before say nothing new. */
  readonly failedAt: number;
  /** No failure yet: each success opens the window by one. After the first, by a fraction. */
  readonly slowStart: boolean;
  /** Between dials while `failed`. */
  readonly backoff: Backoff | undefined;
}

/** Of an endpoint nobody has tried. */
export const unknownGate: Gate = {
  state: 'unknown',
  window: 1,
  until: Number.NEGATIVE_INFINITY,
  heldUntil: Number.NEGATIVE_INFINITY,
  failedAt: Number.NEGATIVE_INFINITY,
  slowStart: true,
  backoff: undefined,
};

/** After a failure that does not close it, dials wait for U(0, HOLD) milliseconds. */
const HOLD = 1000;

const counted: ReadonlySet<ExitReason> = new Set<ExitReason>([
  'refused',
  'unreachable',
  'not-found',
  'connect-timeout',
  'handshake-timeout',
  'going-away',
]);

/** Whether an exit speaks against the endpoint, and not only against one connection. */
export function countsAtGate({ reason, code }: Pick<Exit, 'reason' | 'code'>): boolean {
  return counted.has(reason) || (reason === 'upgrade-refused' && typeof code === 'number' && code >= 500);
}

/** A dial was proved to have reached the service: what is left of a wait for it to come back is void. */
export function opened(gate: Gate): Gate {
  const window = gate.window + (gate.slowStart ? 1 : 1 / gate.window);
  const until = gate.state === 'failed' ? gate.heldUntil : gate.until;
  return { ...gate, state: 'open', window, until, backoff: undefined };
}

/**
 * A dial that began at `begunAt` failed. Halves the window; at a window of one, closes the gate for
 * the next delay of `backoff`.
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
  return { ...gate, window, slowStart: false, until: Math.max(gate.until, now + Math.ceil(HOLD * random())) };
}

/** The service said goodbye to a connection that was alive: it leaves, whoever hears of it first. */
export function lost(gate: Gate, backoff: BackoffPolicy, now: number, random: () => number): Gate {
  return gate.state === 'failed' ? gate : closed(gate, undefined, backoff, now, random);
}

/** Nobody dials before `until`: the service asked for it. */
export function held(gate: Gate, until: number): Gate {
  const heldUntil = Math.max(gate.heldUntil, until);
  return heldUntil > gate.heldUntil ? { ...gate, until: Math.max(gate.until, until), heldUntil } : gate;
}

/**
 * Waits for `backoff` from `now` at most, if one is given, and for the service no longer than until
 * `heldUntil`. Never waits longer than it would have.
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

/** Whether it is known that nobody should dial now: it failed, or the service asked for time. */
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
