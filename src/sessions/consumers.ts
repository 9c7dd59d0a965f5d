/** The consumers of one session's messages: a callback, subscribers, loops. A message is handled when each that was present has done with it. */
import { Observable, type Subscriber } from 'rxjs';
import { Broadcast } from '../base/broadcast.ts';
import { type Deferred, deferred } from '../base/deferred.ts';

/** The second argument of a callback, beside the message. */
export interface Delivery {
  /** The message may have been handled before: a process that had begun with it died, or the dialling side sent it again in a new session. */
  readonly again: boolean;
}

/** The session, as its consumers know it. */
export interface ConsumersHost {
  /** There is a callback. */
  readonly hasCallback: boolean;
  /** Calls it. */
  call(message: unknown, delivery: Delivery): unknown;
  /** A consumer came or left. */
  changed(): void;
  /** A callback threw, or its promise rejected. Returns whether the message counts as handled. */
  failed(error: unknown): boolean;
}

const none: readonly Loop[] = [];

/** The messages that are handed out. */
interface Handing {
  /** All consumers have done with that message. */
  finish(number: number): void;
}

export class Consumers {
  readonly #host: ConsumersHost;
  #subscribers: Broadcast<unknown> | undefined;
  #subscribed = 0;
  /** Replaced, never changed. */
  #loops: readonly Loop[] = none;
  #isOver = false;

  constructor(host: ConsumersHost) {
    this.#host = host;
  }

  /** A subscriber or a loop is there. */
  get isRead(): boolean {
    return this.#subscribed + this.#loops.length > 0;
  }

  /** A consumer is there. */
  get any(): boolean {
    return this.isRead || this.#host.hasCallback;
  }

  get messages$(): Observable<never> {
    return new Observable((subscriber) => this.#add(subscriber as Subscriber<unknown>));
  }

  /** A loop that begins now. */
  loop(): AsyncIterableIterator<never> {
    const loop = new Loop((left) => {
      this.#loops = this.#loops.filter((other) => other !== left);
      this.#host.changed();
    });
    if (this.#isOver) loop.end();
    else {
      this.#loops = [...this.#loops, loop];
      this.#host.changed();
    }
    return loop;
  }

  /** Hands a message to all that are present. Returns whether each has done with it at once; else `to` is told when. */
  hand(message: unknown, delivery: Delivery, to: Handing, number: number): boolean {
    // No closure is made without a loop, as most messages are for a callback alone that handles them at once.
    if (this.#loops.length === 0) return this.#handToOthers(message, delivery, to, number);
    let open = 1;
    const close = () => {
      open--;
      if (open === 0) to.finish(number);
    };
    for (const loop of this.#loops) {
      open++;
      loop.give(message, close);
    }
    if (this.#handToOthers(message, delivery, { finish: close }, number)) close();
    return false;
  }

  /** No message follows. */
  end(): void {
    this.#isOver = true;
    const loops = this.#loops;
    this.#loops = none;
    this.#subscribers?.complete();
    for (const loop of loops) loop.end();
  }

  #handToOthers(message: unknown, delivery: Delivery, to: Handing, number: number): boolean {
    const result = this.#host.hasCallback ? this.#call(message, delivery) : true;
    this.#subscribers?.next(message);
    if (typeof result === 'boolean') return result;
    result.then(
      () => to.finish(number),
      (error) => {
        if (this.#host.failed(error)) to.finish(number);
      },
    );
    return false;
  }

  /** Whether the message is handled, or what tells that later. */
  #call(message: unknown, delivery: Delivery): boolean | PromiseLike<unknown> {
    try {
      const result = this.#host.call(message, delivery) as PromiseLike<unknown> | undefined;
      return typeof result?.then === 'function' ? result : true;
    } catch (error) {
      return this.#host.failed(error);
    }
  }

  #add(subscriber: Subscriber<unknown>): void {
    if (this.#isOver) return subscriber.complete();
    this.#subscribers ??= new Broadcast();
    this.#subscribers.add(subscriber);
    this.#count(1);
    subscriber.add(() => this.#count(-1));
  }

  #count(more: number): void {
    this.#subscribed += more;
    this.#host.changed();
  }
}

/** A loop over the messages of a session: asking for the next message says that the one before is handled. */
class Loop implements AsyncIterableIterator<never> {
  readonly #left: (loop: Loop) => void;
  readonly #waiting: Deferred<IteratorResult<never>>[] = [];
  /** A message for which `next` was not called yet. */
  #given: { readonly message: never; readonly done: () => void } | undefined;
  /** Says that the message which the loop works on is handled. */
  #handled: (() => void) | undefined;
  #isOver = false;

  constructor(left: (loop: Loop) => void) {
    this.#left = left;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  give(message: unknown, done: () => void): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) {
      this.#given = { message: message as never, done };
      return;
    }
    waiting.resolve({ value: message as never, done: false });
    // Asked for twice: the next one is wanted already.
    if (this.#waiting.length > 0) done();
    else this.#handled = done;
  }

  next(): Promise<IteratorResult<never>> {
    this.#release();
    const given = this.#given;
    if (given !== undefined) {
      this.#given = undefined;
      this.#handled = given.done;
      return Promise.resolve({ value: given.message, done: false });
    }
    if (this.#isOver) return Promise.resolve(over);
    const waiting = deferred<IteratorResult<never>>();
    this.#waiting.push(waiting);
    return waiting.promise;
  }

  return(value?: unknown): Promise<IteratorResult<never>> {
    const given = this.#given;
    this.#given = undefined;
    this.end();
    this.#left(this);
    this.#release();
    given?.done();
    return Promise.resolve({ value, done: true });
  }

  /** A message that it was given can still be read; no other follows. */
  end(): void {
    this.#isOver = true;
    for (const waiting of this.#waiting.splice(0)) waiting.resolve(over);
  }

  #release(): void {
    const handled = this.#handled;
    this.#handled = undefined;
    handled?.();
  }
}

const over = { value: undefined, done: true } as const;
