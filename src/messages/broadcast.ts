/** A source for many subscribers, like RxJS's `Subject` but smaller in a browser's bundle. */
import type { Subscriber } from 'rxjs';

export class Broadcast<T> {
  /** Replaced, never mutated, so that subscribing during `next` is safe. Undefined: completed. */
  #subscribers: readonly Subscriber<T>[] | undefined = [];

  /** For the constructor of an `Observable`. Completes the subscriber at once after `complete`. */
  add(subscriber: Subscriber<T>): void {
    if (this.#subscribers === undefined) return subscriber.complete();
    this.#subscribers = [...this.#subscribers, subscriber];
    subscriber.add(() => {
      this.#subscribers = this.#subscribers?.filter((other) => other !== subscriber);
    });
  }

  /** Exceptions of a subscriber are reported by RxJS and reach no other subscriber. */
  next(value: T): void {
    for (const subscriber of this.#subscribers ?? []) subscriber.next(value);
  }

  complete(): void {
    const subscribers = this.#subscribers ?? [];
    this.#subscribers = undefined;
    for (const subscriber of subscribers) subscriber.complete();
  }
}
