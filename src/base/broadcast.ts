/** A source for many subscribers, like RxJS's `Subject` but smaller in a browser's bundle. */
import { Observable, type Subscriber } from 'rxjs';

export class Broadcast<T> {
  /** Replaced, never mutated, so that subscribing during `next` is safe. Undefined: completed. */
  #subscribers: readonly Subscriber<T>[] | undefined = [];

  /** The values from the time of subscription on. A new object for each call. */
  get stream$(): Observable<T> {
    return new Observable((subscriber) => this.add(subscriber));
  }

  /** Adds a subscriber, for observables that emit something of their own first. Completes the subscriber at once after `complete`. */
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
