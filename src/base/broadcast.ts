/** A source for many subscribers, like RxJS's `Subject` but smaller in a browser's bundle, and in order. */
import { Observable, type Subscriber } from 'rxjs';

/**
 * Every subscriber hears the values in their order. A value that a subscriber causes while it hears another one waits
 * until all have heard that one.
 */
export class Broadcast<T> {
  /** Replaced, never mutated, so that subscribing during `next` is safe. Undefined: completed. */
  #subscribers: readonly Subscriber<T>[] | undefined = [];
  #isTelling = false;
  /** The values to tell after the one that is being told. */
  #waiting: (() => void)[] | undefined;

  /** The values from the time of subscription on. A new object for each call. */
  get stream$(): Observable<T> {
    return new Observable((subscriber) => this.add(subscriber));
  }

  /** Adds a subscriber. Completes it at once after `complete`. */
  add(subscriber: Subscriber<T>): void {
    if (this.#subscribers === undefined) return subscriber.complete();
    this.#subscribers = [...this.#subscribers, subscriber];
    subscriber.add(() => {
      this.#subscribers = this.#subscribers?.filter((other) => other !== subscriber);
    });
  }

  /** Subscribes, and tells the listener a value of its own at once, before all others. */
  greet(subscriber: Subscriber<T>, first: T): void {
    this.add(subscriber);
    if (this.#isTelling) subscriber.next(first);
    else this.#tell([subscriber], first);
  }

  /** Exceptions of a subscriber are reported by RxJS and reach no other subscriber. */
  next(value: T): void {
    this.#tell(this.#subscribers ?? [], value);
  }

  /** `next` in two parts: the result tells those who subscribe now. A later subscriber does not hear the value. */
  prepare(value: T): () => void {
    const subscribers = this.#subscribers ?? [];
    return () => this.#tell(subscribers, value);
  }

  complete(): void {
    const subscribers = this.#subscribers ?? [];
    this.#subscribers = undefined;
    const end = () => {
      for (const subscriber of subscribers) subscriber.complete();
    };
    if (this.#isTelling) this.#wait(end);
    else end();
  }

  #tell(subscribers: readonly Subscriber<T>[], value: T): void {
    if (this.#isTelling) return this.#wait(() => tell(subscribers, value));
    this.#isTelling = true;
    tell(subscribers, value);
    while (this.#waiting !== undefined) {
      const waiting = this.#waiting;
      this.#waiting = undefined;
      for (const next of waiting) next();
    }
    this.#isTelling = false;
  }

  #wait(telling: () => void): void {
    this.#waiting ??= [];
    this.#waiting.push(telling);
  }
}

function tell<T>(subscribers: readonly Subscriber<T>[], value: T): void {
  for (const subscriber of subscribers) subscriber.next(value);
}
