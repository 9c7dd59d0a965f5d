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
    this.#clock.afterIo(() => {
      fn();
      this.#after();
    });
  }

  #schedule<T>(work: (this: SchedulerAction<T>, state?: T) => void, delay?: number, state?: T) {
    let counted = true;
    const done = () => {
      if (counted) this.pending--;
      counted = false;
    };
    const after = this.#after;
    this.pending++;
    const action = this.#clock.scheduler.schedule<T>(
      function (value) {
        done();
        work.call(this, value);
        after();
      },
      delay,
      state,
    );
    action.add(done);
    return action;
  }
}
