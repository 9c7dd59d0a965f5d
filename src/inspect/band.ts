/**
 * The last hour of a list: how many connections were alive, suspect, waiting or given up, in steps of half a minute. Made from flight
 * recorders when the first viewer comes, and from counts after that. Part of the wire, and of the page.
 */
import type { HistoryEntry } from '../actors/incarnation/recorder.ts';
import { phaseOf } from './counts.ts';
import type { Counts, Row } from './rows.ts';

/** `waiting` is all that is wanted and cannot be used: connecting, closing, or between two sockets. */
export const CONDITIONS = ['alive', 'suspect', 'waiting', 'gave-up'] as const;
export type Condition = (typeof CONDITIONS)[number];

export const BAND_MS = 3_600_000;
export const STEP_MS = 30_000;
const STEPS = BAND_MS / STEP_MS;

/** Connections on average, for each step; the last one is under way. */
export interface Band {
  /** When the first step begins, in milliseconds since the epoch. */
  readonly from: number;
  readonly steps: readonly BandStep[];
}

/** In the order of `CONDITIONS`. */
export type BandStep = readonly [alive: number, suspect: number, waiting: number, gaveUp: number];

/** A condition that a connection was in. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly condition: Condition;
}

type Phase = keyof Counts;

/** Undefined for connections that are at rest, or left: nobody wants those. */
export function conditionOf(phase: Phase): Condition | undefined {
  if (phase === 'alive' || phase === 'suspect' || phase === 'gave-up') return phase;
  return phase === 'resting' || phase === 'left' ? undefined : 'waiting';
}

/** The stretches that the entries of a flight recorder, oldest first, tell. What was before the oldest is not known. */
export function stretchesOf(
  entries: readonly Pick<HistoryEntry, 'at' | 'chart' | 'to'>[],
  now: number,
): Stretch[] {
  const stretches: Stretch[] = [];
  let [state, status]: [string, string] = ['connecting', 'running'];
  let begun: { readonly from: number; readonly condition: Condition | undefined } | undefined;
  const end = (to: number) => {
    if (begun?.condition !== undefined && to > begun.from) stretches.push({ ...begun, to } as Stretch);
  };
  for (const { at, chart, to } of entries) {
    if (chart === 'session') continue;
    const [top = ''] = to.split('.');
    if (chart === 'supervision') status = top;
    else state = top;
    const condition = conditionOf(phaseIn(state, status));
    if (begun?.condition === condition && begun !== undefined) continue;
    end(at);
    begun = { from: at, condition };
  }
  end(now);
  return stretches;
}

/** Without a flight recorder only the state of now is known. */
export function presentOf(row: Row, now: number): Stretch[] {
  const condition = conditionOf(phaseOf(row));
  return condition === undefined ? [] : [{ from: row.stateSince, to: now, condition }];
}

function phaseIn(state: string, status: string): Phase {
  if (status === 'queued' || status === 'backing-off') return 'waiting';
  return (status === 'running' ? state : status) as Phase;
}

/** Milliseconds of connections by step and condition, in a ring. */
export class FleetBand {
  /** By the number of the step since the epoch. */
  readonly #steps = new Map<number, [number, number, number, number]>();
  #at: number;

  constructor(now: number) {
    this.#at = now;
  }

  /** How far it goes. */
  get at(): number {
    return this.#at;
  }

  /** The band of a message, as it was at `now`. */
  static of({ from, steps }: Band, now: number): FleetBand {
    const band = new FleetBand(now);
    const first = Math.floor(from / STEP_MS);
    for (const [index, step] of steps.entries()) {
      const begins = (first + index) * STEP_MS;
      const known = Math.max(0, Math.min(STEP_MS, now - begins));
      band.#steps.set(first + index, step.map((mean) => mean * known) as [number, number, number, number]);
    }
    return band;
  }

  add({ from, to, condition }: Stretch, weight = 1): void {
    const place = CONDITIONS.indexOf(condition);
    const least = Math.max(from, this.#first * STEP_MS);
    for (let at = least; at < to; ) {
      const number = Math.floor(at / STEP_MS);
      const end = Math.min(to, (number + 1) * STEP_MS);
      const step = this.#steps.get(number) ?? [0, 0, 0, 0];
      step[place] = (step[place] ?? 0) + (end - at) * weight;
      this.#steps.set(number, step);
      at = end;
    }
  }

  /** Time went on to `now`, with those counts since the last call. */
  advance(now: number, counts: Counts): void {
    const from = this.#at;
    if (now <= from) return;
    this.#at = now;
    for (const [phase, count] of Object.entries(counts) as [Phase, number][]) {
      const condition = conditionOf(phase);
      if (condition !== undefined && count > 0) this.add({ from, to: now, condition }, count);
    }
    const oldest = Math.floor(now / STEP_MS) - STEPS;
    for (const number of this.#steps.keys()) if (number <= oldest) this.#steps.delete(number);
  }

  /** At the very end of a step the next one has nothing yet. */
  get #first(): number {
    return Math.ceil(this.#at / STEP_MS) - STEPS;
  }

  view(): Band {
    const first = this.#first;
    const steps = Array.from({ length: STEPS }, (_, index) => {
      const number = first + index;
      const known = Math.min(STEP_MS, Math.max(1, this.#at - number * STEP_MS));
      const step = this.#steps.get(number) ?? [0, 0, 0, 0];
      return step.map((ms) => Math.round((ms / known) * 1000) / 1000) as unknown as BandStep;
    });
    return { from: first * STEP_MS, steps };
  }
}
