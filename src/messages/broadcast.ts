/** One source for many subscribers: what `Subject` of RxJS does here, without its part of a browser's bundle. */
import type { Subscriber } from 'rxjs';

export class Broadcast<T> {
  /** Replaced, and never changed: who comes or goes while it is told changes nothing. Undefined: it is over. */
  #subscribers: readonly Subscriber<T>[] | undefined = [];

  /** For the constructor of an `Observable`. Who comes when it is over is told so. */
  add(subscriber: Subscriber<T>): void {
    if (this.#subscribers === undefined) return subscriber.complete();
    this.#subscribers = [...this.#subscribers, subscriber];
    subscriber.add(() => {
      this.#subscribers = this.#subscribers?.filter((other) => other !== subscriber);
    });
  }

  /** What a subscriber throws is reported by RxJS, and reaches nobody else. */
  next(value: T): void {
    for (const subscriber of this.#subscribers ?? []) subscriber.next(value);
  }

  complete(): void {
    const subscribers = this.#subscribers ?? [];
    this.#subscribers = undefined;
    for (const subscriber of subscribers) subscriber.complete();
  }
}
