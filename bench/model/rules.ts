/**
 * The ways to tell a dead peer that the model compares, all at one ping per `interval * U(0.9, 1)`. The
 * formulas are those of `src/policy`; nothing is computed a second time here.
 */
import { defaultPolicy } from '../../src/config/policy.ts';
import type { Rtt } from '../../src/policy/rtt.ts';
import { dueAfter, nextProbe, suspectDelay } from '../../src/policy/suspicion.ts';

export interface Rule {
  readonly name: string;
  /** From the first unanswered ping to the suspicion; undefined: only the verdict is told. */
  suspectAfter?(rtt: Rtt | undefined): number;
  /** From the first unanswered ping to the verdict. */
  condemnAfter(random: () => number): number;
  /** When the last probe went out, after `silence` ms without an answer to the first. */
  lastProbe(silence: number, rtt: Rtt | undefined): number;
  /** How often in a row a stage starts again whose timer was late. */
  readonly graces: number;
}

const { heartbeat } = defaultPolicy;

/** From a ping to the next one, if all is well. The same for each rule: an equal budget. */
export function pingGap(random: () => number): number {
  return dueAfter(heartbeat.interval ?? Number.POSITIVE_INFINITY, random);
}

export const holdfast: Rule = {
  name: 'holdfast',
  suspectAfter: (rtt) => suspectDelay(rtt, heartbeat.suspectAfter),
  condemnAfter: () => heartbeat.condemnAfter,
  lastProbe: (silence, rtt) => lastBefore(silence, suspectDelay(rtt, heartbeat.suspectAfter)),
  graces: 2,
};

export function fixedTimeout(ms: number): Rule {
  return {
    name: `fixed ${ms / 1000} s`,
    condemnAfter: () => ms,
    lastProbe: () => 0,
    graces: 0,
  };
}

/** Condemns when a ping is due and neither of the last two was answered. */
export const twoMissedPings: Rule = {
  name: 'two missed pings',
  condemnAfter: (random) => pingGap(random) + pingGap(random),
  lastProbe: () => 0,
  graces: 0,
};

export const rules: readonly Rule[] = [holdfast, fixedTimeout(5000), fixedTimeout(10_000), twoMissedPings];

function lastBefore(silence: number, d: number): number {
  let last = 0;
  for (let sent = 1; ; sent++) {
    const offset = nextProbe(sent, d, heartbeat);
    if (offset >= silence) return last;
    last = offset;
  }
}
