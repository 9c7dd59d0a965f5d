/**
 * Counts the messages and bytes of connections while a viewer is attached. Inspectors and reporters of one supervisor share
 * the counts; without any of them its connections count nothing.
 */
import type { Traffic } from '../actors/incarnation/host.ts';
import type { Supervisor } from '../actors/supervisor/supervisor.ts';
import type { Amount } from '../base/session-view.ts';
import type { Passed, RowTraffic } from './rows.ts';
import { coreOf, type Inspected, type Time } from './supervisor-view.ts';

class Counted implements Traffic {
  readonly in = { messages: 0, bytes: 0 };
  readonly out = { messages: 0, bytes: 0 };

  received(chunk: unknown): void {
    this.in.bytes += sizeOf(chunk);
  }

  delivered(): void {
    this.in.messages++;
  }

  sent(bytes: number, whole: boolean): void {
    this.out.bytes += bytes;
    if (whole) this.out.messages++;
  }
}

type Counts = WeakMap<object, Counted>;

/** By supervisor, the counts that are under way. */
const shared = new WeakMap<Supervisor, { readonly counts: Counts; users: number }>();

export class TrafficMeter {
  readonly #supervisor: Supervisor;
  readonly #time: Time;
  #counts: Counts | undefined;
  #since = 0;

  constructor(supervisor: Supervisor, time: Time) {
    this.#supervisor = supervisor;
    this.#time = time;
  }

  /** Begins to count, unless others do already. */
  open(): void {
    if (this.#counts !== undefined) return;
    this.#since = this.#time.now();
    const known = shared.get(this.#supervisor) ?? { counts: new WeakMap(), users: 0 };
    known.users++;
    this.#counts = known.counts;
    shared.set(this.#supervisor, known);
    coreOf(this.#supervisor).trafficOf = (connection) => countedOf(known.counts, connection);
  }

  close(): void {
    const known = shared.get(this.#supervisor);
    if (this.#counts === undefined || known === undefined) return;
    this.#counts = undefined;
    if (--known.users > 0) return;
    shared.delete(this.#supervisor);
    coreOf(this.#supervisor).trafficOf = undefined;
  }

  /** What is to be told of a connection, `seconds` after it was told last; undefined for the same as `before`. */
  read(connection: Inspected, before: RowTraffic | undefined, seconds: number): RowTraffic | undefined {
    const counted = this.#counts?.get(connection);
    const { messages, bytes } = connection.buffered;
    const none = before === undefined && counted === undefined && messages === 0;
    if (none || (before !== undefined && isSame(before, counted, messages, bytes))) return undefined;
    return {
      since: before?.since ?? Math.max(this.#since, this.#time.now() - Math.round(seconds * 1000)),
      in: passed(counted?.in, before?.in, seconds),
      out: passed(counted?.out, before?.out, seconds),
      outbox: { messages, bytes },
    };
  }
}

/** Bytes of a chunk; a text counts by its length in UTF-16 units, a control frame by its payload. */
function sizeOf(chunk: unknown): number {
  if (typeof chunk === 'string') return chunk.length;
  if (ArrayBuffer.isView(chunk)) return chunk.byteLength;
  const { payload } = Object(chunk) as { readonly payload?: unknown };
  return payload === undefined ? 0 : sizeOf(payload);
}

function countedOf(counts: Counts, connection: object): Counted {
  let counted = counts.get(connection);
  if (counted === undefined) {
    counted = new Counted();
    counts.set(connection, counted);
  }
  return counted;
}

function isSame(before: RowTraffic, counted: Counted | undefined, messages: number, bytes: number): boolean {
  const { outbox } = before;
  return (
    outbox.messages === messages &&
    outbox.bytes === bytes &&
    isStill(before.in, counted?.in) &&
    isStill(before.out, counted?.out)
  );
}

/** Nothing has passed in this second, nor in the one before. */
function isStill({ messages, bytes, messageRate, byteRate }: Passed, counted: Amount = NONE): boolean {
  return messageRate === 0 && byteRate === 0 && counted.messages === messages && counted.bytes === bytes;
}

const NONE: Amount = { messages: 0, bytes: 0 };

function passed(counted: Amount = NONE, before: Amount = NONE, seconds: number): Passed {
  const { messages, bytes } = counted;
  const rate = (now: number, then: number) => Math.max(0, Math.round(((now - then) / seconds) * 10) / 10);
  return {
    messages,
    bytes,
    messageRate: rate(messages, before.messages),
    byteRate: rate(bytes, before.bytes),
  };
}
