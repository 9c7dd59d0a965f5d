/**
 * Connections that are cut after equal times of silence: a firewall, a balancer or the peer itself closes links without
 * traffic. Times in milliseconds.
 */
import type { Failure } from './exits.ts';

/** The cuts in a row, whose silences are equal. */
export interface IdleCuts {
  readonly count: number;
  readonly shortest: number;
  readonly longest: number;
}

/** This many cuts are no coincidence. */
export const TELLING_CUTS = 3;

/** A shorter silence is none of an idle link. */
const SHORTEST = 5000;

/** The ends of a peer that says neither why nor when to come back. */
const cuts: ReadonlySet<Failure['reason']> = new Set(['cut-off', 'reset', 'closed-by-peer', 'going-away']);

/** The row after another end. `silence`: how long no byte had passed in either direction. What is no cut of an idle link ends the row. */
export function cutsAfter(
  known: IdleCuts | undefined,
  { reason, retryAfterMs }: Pick<Failure, 'reason' | 'retryAfterMs'>,
  silence: number,
): IdleCuts | undefined {
  if (!cuts.has(reason) || retryAfterMs !== undefined || silence < SHORTEST) return undefined;
  const shortest = Math.min(known?.shortest ?? silence, silence);
  const longest = Math.max(known?.longest ?? silence, silence);
  if (known === undefined || longest - shortest > Math.max(1000, longest / 20))
    return { count: 1, shortest: silence, longest: silence };
  return { count: known.count + 1, shortest, longest };
}

/** The text of a warning, for a row that is long enough. */
export function sentenceOf({ count, shortest }: IdleCuts): string {
  const seconds = `${Math.floor(shortest / 1000)}s`;
  const what = `cut ${count} times after ${seconds} without a byte in either direction`;
  return `${what}: something on the way, or the peer, closes idle links; set heartbeat.interval below ${seconds}`;
}
