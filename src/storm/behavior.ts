/** The behaviour of a client after it lost its connection: under a policy of holdfast, or of another client. */
import type { BackoffPolicy } from '../policy/backoff.ts';
import { type ClassPolicy, classOf } from '../policy/classes.ts';
import type { Exit, ExitReason } from '../policy/exits.ts';
import { decide, elapsedAt, freshHistory, type History, type ReconnectPolicy } from '../policy/restart.ts';

/** `lost`: an established connection ended. `refused`, `timed-out`: an attempt failed. */
export type FailureKind = 'lost' | 'refused' | 'timed-out';

/** The next attempt of a client: after `delayMs`, or when the gate admits it. */
export interface Step<State> {
  readonly state: State;
  readonly delayMs: number;
}

/** The behaviour of clients. `State` is the memory of one client. */
export interface ClientBehavior<State = unknown> {
  readonly name: string;
  readonly initial: State;
  /** The backoff of the gate that the clients of a process share while the server is down; `undefined`: no gate. */
  readonly gate: BackoffPolicy | undefined;
  /** The next attempt after a failure; `tookMs`: duration of the failed attempt. `undefined`: the client gives up. */
  next(
    state: State,
    failure: FailureKind,
    tookMs: number,
    now: number,
    random: () => number,
  ): Step<State> | undefined;
  /** The time at which a client that waits at the gate gives up. */
  deadline(state: State): number;
}

/** The part of a policy that a storm simulates. */
export interface StormPolicy {
  readonly reconnect: ReconnectPolicy & Omit<ClassPolicy, 'pardons'>;
  readonly gate: { readonly enabled: boolean };
}

const reasons: Readonly<Record<FailureKind, ExitReason>> = {
  lost: 'reset',
  refused: 'refused',
  'timed-out': 'connect-timeout',
};

/** Clients under a policy of holdfast. Their connections had been stable when the server died. */
export function behaviorOf(name: string, { reconnect, gate }: StormPolicy): ClientBehavior<History> {
  const exits = {
    lost: exitOf('lost', reconnect),
    refused: exitOf('refused', reconnect),
    'timed-out': exitOf('timed-out', reconnect),
  };
  return {
    name,
    initial: freshHistory,
    gate: gate.enabled ? reconnect.backoff : undefined,
    next(history, failure, _tookMs, now, random) {
      const decision = decide(history, exits[failure], reconnect, now, random, gate.enabled);
      return decision.kind === 'restart' ? { state: decision.history, delayMs: decision.delayMs } : undefined;
    },
    deadline: ({ since }) => elapsedAt(since ?? Number.POSITIVE_INFINITY, reconnect),
  };
}

function exitOf(failure: FailureKind, reconnect: StormPolicy['reconnect']): Exit {
  const reason = reasons[failure];
  const wasAlive = failure === 'lost';
  return {
    reason,
    class: classOf({ reason }, reconnect),
    at: 0,
    livedMs: wasAlive ? Number.MAX_SAFE_INTEGER : 0,
    proved: wasAlive,
  };
}
