/**
 * The one place that touches the platform's time and chance. Everything else is handed a `Clock`, so
 * that tests run hours in milliseconds and replay a run from its seed.
 */
import { asyncScheduler, type SchedulerLike } from 'rxjs';

export interface Clock {
  /** Timers, and `now()` in monotonic milliseconds: a change of the wall clock does not move it. */
  readonly scheduler: SchedulerLike;
  /** Uniform in [0, 1), like `Math.random`. */
  random(): number;
  /** Milliseconds since the epoch, for people to read. Never used for durations. */
  wall(): number;
  /**
   * Runs `fn` once input that already waits in the kernel has been read. After a stall of the
   * process, timers fire before those reads; a verdict taken in a timer would condemn a live peer.
   */
  afterIo(fn: () => void): void;
}

const monotonic: SchedulerLike = {
  now: () => performance.now(),
  schedule: asyncScheduler.schedule.bind(asyncScheduler) as SchedulerLike['schedule'],
};

export const systemClock: Clock = {
  scheduler: monotonic,
  random: () => Math.random(),
  wall: () => Date.now(),
  afterIo:
    typeof setImmediate === 'function' ? (fn) => void setImmediate(fn) : (fn) => void setTimeout(fn, 0),
};
