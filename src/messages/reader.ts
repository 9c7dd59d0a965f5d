/** A loop over the messages of a connection, and the messages that wait for it. */

import type { Observable } from 'rxjs';
import { type Deferred, deferred } from '../base/deferred.ts';
import { ConfigError } from '../base/errors.ts';
import { checked, type Kinds } from '../base/options.ts';
import { sizeOf } from './writer.ts';

/** When the socket is to be paused. */
export interface ReadLimits {
  /** Messages waiting. Default 64. */
  readonly messages: number;
  /** Bytes waiting; of a text its characters, of anything else 1. Default 1 MiB. */
  readonly bytes: number;
}

/** How a loop over messages reads. */
export interface ReadOptions {
  /** The messages that may wait for the loop before the socket is paused. Default 64 messages, 1 MiB. */
  readonly buffer?: Partial<ReadLimits>;
}

/** The connection whose messages a loop reads. */
export interface ReadingHost {
  /** The connection is closing: a full loop gets no more messages. */
  readonly leaving: boolean;
  /** What users await of it now. */
  readonly life: {
    /** Loops that are full. */
    fullLoops: number;
  };
  /** A loop is full, or no longer. */
  updateReading(): void;
}

export class Reader implements AsyncIterableIterator<never> {
  readonly limits: ReadLimits;
  readonly #changed: (full: boolean) => void;
  readonly #left: () => void;
  #messages: (never | undefined)[] = [];
  #head = 0;
  #bytes = 0;
  #full = false;
  #over = false;
  #waiting: Deferred<IteratorResult<never>>[] = [];

  /** `changed`: whether it is full. `left`: it wants no more. */
  constructor(limits: ReadLimits, changed: (full: boolean) => void, left: () => void) {
    this.limits = limits;
    this.#changed = changed;
    this.#left = left;
  }

  /** True from the limits on, until half of the buffer is read. */
  get full(): boolean {
    return this.#full;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  push(message: unknown): void {
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) return waiting.resolve({ value: message as never, done: false });
    this.#messages.push(message as never);
    this.#bytes += sizeOf(message);
    this.#weigh();
  }

  next(): Promise<IteratorResult<never>> {
    if (this.#head < this.#messages.length) return Promise.resolve({ value: this.#shift(), done: false });
    if (this.#over) return Promise.resolve(done);
    const waiting = deferred<IteratorResult<never>>();
    this.#waiting.push(waiting);
    return waiting.promise;
  }

  /** Waiting messages can still be read; no other follows. */
  end(): void {
    this.#over = true;
    for (const waiting of this.#waiting) waiting.resolve(done);
    this.#waiting = [];
  }

  /** The loop was left early. */
  return(value?: unknown): Promise<IteratorResult<never>> {
    this.#messages = [];
    this.#head = this.#bytes = 0;
    this.end();
    this.#weigh();
    this.#left();
    return Promise.resolve({ value, done: true });
  }

  get #length(): number {
    return this.#messages.length - this.#head;
  }

  #shift(): never {
    const message = this.#messages[this.#head] as never;
    this.#messages[this.#head++] = undefined;
    this.#bytes -= sizeOf(message);
    if (this.#head === this.#messages.length || this.#head > 1024) {
      this.#messages = this.#messages.slice(this.#head);
      this.#head = 0;
    }
    this.#weigh();
    return message;
  }

  #weigh(): void {
    const { messages, bytes } = this.limits;
    const part = this.#full ? 2 : 1;
    const full = this.#length > 0 && (this.#length * part >= messages || this.#bytes * part >= bytes);
    if (full === this.#full) return;
    this.#full = full;
    this.#changed(full);
  }
}

const done = { value: undefined, done: true } as const;
const defaultLimits: ReadLimits = { messages: 64, bytes: 1024 * 1024 };

const readKinds: Kinds<ReadOptions> = { buffer: 0 };
const limitKinds: Kinds<ReadLimits> = { messages: 0, bytes: 0 };

/** Throws `ConfigError`. */
export function limitsOf(options: ReadOptions = {}): ReadLimits {
  const { buffer = {} } = checked('messages', options, readKinds);
  checked('buffer', buffer, limitKinds, 'buffer.');
  const limits = { ...defaultLimits, ...buffer };
  const wrong = (['messages', 'bytes'] as const).filter((key) => !(limits[key] >= 1));
  if (wrong.length === 0) return limits;
  const expected = 'a number, 1 or more';
  throw new ConfigError(wrong.map((key) => ({ path: `buffer.${key}`, value: limits[key], expected })));
}

/** A loop over these messages of the connection. */
export function readerOf(host: ReadingHost, messages$: Observable<never>, limits: ReadLimits): Reader {
  const { life } = host;
  const changed = (full: boolean) => {
    life.fullLoops += full ? 1 : -1;
    host.updateReading();
  };
  const reader = new Reader(limits, changed, () => subscription.unsubscribe());
  const subscription = messages$.subscribe({
    next: (message) => {
      if (!reader.full || !host.leaving) reader.push(message);
    },
    complete: () => reader.end(),
  });
  return reader;
}
