/** The wait of an id between two incarnations: its reason and its end. */
import type { SupervisionState } from '../../machines/supervision.ts';
import type { Exit } from '../../policy/exits.ts';
import type { Because } from '../../policy/restart.ts';
import type { Alarm, Timekeeper } from '../../time/timekeeper.ts';

/** Why an id waits. */
export type WaitReason = Because | 'start' | 'offline';

const reasons: Readonly<Partial<Record<SupervisionState, WaitReason>>> = {
  'queued.at-gate': 'gate',
  'queued.offline': 'offline',
  'backing-off.delay': 'backoff',
  'backing-off.hint': 'hint',
};

interface WaitOwner {
  readonly state: SupervisionState;
  /** The alarm of its wait rang. */
  due(): void;
}

/** A wait before the next incarnation; the alarm ends it. */
export class Wait implements Alarm {
  at: number;
  slot = -1;
  /** The expected end, at a gate the earliest; monotonic milliseconds. */
  readonly until: number;
  /** The exit before it; undefined before the first dial. */
  readonly last: Exit | undefined;
  readonly #owner: WaitOwner;

  constructor(owner: WaitOwner, until: number, last: Exit | undefined) {
    this.#owner = owner;
    this.at = this.until = until;
    this.last = last;
  }

  get because(): WaitReason {
    return reasons[this.#owner.state] ?? 'start';
  }

  /** The alarm rings within `delayMs`, if not sooner. */
  endWithin(delayMs: number, timekeeper: Timekeeper): void {
    const now = timekeeper.now();
    timekeeper.set(this, Math.min(Math.max(this.until, now), now + delayMs));
  }

  /** The alarm rings at that time, and no later than it was to end an `offline`. */
  endBy(at: number, timekeeper: Timekeeper): void {
    timekeeper.set(this, this.because === 'offline' ? Math.min(this.at, at) : at);
  }

  ring(): void {
    this.#owner.due();
  }
}
