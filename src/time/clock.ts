/**
 * The platform's time and chance, read here and nowhere else. All other code receives a `Clock`, so
 * that tests run hours in milliseconds and replay a run from its seed.
 */
import { asyncScheduler, type SchedulerAction, type SchedulerLike, Subscription } from 'rxjs';

/** Time as this package reads and waits for it; a test hands in one of its own. */
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
  /**
   * After a late timer, how long to wait for input that the platform still holds back, in
   * milliseconds. Browsers deliver what arrived at a frozen page in tasks of their own. Default 0.
   */
  readonly graceMs?: number;
  /**
   * Calls `fn` about once a second, without keeping the process alive, until the returned function is called: a
   * sleep of the machine is noticed within a second of its end. Absent: at the next timer.
   */
  eachSecond?(fn: () => void): () => void;
  /** Timers of this clock do not keep the process alive, and sockets that are dialled by it do not either. Default false. */
  readonly unref?: boolean;
}

/** RxJS's own timers. Their scheduler reads the wall clock, so `now` is replaced. */
const monotonic: SchedulerLike = {
  now: () => performance.now(),
  schedule: <T>(work: Work<T>, delay?: number, state?: T) => asyncScheduler.schedule(work, delay, state),
};

type Work<T> = (this: SchedulerAction<T>, state?: T) => void;

/**
 * Timers of a page. Chromium runs those of a hidden page once a minute when each was set by the one before, else once a
 * second. So their work runs in a task of its own, where a timer that it sets begins a new chain.
 */
const unchained: SchedulerLike = {
  now: monotonic.now,
  schedule: <T>(work: Work<T>, delay?: number, state?: T) =>
    monotonic.schedule<T>(
      function (value) {
        macrotask(() => this.closed || work.call(this, value));
      },
      delay,
      state,
    ),
};

/** The clock's `afterIo` as a scheduler, for `observeOn`. Ignores delays: what it runs is due once input was read. */
export function ioScheduler(clock: Clock): SchedulerLike {
  const schedule = <T>(work: Work<T>, _delay?: number, state?: T): Subscription => {
    const action = Object.assign(new Subscription(), {
      schedule(next?: T) {
        clock.afterIo(() => action.closed || work.call(action, next));
        return action;
      },
    });
    return action.schedule(state);
  };
  return { now: () => clock.scheduler.now(), schedule };
}

/** A scheduler over a function that runs a callback after a delay in milliseconds. It may return what cancels that. */
export function schedulerOver(
  now: () => number,
  // biome-ignore lint/suspicious/noConfusingVoidType: a function that cannot cancel returns nothing
  later: (run: () => void, delay: number) => (() => void) | void,
): SchedulerLike {
  const schedule = <T>(work: Work<T>, delay = 0, state?: T): Subscription => {
    // biome-ignore lint/suspicious/noConfusingVoidType: as above
    let cancel: (() => void) | void;
    const action = Object.assign(new Subscription(() => cancel?.()), {
      schedule(next?: T, wait = 0) {
        if (action.closed) return action;
        cancel?.();
        cancel = later(() => {
          if (!action.closed) work.call(action, next);
        }, wait);
        return action;
      },
    });
    return action.schedule(state, delay);
  };
  return { now, schedule };
}

function eachSecond(fn: () => void): () => void {
  const timer = setInterval(fn, 1000);
  // A timer of browsers is a number.
  timer.unref?.();
  return () => clearInterval(timer);
}

/** The clock of the process: monotonic milliseconds and its timers. */
export const systemClock: Clock = {
  random: () => Math.random(),
  wall: () => Date.now(),
  eachSecond,
  ...(typeof setImmediate === 'function'
    ? { scheduler: monotonic, afterIo: (fn: () => void) => void setImmediate(fn) }
    : { scheduler: unchained, afterIo: macrotask, graceMs: 1000 }),
};

/** The clock of the process in Node, with timers that do not keep it alive. */
export function unrefClock(): Clock {
  const scheduler = schedulerOver(monotonic.now, (run, delay) => {
    const timer = setTimeout(run, delay).unref();
    return () => clearTimeout(timer);
  });
  return { ...systemClock, scheduler, unref: true };
}

/** The clock for work beside a supervisor that must not keep the process alive: a clock of a test stays what it is. */
export function clockBeside(clock: Clock): Clock {
  return clock === systemClock ? unrefClock() : clock;
}

/** A task of its own through a message port: background pages throttle timers, but not messages. jsdom has timers alone. */
function macrotask(fn: () => void): void {
  if (typeof MessageChannel === 'undefined') return void setTimeout(fn);
  const { port1, port2 } = new MessageChannel();
  // Node's types, which are used here, do not know that ports of browsers have handlers.
  Object.assign(port1, {
    onmessage: () => {
      port1.close();
      fn();
    },
  });
  port2.postMessage(0);
}

/** Milliseconds since 1970 as ISO 8601 in UTC, such as `2026-01-01T09:30:12.345Z`. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
