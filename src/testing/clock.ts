/**
 * Time that a test moves by hand: hours pass in milliseconds, a run repeats from its seed, and a stall
 * of the process, the classic cause of wrong verdicts, is one call.
 */
import { type SchedulerLike, VirtualTimeScheduler } from 'rxjs';
import { seeded } from '../base/seeded.ts';
import { type Clock, systemClock } from '../time/clock.ts';

export interface VirtualClockOptions {
  /** Where `random()` starts; a 32-bit integer. Default 1. */
  readonly seed?: number;
}

/**
 * Starts at 0 ms. What a callback throws comes out of the call that ran it, and the callbacks after it
 * stay scheduled. Times are milliseconds.
 */
export interface VirtualClock extends Clock {
  /** How many timers are scheduled; 0 once everything has let go of the clock. */
  readonly pending: number;
  /**
   * Lets time pass, and runs in order all that falls due, also what is scheduled meanwhile. Promises
   * do not continue in between: use `run` where the code under test awaits. Throws inside a callback.
   */
  advance(ms: number): void;
  /** Like `advance`, with every promise continued before the first and after each callback. */
  run(ms: number): Promise<void>;
  /**
   * Like `run`, until the condition holds: it is looked at before the first and after each callback. Resolves
   * with whether it held; the time is then that of the callback that made it so.
   */
  until(condition: () => boolean, withinMs: number): Promise<boolean>;
  /** `run(0)`: all that can happen without time passing. */
  settle(): Promise<void>;
  /**
   * The event loop is busy for this long: time passes and nothing runs. Then the timers that fell due
   * run late, then arrives what a simulated network held meanwhile, then runs `afterIo`. Inside a
   * callback the stall is that callback's own, and what is due runs after it.
   */
  stall(ms: number): void;
  /** Sets the wall clock forward, or back if negative. Monotonic time stands still. */
  jumpWall(ms: number): void;
}

/** 2024-01-01T00:00:00Z: wall times in a test are constants too. */
const EPOCH_MS = 1_704_067_200_000;

/** A clock that moves only when told to. */
export function virtualClock(options: VirtualClockOptions = {}): VirtualClock {
  return new SteppedClock(options.seed ?? 1);
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
   * Two hops: a network that finds itself late takes one to let the due timers pass, so its deliveries
   * come between them and this.
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
 * RxJS's scheduler, one action at a time. Its own `flush` sets the time to what the action asked for,
 * which would hide every delay; and cancels all others when one throws.
 */
class SteppedScheduler extends VirtualTimeScheduler {
  stepping = false;

  /** Runs the next action that is due by `until`, or by now if a stall went beyond; false if there is none. */
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

  /** Time only moves forwards. */
  pass(until: number): void {
    this.frame = Math.max(this.frame, until);
  }
}

/** Resolves once no promise can continue: a macrotask begins after the last microtask. */
function microtasks(): Promise<void> {
  return new Promise((resolve) => systemClock.afterIo(resolve));
}
