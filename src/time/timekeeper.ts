/**
 * One timer for all connections. Alarms wait in a heap; a single scheduled RxJS action stands for the
 * earliest. An alarm that turns out not to be due, since traffic moved its deadline, sets itself anew.
 */
import type { Subscription } from 'rxjs';
import type { Clock } from './clock.ts';
import { type Timed, TimeHeap } from './heap.ts';

/** Somebody who waits for a time. */
export interface Alarm extends Timed {
  /** The time has come, `lateMs` ago. Nothing is decided here: input may still wait in the kernel. */
  ring(now: number, lateMs: number): void;
  /** Asked for with `lookAgain`: pending input has been read. `lateMs` includes the wait for that. */
  confirm(now: number, lateMs: number): void;
}

/** Timers hold 32 bits; a longer wait is made of several. */
const LONGEST_TIMER = 2 ** 30;
/** The wall clock is ahead by this much more than before: no drift, but a jump. */
const JUMP = 2000;

export class Timekeeper {
  readonly clock: Clock;
  readonly #heap = new TimeHeap<Alarm>();
  #action: Subscription | undefined;
  #actionAt = Number.POSITIVE_INFINITY;
  /** Wall time minus monotonic time, when last looked at. */
  #wallOffset = Number.NaN;
  /** Called when the wall clock has jumped ahead: the machine slept, or somebody set the clock. */
  onJump: (() => void) | undefined;
  #lookers: { alarm: Alarm; rangAt: number; lateMs: number }[] = [];

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /**
   * Monotonic milliseconds, whole: a time that is a small integer takes no memory beside its field,
   * and each connection remembers a dozen of them.
   */
  now(): number {
    return Math.floor(this.clock.scheduler.now());
  }

  /** Monotonic milliseconds with their fraction, for round-trip times. */
  exactNow(): number {
    return this.clock.scheduler.now();
  }

  /** How many alarms are set. */
  get size(): number {
    return this.#heap.size;
  }

  /** Sets an alarm, or moves it. Infinity clears it. */
  set(alarm: Alarm, at: number): void {
    if (at === Number.POSITIVE_INFINITY) return this.clear(alarm);
    alarm.at = Math.ceil(at);
    if (alarm.slot >= 0) this.#heap.update(alarm);
    else this.#heap.push(alarm);
    this.#schedule();
  }

  clear(alarm: Alarm): void {
    if (alarm.slot >= 0) this.#heap.remove(alarm);
    if (this.#heap.size === 0) this.#cancel();
  }

  /** Calls `alarm.confirm` once input that waits in the kernel has been read. */
  lookAgain(alarm: Alarm, rangAt: number, lateMs: number): void {
    this.#lookers.push({ alarm, rangAt, lateMs });
    if (this.#lookers.length === 1) this.clock.afterIo(() => this.#confirmAll());
  }

  #confirmAll(): void {
    const lookers = this.#lookers;
    this.#lookers = [];
    const now = this.now();
    let done = 0;
    try {
      for (const { alarm, rangAt, lateMs } of lookers) {
        done++;
        alarm.confirm(now, Math.max(lateMs, now - rangAt));
      }
    } finally {
      for (const { alarm, rangAt, lateMs } of lookers.slice(done)) this.lookAgain(alarm, rangAt, lateMs);
    }
  }

  #schedule(): void {
    const next = this.#heap.peek()?.at;
    if (next === undefined || next >= this.#actionAt) return;
    this.#cancel();
    this.#actionAt = next;
    const delay = Math.min(Math.max(0, Math.ceil(next - this.now())), LONGEST_TIMER);
    this.#action = this.clock.scheduler.schedule(() => this.#tick(), delay);
  }

  #cancel(): void {
    this.#action?.unsubscribe();
    this.#action = undefined;
    this.#actionAt = Number.POSITIVE_INFINITY;
  }

  #tick(): void {
    this.#cancel();
    const now = this.now();
    this.#watchWall(now);
    try {
      for (let left = this.#heap.size; left > 0; left--) {
        const alarm = this.#heap.peek();
        if (alarm === undefined || alarm.at > now) break;
        this.#heap.pop();
        alarm.ring(now, now - alarm.at);
      }
    } finally {
      this.#schedule();
    }
  }

  /** Monotonic clocks may stand still while the machine sleeps; the wall clock does not. */
  #watchWall(now: number): void {
    const offset = this.clock.wall() - now;
    const jumped = offset - this.#wallOffset > JUMP;
    this.#wallOffset = offset;
    if (jumped) this.onJump?.();
  }
}
