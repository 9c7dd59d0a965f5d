/** What users await in one life of an id: its states, that it is ready, its end. Made when first asked for. */
import type { Subscriber } from 'rxjs';
import { Broadcast } from '../../base/broadcast.ts';
import { type Deferred, deferred } from '../../base/deferred.ts';
import { ConnectionClosedError } from '../../base/errors.ts';
import type { ConnectionState } from '../../machines/connection.ts';
import type { Exit } from '../../policy/exits.ts';

export class Life {
  readonly #states = new Broadcast<ConnectionState>();
  #closed: Deferred<Exit> | undefined;
  #ready: Deferred<void> | undefined;

  /** Resolves with the exit when the id is over. */
  get closed(): Promise<Exit> {
    this.#closed ??= deferred();
    return this.#closed.promise;
  }

  /** Resolves at the next `becameReady`; rejects with `ConnectionClosedError` at the end. */
  get ready(): Promise<void> {
    this.#ready ??= deferred();
    return this.#ready.promise;
  }

  /** Adds a subscriber of `state$`. */
  watch(subscriber: Subscriber<ConnectionState>): void {
    this.#states.add(subscriber);
  }

  moved(to: ConnectionState): void {
    this.#states.next(to);
  }

  becameReady(): void {
    this.#ready?.resolve();
    this.#ready = undefined;
  }

  end(id: string, exit: Exit): void {
    this.#ready?.reject(new ConnectionClosedError(id, exit));
    this.#closed?.resolve(exit);
    this.#states.complete();
  }
}
