/** The calls of one session to its store: gathered in a turn, and asked again until they are answered, as each can be repeated. */
import type { Alarm, Timekeeper } from '../time/timekeeper.ts';
import { atEnd } from './link.ts';

/** Milliseconds before a call that failed is made again: at first, and at most. */
const FIRST = 100;
const LAST = 2000;

/** An answer, or the promise of it: a store in memory answers at once. */
export type Later<T> = T | Promise<T>;

/** Goes on with an answer, at once where it is there. Answers are words, so that any object is the promise of one. */
export function after<T extends string | undefined, R>(
  answer: Later<T>,
  next: (answer: T) => R,
): R | Promise<Awaited<R>> {
  if (typeof answer !== 'object') return next(answer);
  return Promise.resolve(answer).then(next) as Promise<Awaited<R>>;
}

/** The same answer; `lost` is called where it does not come. */
export function unlessLost<T extends string>(answer: Later<T>, lost: () => void): Later<T> {
  if (typeof answer === 'object') answer.catch(lost);
  return answer;
}

/** Waits for a time, and can be told to stop. */
export class Pause implements Alarm {
  at = 0;
  slot = -1;
  readonly #timekeeper: Timekeeper;
  readonly #resolve: () => void;

  constructor(timekeeper: Timekeeper, ms: number, resolve: () => void) {
    this.#timekeeper = timekeeper;
    this.#resolve = resolve;
    timekeeper.set(this, timekeeper.now() + ms);
  }

  ring(): void {
    this.#resolve();
  }

  stop(): void {
    this.#timekeeper.clear(this);
    this.#resolve();
  }
}

/** The calls that are wanted are made at the end of this turn. */
const ASKED = 1 << 30;

/** The writes of one session to its store. One of each kind is under way at a time; what is wanted meanwhile is one call after it. */
export abstract class StoreCalls {
  /** The waits for the next try; absent while there are none. */
  #pauses: Set<Pause> | undefined;
  /** Bits: the kinds that are wanted, and those that are under way. */
  #wanted = 0;
  #underWay = 0;

  protected abstract readonly timekeeper: Timekeeper;
  /** No answer is wanted any more. */
  protected abstract readonly isDone: boolean;
  /** A call failed for the first time. */
  protected abstract failed(error: unknown): void;
  /** Makes a call of that kind, a bit. The promise of its end, where that is not at once. */
  protected abstract make(kind: number): Later<void>;
  /** All calls that were wanted are made or under way. */
  protected abstract rests(): void;

  /** The calls of one turn are made together, at its end. */
  protected want(kind: number): void {
    if ((this.#wanted & ASKED) === 0) void atEnd.then(() => this.#makeAll());
    this.#wanted |= kind | ASKED;
  }

  protected isWanted(kind: number): boolean {
    return (this.#wanted & kind) !== 0;
  }

  protected isUnderWay(kind: number): boolean {
    return (this.#underWay & kind) !== 0;
  }

  #makeAll(): void {
    this.#wanted |= ASKED;
    for (let kind = this.#next; kind !== 0; kind = this.#next) {
      this.#underWay |= kind;
      this.#wanted &= ~kind;
      const end = this.make(kind);
      if (end instanceof Promise) void end.then(() => this.#ended(kind));
      else this.#underWay &= ~kind;
    }
    this.#wanted &= ~ASKED;
    this.rests();
  }

  #ended(kind: number): void {
    this.#underWay &= ~kind;
    this.#makeAll();
  }

  /** The lowest kind that is wanted and not under way; 0: there is none. */
  get #next(): number {
    const ready = this.#wanted & ~this.#underWay & ~ASKED;
    return ready & -ready;
  }

  /** The answer; undefined when none is wanted any more. */
  protected persist<T extends string>(call: () => Later<T>): Later<T | undefined> {
    if (this.isDone) return undefined;
    try {
      const answer = call();
      return typeof answer === 'object' ? this.#answered(answer, call) : answer;
    } catch (error) {
      return this.#answered(Promise.reject(error), call);
    }
  }

  /** Asks again until the answer comes. */
  async #answered<T>(first: Promise<T>, call: () => Later<T>): Promise<T | undefined> {
    for (let delay = FIRST; ; delay = Math.min(LAST, delay * 2)) {
      try {
        return await (delay === FIRST ? first : call());
      } catch (error) {
        if (delay === FIRST) this.failed(error);
      }
      if (!this.isDone) await this.pause(delay);
      if (this.isDone) return undefined;
    }
  }

  protected pause(ms: number): Promise<void> {
    this.#pauses ??= new Set();
    const pauses = this.#pauses;
    return new Promise((resolve) => {
      const pause: Pause = new Pause(this.timekeeper, ms, () => {
        pauses.delete(pause);
        resolve();
      });
      pauses.add(pause);
    });
  }

  /** Ends all waits. */
  protected stop(): void {
    for (const pause of [...(this.#pauses ?? [])]) pause.stop();
  }
}
