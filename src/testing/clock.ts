/**
 * A virtual clock for tests: hours pass in milliseconds, a run repeats from its seed, and one call simulates a
 * stall of the process, the classic cause of wrong verdicts.
 */
import { type SchedulerLike, VirtualTimeScheduler } from 'rxjs';
import { badConfig } from '../base/errors.ts';
import { checked, type Kinds } from '../base/options.ts';
import { seeded } from '../base/seeded.ts';
import { type Clock, systemClock } from '../time/clock.ts';

/** Options of `virtualClock`. */
export interface VirtualClockOptions {
  /** The seed of `random()`, a 32-bit integer. Default 1. */
  readonly seed?: number;
}

/**
 * A clock that starts at 0 ms; times are milliseconds. An error of a callback is thrown by the call that ran it, and
 * the callbacks after it stay scheduled.
 */
export interface VirtualClock extends Clock {
  /** The number of scheduled timers; 0 when nothing waits for the clock any more. */
  readonly pending: number;
  /**
   * Lets time pass and runs the due callbacks in order, including those scheduled meanwhile. Promises do not
   * continue in between: use `run` where the code under test awaits. Throws when called inside a callback.
   */
  advance(ms: number): void;
  /** `advance`, with every promise continued before the first and after each callback. */
  run(ms: number): Promise<void>;
  /**
   * Runs as `run` does, until the condition holds: checked before the first and after each callback. Resolves with
   * true at the time of the callback that fulfilled it, or with false after `withinMs`.
   */
  until(condition: () => boolean, withinMs: number): Promise<boolean>;
  /** `run(0)`: runs everything that can run without time passing. */
  settle(): Promise<void>;
  /**
   * Simulates a busy event loop: time passes and nothing runs. Then the timers that fell due run late, then the
   * chunks that a simulated network held arrive, then the callbacks of `afterIo` run. Inside a callback the
   * callback itself takes this long, and due timers run after it.
   */
  stall(ms: number): void;
  /** Sets the wall clock forward, or back if negative. Monotonic time stands still. */
  jumpWall(ms: number): void;
}

/** The wall time at 0 ms: 2024-01-01T00:00:00Z. */
const EPOCH_MS = 1_704_067_200_000;

const kinds: Kinds<VirtualClockOptions> = { seed: 'a number' };

/** Makes a clock that moves only by its methods. */
export function virtualClock(options: VirtualClockOptions = {}): VirtualClock {
  return new SteppedClock(checked('virtualClock', options, kinds).seed ?? 1);
}

class SteppedClock implements VirtualClock {
  readonly random: () => number;
  readonly #time = new SteppedScheduler();
  #wallOffset = EPOCH_MS;

  constructor(seed: number) {
    this.random = seeded(seed);
  }

  get scheduler(): SchedulerLike {
    return this.#time;
  }

  get pending(): number {
    return this.#time.actions.length;
  }

  wall(): number {
    return this.#wallOffset + this.#time.now();
  }

  /**
   * Schedules twice: after a stall a simulated network schedules once, so that its deliveries come after the due
   * timers and before this.
   */
  afterIo(fn: () => void): void {
    this.#time.schedule(() => this.#time.schedule(fn));
  }

  advance(ms: number): void {
    const until = this.#time.now() + ms;
    while (this.#time.step(until));
    this.#time.pass(until);
  }

  async run(ms: number): Promise<void> {
    await this.until(() => false, ms);
  }

  async until(condition: () => boolean, withinMs: number): Promise<boolean> {
    if (typeof condition !== 'function') throw badConfig('until', condition, 'a function');
    if (!(withinMs >= 0)) throw badConfig('clock', withinMs, 'milliseconds, 0 or more');
    const until = this.#time.now() + withinMs;
    do {
      await microtasks();
      if (condition()) return true;
    } while (this.#time.step(until));
    this.#time.pass(until);
    return false;
  }

  settle(): Promise<void> {
    return this.run(0);
  }

  stall(ms: number): void {
    this.#time.pass(this.#time.now() + ms);
    if (!this.#time.stepping) this.advance(0);
  }

  jumpWall(ms: number): void {
    this.#wallOffset += ms;
  }
}

/**
 * RxJS's virtual scheduler, stepped one action at a time. Its own `flush` sets the time to the due time of the
 * action, which would hide lateness, and cancels all other actions when one throws.
 */
class SteppedScheduler extends VirtualTimeScheduler {
  stepping = false;

  /** Runs the next action that is due by `until`, or by now after a longer stall; false without one. */
  step(until: number): boolean {
    if (this.stepping) throw new Error('a virtual clock cannot be advanced from one of its callbacks');
    const action = this.actions[0];
    if (action === undefined || action.delay > Math.max(until, this.frame)) return false;
    this.actions.shift();
    this.pass(action.delay);
    this.stepping = true;
    const error: unknown = action.execute(action.state, action.delay);
    this.stepping = false;
    if (error) throw error;
    return true;
  }

  /** Moves the time forwards to `until`, never back. */
  pass(until: number): void {
    this.frame = Math.max(this.frame, until);
  }
}

/** Resolves when all continuations of promises have run: a macrotask begins after the last microtask. */
function microtasks(): Promise<void> {
  return new Promise((resolve) => systemClock.afterIo(resolve));
}
