/** Runs the model: each rule on each network, under each conduct, in batches that show the spread. */
import { type Detection, detection } from './deaths.ts';
import { type Conduct, Life } from './lives.ts';
import type { Network } from './networks.ts';
import type { Rule } from './rules.ts';

/** Per connection-day. */
export interface Rate {
  readonly mean: number;
  /** Standard error, from the spread over the batches. */
  readonly error: number;
}

export interface Cell {
  readonly conduct: Conduct;
  readonly days: number;
  readonly falseVerdicts: Rate;
  readonly falseSuspicions: Rate;
}

export interface Row {
  readonly network: string;
  readonly rule: string;
  readonly detection: Detection;
  readonly cells: readonly Cell[];
}

export interface Size {
  /** Connection-days of each cell. */
  readonly days: number;
  /** Deaths of each row. */
  readonly deaths: number;
  readonly batches: number;
  readonly seed: number;
}

export const conducts: readonly Conduct[] = ['never stalls', 'looks again', 'does not look'];

export interface Subject {
  readonly network: Network;
  readonly rule: Rule;
}

export function row({ network, rule }: Subject, size: Size, progress: (conduct: Conduct) => void): Row {
  return {
    network: network.name,
    rule: rule.name,
    detection: detection(network, rule, size.deaths, size.seed),
    cells: conducts.map((conduct) => cell({ network, rule }, conduct, size, () => progress(conduct))),
  };
}

function cell({ network, rule }: Subject, conduct: Conduct, size: Size, progress: () => void): Cell {
  const days = size.days / size.batches;
  const tallies = [];
  for (let batch = 0; batch < size.batches; batch++) {
    progress();
    tallies.push(new Life(network, rule, conduct, size.seed + 1000 * batch).live(days));
  }
  return {
    conduct,
    days: size.days,
    falseVerdicts: rate(tallies.map(({ verdicts }) => verdicts / days)),
    falseSuspicions: rate(tallies.map(({ suspicions }) => suspicions / days)),
  };
}

function rate(perBatch: readonly number[]): Rate {
  const mean = perBatch.reduce((sum, value) => sum + value, 0) / perBatch.length;
  const squares = perBatch.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, error: Math.sqrt(squares / (perBatch.length - 1) / perBatch.length) };
}
