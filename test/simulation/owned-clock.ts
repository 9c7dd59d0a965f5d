/** One owner's view of the one virtual clock: counts what it has scheduled, and looks around after each callback. */
import type { SchedulerAction, SchedulerLike } from 'rxjs';
import type { VirtualClock } from '../../src/testing/clock.ts';
import type { Clock } from '../../src/time/clock.ts';

export class OwnedClock implements Clock {
  /** Timers of this owner that are still set. A look after pending input is none: it is over within the turn. */
  pending = 0;
  readonly random: () => number;
  readonly wall: () => number;
  readonly scheduler: SchedulerLike;
  /** The process stands still: what falls due waits. */
  isHalted = false;
  #isDead = false;
  #late: (() => void)[] = [];
  readonly #clock: VirtualClock;
  readonly #after: () => void;

  constructor(clock: VirtualClock, after: () => void) {
    this.#clock = clock;
    this.#after = after;
    this.random = clock.random;
    this.wall = () => clock.wall();
    this.scheduler = { now: () => clock.scheduler.now(), schedule: this.#schedule.bind(this) };
  }

  afterIo(fn: () => void): void {
    this.#clock.afterIo(() => this.#run(fn));
  }

  /** Nothing runs any more. */
  die(): void {
    this.#isDead = true;
    this.#late = [];
  }

  halt(): void {
    this.isHalted = true;
  }

  /** What fell due meanwhile runs now, one after the other. */
  goOn(): void {
    this.isHalted = false;
    for (const run of this.#late.splice(0)) this.#clock.scheduler.schedule(() => this.#run(run));
  }

  #run(fn: () => void): void {
    if (this.#isDead) return;
    if (this.isHalted) {
      this.#late.push(fn);
      return;
    }
    fn();
    this.#after();
  }

  #schedule<T>(work: (this: SchedulerAction<T>, state?: T) => void, delay?: number, state?: T) {
    let counted = true;
    const done = () => {
      if (counted) this.pending--;
      counted = false;
    };
    const run = (fn: () => void) => this.#run(fn);
    this.pending++;
    const action = this.#clock.scheduler.schedule<T>(
      function (value) {
        run(() => {
          const isOff = !counted;
          done();
          if (!isOff) work.call(this, value);
        });
      },
      delay,
      state,
    );
    action.add(done);
    return action;
  }
}
