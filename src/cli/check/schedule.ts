/**
 * The times of attempts under a policy if every attempt fails at once: statistics of many seeded runs of
 * `decide`.
 */
import { backoffRange } from '../../policy/backoff.ts';
import type { Exit } from '../../policy/exits.ts';
import { decide, freshHistory, type ReconnectPolicy } from '../../policy/restart.ts';
import { virtualClock } from '../../testing/clock.ts';

/** Durations in milliseconds. */
export interface Step {
  /** Counted from 1. */
  readonly attempt: number;
  /** The shortest delay before the attempt. */
  readonly leastMs: number;
  /** The longest delay before the attempt. */
  readonly mostMs: number;
  /** The median delay, of the runs that reach this attempt. */
  readonly medianMs: number;
  /** The median time from the first exit to this attempt, of the runs that reach it. */
  readonly elapsedMs: number;
  /** The share of runs that reach this attempt: less than 1 where `maxElapsed` ends some. */
  readonly share: number;
}

const RUNS = 4001;
const SEED = 1;

const failure: Exit = { reason: 'refused', class: 'retryable', at: 0, livedMs: 0, proved: false };

/** The steps of up to `attempts` attempts; fewer if the policy gives up before. */
export function scheduleOf(policy: ReconnectPolicy, attempts: number): readonly Step[] {
  const { random } = virtualClock({ seed: SEED });
  const runs = Array.from({ length: RUNS }, () => delaysOf(policy, attempts, random));
  return Array.from({ length: attempts }, (_, index) => stepAt(index, runs, policy)).filter(
    ({ share }) => share > 0,
  );
}

function delaysOf(policy: ReconnectPolicy, attempts: number, random: () => number): readonly number[] {
  const delays: number[] = [];
  let history = freshHistory;
  let now = 0;
  while (delays.length < attempts) {
    const decision = decide(history, failure, policy, now, random);
    if (decision.kind !== 'restart') break;
    delays.push(decision.delayMs);
    history = decision.history;
    now += decision.delayMs;
  }
  return delays;
}

function stepAt(index: number, runs: readonly (readonly number[])[], { backoff }: ReconnectPolicy): Step {
  const reached = runs.filter(({ length }) => length > index);
  const [leastMs, mostMs] = backoffRange(backoff, index + 1);
  const elapsed = reached.map((delays) => delays.slice(0, index + 1).reduce((sum, delay) => sum + delay, 0));
  return {
    attempt: index + 1,
    leastMs: Math.max(1, Math.ceil(leastMs)),
    mostMs: Math.max(1, Math.ceil(mostMs)),
    medianMs: median(reached.map((delays) => delays[index] ?? 0)),
    elapsedMs: median(elapsed),
    share: reached.length / runs.length,
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
