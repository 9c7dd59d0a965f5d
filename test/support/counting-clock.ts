/** The system's clock, which knows how many timers are running on it. */
import type { SchedulerAction, SchedulerLike } from 'rxjs';
import { type Clock, systemClock } from '../../src/time/clock.ts';

export class CountingClock implements Clock {
  readonly #running = new Set<object>();
  readonly random = systemClock.random;
  readonly wall = systemClock.wall;
  readonly afterIo = systemClock.afterIo;

  get timers(): number {
    return this.#running.size;
  }

  readonly scheduler: SchedulerLike = {
    now: () => systemClock.scheduler.now(),
    schedule: <T>(work: (this: SchedulerAction<T>, state?: T) => void, delay?: number, state?: T) => {
      const timer = {};
      const running = this.#running.add(timer);
      const action = systemClock.scheduler.schedule<T>(
        function (value) {
          running.delete(timer);
          work.call(this, value);
        },
        delay,
        state,
      );
      action.add(() => running.delete(timer));
      return action;
    },
  };
}
