/**
 * The promises and streams that users await in one life of an id. A life is made when first asked for, and dropped when
 * nothing is awaited any more, as most connections are only asked for `ready()`.
 */

import { Observable, type Subscriber } from 'rxjs';
import { Broadcast } from '../../base/broadcast.ts';
import { type Deferred, deferred } from '../../base/deferred.ts';
import { ConnectionClosedError } from '../../base/errors.ts';
import { needed } from '../../base/needed.ts';
import type { ConnectionState } from '../../machines/connection.ts';
import { Inbox, type InboxHost } from '../../messages/inbox.ts';
import type { Reader, ReadingHost, ReadOptions } from '../../messages/reader.ts';
import type { Exit } from '../../policy/exits.ts';
import type { Clock } from '../../time/clock.ts';
import type { Part } from './parts.ts';
import type { Steps } from './steps.ts';

/** The connection that a life is of. */
export interface LifeHost extends InboxHost, ReadingHost {
  readonly id: string;
  readonly state: ConnectionState;
  /** The exit of the id; undefined while it lives. */
  readonly exit: Exit | undefined;
  readonly parts: Part;
  /** The running incarnation. */
  readonly current: { readonly isProved: boolean } | undefined;
  /** Messages between `ready()` and the first listener are kept if there is none. */
  readonly onMessage: unknown;
  readonly clock: Clock;
  /** Made by the first call. */
  readonly life: Life;
  /** Resolves `ready()` if it can, and drops a life that nothing awaits. */
  settleLife(): void;
}

export class Life {
  /** The subscribers of messages. */
  inbox: Inbox | undefined;
  /** Loops over messages that are full. */
  fullLoops = 0;
  #states: Broadcast<ConnectionState> | undefined;
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

  /** Nothing is awaited. */
  get isIdle(): boolean {
    const promises = this.#closed ?? this.#ready;
    return promises === undefined && this.#states === undefined && this.inbox?.isIdle !== false;
  }

  /** Adds a subscriber of `state$`, and tells it the state. */
  watch(subscriber: Subscriber<ConnectionState>, state: ConnectionState): void {
    this.#states ??= new Broadcast();
    this.#states.greet(subscriber, state);
  }

  /** Tells those who subscribe now, after the step under way: one that comes until then is told the new state first. */
  moved(to: ConnectionState, steps: Steps): void {
    const tell = this.#states?.prepare(to);
    if (tell !== undefined) steps.after(tell);
  }

  becameReady(host: LifeHost): void {
    if (this.#ready === undefined) return;
    this.#ready.resolve();
    this.#ready = undefined;
    this.forgetAfterTurn(host);
  }

  /** Listeners that begin in this turn of the event loop, after `ready()`, get what arrives in it. */
  forgetAfterTurn(host: LifeHost): void {
    if (this.inbox === undefined) return;
    host.clock.afterIo(() => {
      if (this.#ready === undefined) this.inbox?.forget();
      host.settleLife();
    });
  }

  end(id: string, exit: Exit): void {
    this.#ready?.reject(new ConnectionClosedError(id, exit));
    this.#closed?.resolve(exit);
    this.#states?.complete();
    this.inbox?.end();
  }
}

/** The current state at once, then each change. Completes when the id is over. */
export function statesOf(host: LifeHost): Observable<ConnectionState> {
  return new Observable((subscriber) => {
    if (host.exit === undefined) return host.life.watch(subscriber, host.state);
    subscriber.next(host.state);
    subscriber.complete();
  });
}

/** The messages of the peer while subscribed. Completes when the id is over. */
export function messagesOf(host: LifeHost): Observable<never> {
  return new Observable((subscriber) => {
    if (host.exit === undefined) inboxOf(host).add(subscriber as Subscriber<unknown>);
    else subscriber.complete();
  });
}

/** Loops over the messages of the peer; one that has ended when the id is over. Throws `ConfigError`, and without the part `readers`. */
export function loopOver(host: LifeHost, options?: ReadOptions): () => Reader {
  const readers = needed(host.parts, 'readers', 'a loop over messages');
  const limits = readers.limitsOf(options);
  return () => readers.readerOf(host, messagesOf(host), limits);
}

/** Resolves when the connection is ready; rejects when the id is over, or ends before. */
export function readinessOf(host: LifeHost): Promise<void> {
  if (host.exit !== undefined) return Promise.reject(new ConnectionClosedError(host.id, host.exit));
  if (host.onMessage === undefined) inboxOf(host).keep();
  if (!isReady(host)) return host.life.ready;
  host.life.forgetAfterTurn(host);
  return Promise.resolve();
}

export function isReady({ state, current }: LifeHost): boolean {
  return state === 'alive' && current?.isProved === true;
}

function inboxOf(host: LifeHost): Inbox {
  const { life } = host;
  life.inbox ??= new Inbox(host);
  return life.inbox;
}
