/** Data of one connection beyond its row: steps, measurements and suspicions. */
import type { HistoryEntry } from '../../../actors/incarnation/recorder.ts';
import type {
  LifecycleMessage,
  Sample,
  SupervisionMessage,
  SuspicionMessage,
  TransitionMessage,
} from '../../wire.ts';
import { idOf } from './reporters.ts';
import {
  type Charts,
  type Step,
  stepOfHistory,
  stepOfLifecycle,
  stepOfSession,
  stepOfSupervision,
  stepOfTransition,
  type Unplaced,
} from './steps.ts';

/** Steps, and messages of each kind, that are kept of a connection. */
export const STEPS = 5000;
const SAMPLES = 6000;
const SUSPICIONS = 500;
/** Tolerance, as times of the flight recorder are whole milliseconds of another clock reading. */
const SAME_MS = 5;
const EPSILON = 0.001;

export class Detail {
  readonly id: string;
  steps: Step[] = [];
  samples: Sample[] = [];
  suspicions: SuspicionMessage[] = [];
  /** Messages as they came, for an export. */
  history: readonly HistoryEntry[] = [];
  transitions: TransitionMessage[] = [];
  supervision: SupervisionMessage[] = [];
  lifecycle: LifecycleMessage[] = [];
  readonly #charts: Charts;

  constructor(id: string, charts: Charts) {
    this.id = id;
    this.#charts = charts;
  }

  addTransition(message: TransitionMessage): void {
    this.transitions.push(message);
    if (this.transitions.length > STEPS) this.transitions.shift();
    this.add(stepOfTransition(message));
  }

  addSupervision(message: SupervisionMessage): void {
    this.supervision.push(message);
    if (this.supervision.length > STEPS) this.supervision.shift();
    this.add(stepOfSupervision(message, this.#charts));
  }

  addLifecycle(message: LifecycleMessage): void {
    this.lifecycle.push(message);
    if (this.lifecycle.length > STEPS) this.lifecycle.shift();
    const step = isOfSession(message) && stepOfSession(message, this.#session, this.#charts);
    this.add(step || stepOfLifecycle(message));
  }

  /** Where the last move of the session led. */
  get #session(): string | undefined {
    return this.steps.findLast(({ chart, to }) => chart === 'session' && to !== undefined)?.to;
  }

  /** Appends a step; one that comes late, such as from a history, is sorted in. */
  add(step: Unplaced): void {
    const last = this.steps.at(-1);
    if (last !== undefined && step.at < last.at - SAME_MS) this.#merge([step]);
    else this.steps.push({ ...step, t: Math.max(step.at, (last?.t ?? 0) + EPSILON) });
    if (this.steps.length > STEPS) this.steps.shift();
  }

  addHistory(entries: readonly HistoryEntry[]): void {
    this.history = entries;
    const steps = entries.slice(-STEPS).map((entry) => stepOfHistory(idOf(this.id), entry, this.#charts));
    this.#merge(steps.filter((step) => !this.#knows(step)));
  }

  /** Looks at the steps about its time. */
  #knows(step: Unplaced): boolean {
    for (let at = this.indexAt(step.at - SAME_MS); at < this.steps.length; at++) {
      const known = this.steps[at];
      if (known === undefined) continue;
      if (known.at > step.at + 2 * SAME_MS) return false;
      if (same(known, step)) return true;
    }
    return false;
  }

  addSamples(samples: readonly Sample[]): void {
    for (const sample of samples) this.samples.push(sample);
    if (this.samples.length > SAMPLES) this.samples.splice(0, this.samples.length - SAMPLES);
  }

  /** Replaces the span with the same beginning, as a span is sent again with its end. */
  addSuspicion(span: SuspicionMessage): void {
    const known = this.suspicions.findIndex(({ at }) => at === span.at);
    if (known === -1) this.suspicions.push(span);
    else this.suspicions[known] = span;
    if (this.suspicions.length > SUSPICIONS) this.suspicions.shift();
  }

  /** The last step at a time; -1: none. */
  indexAt(t: number): number {
    let [low, high] = [0, this.steps.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.steps[middle]?.t ?? 0) <= t) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  #merge(steps: readonly Unplaced[]): void {
    let t = 0;
    const all = [...this.steps, ...steps].sort((a, b) => a.at - b.at);
    this.steps = all.map((step) => {
      t = Math.max(step.at, t + EPSILON);
      return { ...step, t };
    });
  }
}

function isOfSession({ event }: LifecycleMessage): boolean {
  return event.type === 'session' || event.type === 'session-lost';
}

function same(a: Unplaced, b: Unplaced): boolean {
  if (a.incarnation !== b.incarnation || a.to !== b.to || Math.abs(a.at - b.at) > SAME_MS) return false;
  return a.event.type === b.event.type || (a.from === undefined && b.from === undefined);
}
