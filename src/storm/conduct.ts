/** What a client does about a lost connection: the policy of holdfast as the storm sees it, or another's. */
import type { BackoffPolicy } from '../policy/backoff.ts';
import { type Exit, type ExitClass, type ExitReason, reasonClasses } from '../policy/exits.ts';
import { decide, elapsedAt, freshHistory, type History, type ReconnectPolicy } from '../policy/restart.ts';

/** `lost`: an old connection. The others: how an attempt ended. */
export type Blow = 'lost' | 'refused' | 'timed-out';

/** What a client does next: dials after `delayMs`, or as soon as the gate lets it. */
export interface Step<State> {
  readonly state: State;
  readonly delayMs: number;
}

/** How clients behave. `State` is what one of them remembers. */
export interface Conduct<State = unknown> {
  readonly name: string;
  readonly initial: State;
  /** The clients of a process take turns, and pause like this while the server is away; `undefined`: each for itself. */
  readonly gate: BackoffPolicy | undefined;
  /** After `blow`, which began `tookMs` ago; `undefined`: the client gives up. */
  next(state: State, blow: Blow, tookMs: number, now: number, random: () => number): Step<State> | undefined;
  /** When a client that waits at the gate gives up. */
  deadline(state: State): number;
}

/** The part of a policy that matters in a storm. */
export interface StormPolicy {
  readonly reconnect: ReconnectPolicy & { readonly classes: Partial<Record<ExitReason, ExitClass>> };
  readonly gate: { readonly enabled: boolean };
}

const reasons: Readonly<Record<Blow, ExitReason>> = {
  lost: 'reset',
  refused: 'refused',
  'timed-out': 'connect-timeout',
};

/** Clients that keep to a policy of holdfast. Every connection had long been stable when the server died. */
export function conductOf(name: string, { reconnect, gate }: StormPolicy): Conduct<History> {
  const exits = {
    lost: exitOf('lost', reconnect),
    refused: exitOf('refused', reconnect),
    'timed-out': exitOf('timed-out', reconnect),
  };
  return {
    name,
    initial: freshHistory,
    gate: gate.enabled ? reconnect.backoff : undefined,
    next(history, blow, _tookMs, now, random) {
      const decision = decide(history, exits[blow], reconnect, now, random, gate.enabled);
      return decision.kind === 'restart' ? { state: decision.history, delayMs: decision.delayMs } : undefined;
    },
    deadline: ({ since }) => elapsedAt(since ?? Number.POSITIVE_INFINITY, reconnect),
  };
}

function exitOf(blow: Blow, { classes }: StormPolicy['reconnect']): Exit {
  const reason = reasons[blow];
  const wasAlive = blow === 'lost';
  return {
    reason,
    class: classes[reason] ?? reasonClasses[reason],
    at: 0,
    livedMs: wasAlive ? Number.MAX_SAFE_INTEGER : 0,
    proved: wasAlive,
  };
}
