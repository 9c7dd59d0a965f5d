/**
 * The readers of one id's messages: subscribers, which take each message at once, and loops, which may be
 * slow. An inbox outlives incarnations, so messages of one are read before messages of the next.
 */
import type { Subscriber } from 'rxjs';
import { Broadcast } from '../base/broadcast.ts';
import { ConfigError } from '../base/errors.ts';
import { Reader, type ReadLimits } from './reader.ts';

/** How a loop over messages reads. */
export interface ReadOptions {
  /** The messages that may wait for the loop before the socket is paused. Default 64 messages, 1 MiB. */
  readonly buffer?: Partial<ReadLimits>;
}

/** The part of a connection that an inbox needs. */
export interface InboxHost {
  /** The connection is closing: a full loop gets no more messages. */
  readonly leaving: boolean;
  /** A loop is full, or none is any more. */
  updateReading(): void;
}

const defaultLimits: ReadLimits = { messages: 64, bytes: 1024 * 1024 };

export class Inbox {
  readonly #host: InboxHost;
  #subscribers: Broadcast<unknown> | undefined;
  #readers: Reader[] = [];

  constructor(host: InboxHost) {
    this.#host = host;
  }

  /** The slowest loop is full. */
  get full(): boolean {
    return this.#readers.some((reader) => reader.full);
  }

  add(subscriber: Subscriber<unknown>): void {
    this.#subscribers ??= new Broadcast();
    this.#subscribers.add(subscriber);
  }

  read(limits: ReadLimits): Reader {
    const reader = new Reader(
      limits,
      ({ full }) => {
        if (full || !this.full) this.#host.updateReading();
      },
      (left) => {
        this.#readers = this.#readers.filter((other) => other !== left);
      },
    );
    this.#readers.push(reader);
    return reader;
  }

  /** Hands a message to all readers; while the connection is closing, full loops miss it. */
  deliver(message: unknown): void {
    this.#subscribers?.next(message);
    for (const reader of this.#readers) if (!reader.full || !this.#host.leaving) reader.push(message);
  }

  end(): void {
    const readers = this.#readers;
    this.#readers = [];
    this.#subscribers?.complete();
    for (const reader of readers) reader.end();
  }
}

/** Throws `ConfigError`. */
export function limitsOf({ buffer = {} }: ReadOptions = {}): ReadLimits {
  const limits = { ...defaultLimits, ...buffer };
  const wrong = (['messages', 'bytes'] as const).filter((key) => !(limits[key] >= 1));
  if (wrong.length === 0) return limits;
  const expected = 'a number, 1 or more';
  throw new ConfigError(wrong.map((key) => ({ path: `buffer.${key}`, value: limits[key], expected })));
}
