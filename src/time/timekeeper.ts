/**
 * The alarms of all connections behind one RxJS `timer`, which stands for the earliest in a heap. Due alarms
 * pass one pipeline: ring, look again after I/O, confirm. An alarm that traffic has moved sets itself anew.
 */

import { filter, map, type Observable, observeOn, type Subscription, timer } from 'rxjs';
import { Broadcast } from '../base/broadcast.ts';
import { ignore } from '../base/ignore.ts';
import { type Clock, ioScheduler } from './clock.ts';
import { type Timed, TimeHeap } from './heap.ts';

/** The answer of an alarm that decides only after pending input has been read. */
export const LOOK_AGAIN = Symbol('look again');

/** An object that waits for a time, and the event that it may cause. */
export interface Alarm<Event = void> extends Timed {
  /**
   * The time has come. `lateMs`: for how long this process stalled, also where the alarm was due at the end of that;
   * or how long ago the time was, where that is more. Input may still wait in the kernel: a verdict that input could
   * refute is left to `confirm`, which follows the answer `LOOK_AGAIN`. Another answer is emitted.
   */
  ring(now: number, lateMs: number): Event | typeof LOOK_AGAIN | undefined;
  /** Pending input has been read. `lateMs` includes the wait for that. The answer is emitted. */
  confirm?(now: number, lateMs: number): Event | undefined;
  /** Carries out an event that this alarm caused. */
  raise?(event: Event): void;
}

/** An event of `rings$`, and the alarm that caused it. */
export interface Ring {
  readonly alarm: Alarm<unknown>;
  readonly event: unknown;
}

/** An alarm whose time has come. */
interface DueAlarm {
  readonly alarm: Alarm<unknown>;
  readonly rangAt: number;
  readonly lateMs: number;
}

/** The delay of a timer is a 32-bit integer; a longer wait takes several timers. */
const LONGEST_TIMER = 2 ** 30;
/** A wall clock that gained more than this on the monotonic one has jumped, in milliseconds. */
const JUMP = 2000;

/** Keeps the alarms of all connections of a supervisor, with one timer for the earliest. */
export class Timekeeper {
  readonly clock: Clock;
  readonly #heap = new TimeHeap<Alarm<unknown>>();
  #timer: Subscription | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  /** When the next tick is due, by the earliest timer since the last one. */
  #tickAt = Number.POSITIVE_INFINITY;
  readonly #due = new Broadcast<DueAlarm>();
  readonly #rings = new Broadcast<Ring>();
  /** The events of all alarms, as they happen. Hot: each subscriber receives every event. */
  readonly rings$: Observable<Ring> = this.#rings.stream$;
  /** The alarms that look again after the next I/O. */
  #looks: DueAlarm[] = [];
  /** Wall time minus monotonic time, when last looked at. */
  #wallOffset = Number.NaN;
  /** Ends the look at the wall clock once a second, which goes on while an alarm is set. */
  #endWatch: (() => void) | undefined;
  /** Called when the wall clock has jumped ahead: the machine slept, or its clock was set. */
  onJump: (() => void) | undefined;

  constructor(clock: Clock) {
    this.clock = clock;
    this.#due.stream$
      .pipe(
        map((due) => this.#ring(due)),
        filter((look) => look !== undefined && this.#looks.push(look) === 1),
        observeOn(ioScheduler(clock)),
      )
      .subscribe(() => this.#confirm());
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
  set(alarm: Alarm<unknown>, at: number): void {
    if (at === Number.POSITIVE_INFINITY) return this.clear(alarm);
    alarm.at = Math.ceil(at);
    if (alarm.slot >= 0) this.#heap.update(alarm);
    else this.#heap.push(alarm);
    if (this.#endWatch === undefined) this.#watchWall();
    this.#endWatch ??= this.clock.eachSecond?.(() => this.#watchWall()) ?? ignore;
    this.#schedule();
  }

  clear(alarm: Alarm<unknown>): void {
    if (alarm.slot >= 0) this.#heap.remove(alarm);
    if (this.#heap.size > 0) return;
    this.#timer?.unsubscribe();
    this.#timerAt = this.#tickAt = Number.POSITIVE_INFINITY;
    this.#endWatch?.();
    this.#endWatch = undefined;
    this.#wallOffset = Number.NaN;
  }

  /** Keeps one timer for the earliest alarm, and none while no alarm is set. */
  #schedule(): void {
    const next = this.#heap.peek()?.at;
    if (next === undefined || next >= this.#timerAt) return;
    this.#timer?.unsubscribe();
    this.#timerAt = next;
    const now = this.now();
    const delay = Math.min(Math.max(0, next - now), LONGEST_TIMER);
    this.#tickAt = Math.min(this.#tickAt, now + delay);
    this.#timer = timer(delay, this.clock.scheduler).subscribe(() => this.#tick());
  }

  #tick(): void {
    this.#timer = undefined;
    const now = this.now();
    const lateMs = now - this.#tickAt;
    this.#timerAt = this.#tickAt = Number.POSITIVE_INFINITY;
    this.#watchWall();
    for (let left = this.#heap.size; left > 0; left--) {
      const alarm = this.#heap.peek();
      if (alarm === undefined || alarm.at > now) break;
      this.#heap.pop();
      this.#due.next({ alarm, rangAt: now, lateMs: Math.max(lateMs, now - alarm.at) });
    }
    this.#schedule();
  }

  /** Returns the alarm if it looks again. */
  #ring(due: DueAlarm): DueAlarm | undefined {
    const { alarm, rangAt, lateMs } = due;
    const answer = this.#shield(() => alarm.ring(rangAt, lateMs));
    if (answer === LOOK_AGAIN) return due;
    this.#emit(alarm, answer);
    return undefined;
  }

  #confirm(): void {
    const looks = this.#looks;
    this.#looks = [];
    const now = this.now();
    for (const { alarm, rangAt, lateMs } of looks) {
      const late = Math.max(lateMs, now - rangAt);
      this.#emit(
        alarm,
        this.#shield(() => alarm.confirm?.(now, late)),
      );
    }
  }

  #emit(alarm: Alarm<unknown>, event: unknown): void {
    if (event !== undefined) this.#rings.next({ alarm, event });
  }

  /** An exception in an alarm is thrown in a timer of its own: it stops neither the pipeline nor another alarm. */
  #shield<T>(code: () => T): T | undefined {
    try {
      return code();
    } catch (error) {
      this.clock.scheduler.schedule(() => {
        throw error;
      });
      return undefined;
    }
  }

  /** Monotonic clocks may stand still while the machine sleeps; the wall clock does not. */
  #watchWall(): void {
    const offset = this.clock.wall() - this.now();
    const jumped = offset - this.#wallOffset > JUMP;
    this.#wallOffset = offset;
    if (jumped) this.#shield(() => this.onJump?.());
  }
}
