/**
 * The one place that touches the platform's time and chance. Everything else is handed a `Clock`, so
 * that tests run hours in milliseconds and replay a run from its seed.
 */
import { type SchedulerAction, type SchedulerLike, Subscription } from 'rxjs';

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
}

/** RxJS's own schedulers keep time by the wall clock, and bring more of RxJS into a browser's bundle. */
const monotonic: SchedulerLike = {
  now: () => performance.now(),
  schedule: (work, delay, state) => new TimerAction(work).schedule(state, delay),
};

type Work<State> = (this: SchedulerAction<State>, state: State) => void;

/** One timer; its work may schedule it again, as RxJS's operators do. */
class TimerAction<State> extends Subscription implements SchedulerAction<State> {
  readonly #work: Work<State>;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(work: Work<State>) {
    super(() => clearTimeout(this.#timer));
    this.#work = work;
  }

  schedule(state?: State, delay = 0): Subscription {
    if (this.closed) return this;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#run(state as State), delay);
    return this;
  }

  #run(state: State): void {
    const timer = this.#timer;
    try {
      this.#work.call(this, state);
    } finally {
      if (this.#timer === timer) this.unsubscribe();
    }
  }
}

export const systemClock: Clock = {
  scheduler: monotonic,
  random: () => Math.random(),
  wall: () => Date.now(),
  ...(typeof setImmediate === 'function'
    ? { afterIo: (fn: () => void) => void setImmediate(fn) }
    : { afterIo: macrotask, graceMs: 1000 }),
};

/** A message to oneself: a task of its own, which background pages do not throttle as they do timers. */
function macrotask(fn: () => void): void {
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
