/**
 * The sending half of one incarnation. Hands messages to the socket in slices and never more than a
 * window at a time, so that a heartbeat waits for the message under way at most, and never behind
 * messages still queued on our side.
 */
import { DeliveryError } from '../base/errors.ts';
import type { Socket } from '../ports/transport.ts';
import { isControl } from '../ports/websocket-chunk.ts';
import type { Receipt } from './receipts.ts';
import type { slice } from './slices.ts';

/** Bytes handed to the socket and not reported as written; one slice on its way, one behind it. */
const WINDOW = 128 * 1024;

/** Writes under way, large or small: each costs about 700 B of memory until it is reported. */
const MOST_WRITES = 1024;
/** What the answers that are not reported as written may cost together: 16 small ones, or a long one alone. */
const ANSWERS = 16 * 1024;
/** The cost of an answer, which includes a few bytes. */
const ANSWER = 1024;
/** Stands in place of the id of a heartbeat. */
const IS_ANSWER = -1;

/** An encoded message and the promise of its sender. */
export interface Outgoing {
  readonly chunk: unknown;
  readonly bytes: number;
  /** Milliseconds for which the peer may be silent once it was written. */
  readonly silence: number;
  resolve(receipt: Receipt): void;
  reject(error: Error): void;
  /** The socket does not read the chunk any more. */
  freed?(): void;
}

/** A write under way, in the order of the socket. A list, since an empty array keeps its memory. */
interface InFlight {
  readonly bytes: number;
  /** Set on the last slice of a message. */
  readonly message: Outgoing | undefined;
  /** The id of a heartbeat, `IS_ANSWER`, or 0. */
  readonly heartbeat: number;
  /** The socket refused the write: it is closing. */
  dropped: boolean;
  next: InFlight | undefined;
}

/** A heartbeat or handshake frame that waits for the end of the message under way. */
interface Urgent {
  readonly chunk: unknown;
  readonly heartbeat: number;
  next: Urgent | undefined;
}

/** The part of an incarnation that a writer needs. */
export interface WriterHost {
  /** Whether messages may flow. A message under way stops between two slices, but lets nothing pass. */
  readonly flowing: boolean;
  /** The next business message, if messages may flow and there is one. */
  nextMessage(): Outgoing | undefined;
  /** The receipt for a message that was written just now. */
  readonly receipt: Receipt;
  /** A message was handed to the kernel whole. */
  departed(message: Outgoing, now: number): void;
  /** Bytes were handed to the kernel; `heartbeat` is its id when it was one, else 0. `whole`: they end a message. */
  handedOver(heartbeat: number, now: number, bytes: number, whole: boolean): void;
}

export type Slicing = typeof slice;

export class Writer {
  readonly #socket: Socket<unknown>;
  readonly #host: WriterHost;
  readonly #slice: Slicing | undefined;
  #oldest: InFlight | undefined;
  #newest: InFlight | undefined;
  #urgent: Urgent | undefined;
  /** The cost of the answers that wait or are under way. */
  #answers = 0;
  /** The newest answer that found no room; a newer one takes its place. */
  #lateAnswer: unknown;
  #writes = 0;
  #message: Outgoing | undefined;
  /** Where the next slice begins; -1 while a message is taken, and encoded. */
  #offset = 0;
  /** Bytes that the socket has not reported as written. */
  inFlight = 0;
  /** Messages taken from the host whose senders wait for their receipts, and their bytes. */
  messages = 0;
  messageBytes = 0;
  /** When the socket last took something, or was given something while it had nothing. */
  progressAt = 0;

  /** Without `slice` messages go whole. */
  constructor(socket: Socket<unknown>, host: WriterHost, slice?: Slicing) {
    this.#socket = socket;
    this.#host = host;
    this.#slice = socket.takesWhole ? undefined : slice;
  }

  get idle(): boolean {
    return (
      this.inFlight === 0 && this.#urgent === undefined && this.#message === undefined && this.#offset >= 0
    );
  }

  /** A message is cut into slices, and some are still to come. */
  get midMessage(): boolean {
    return this.#message !== undefined;
  }

  /**
   * Answers a ping. Of the answers beyond a bound only the newest is kept (RFC 6455 section 5.5.3 permits that): a peer
   * that asks and never reads would otherwise fill the memory of this side.
   */
  answer(chunk: unknown, now: number): void {
    const cost = costOf(sizeOf(chunk));
    if (this.#answers > 0 && this.#answers + cost > ANSWERS) {
      this.#lateAnswer = chunk;
      return;
    }
    this.#answers += cost;
    this.urgent(chunk, IS_ANSWER, now);
  }

  /** Sends ahead of all business messages, but never inside one. What is given while a message is encoded follows that one. */
  urgent(chunk: unknown, heartbeat: number, now: number): void {
    const urgent = { chunk, heartbeat, next: undefined };
    if (this.#urgent === undefined) this.#urgent = urgent;
    else lastOf(this.#urgent).next = urgent;
    this.pump(now);
  }

  /** Gives the socket as much as the window has room for; not from within `encode`, whose message goes first. */
  pump(now: number): void {
    while (this.#offset >= 0 && this.inFlight < WINDOW && this.#writes < MOST_WRITES && this.#writeOne(now));
  }

  /** The socket reports the oldest write as handed to the kernel. */
  written(now: number): void {
    const done = this.#oldest;
    if (done === undefined) return;
    this.#oldest = done.next;
    if (done.next === undefined) this.#newest = undefined;
    this.inFlight -= done.bytes;
    this.#writes--;
    this.progressAt = now;
    if (done.message !== undefined) this.#wrote(done.message, now);
    if (done.heartbeat === IS_ANSWER) this.#answered(done.bytes, now);
    this.#host.handedOver(Math.max(0, done.heartbeat), now, done.bytes, done.message !== undefined);
    this.pump(now);
  }

  /**
   * The socket is gone. What it was given whole may have arrived, and counts as written; a message cut
   * short cannot have arrived.
   */
  abandon(): void {
    for (let write = this.#oldest; write !== undefined; write = write.next) {
      if (write.dropped)
        write.message?.reject(
          new DeliveryError('never-sent', 'the socket closed before the message was written'),
        );
      else write.message?.resolve(this.#host.receipt);
    }
    this.#message?.reject(
      new DeliveryError('never-sent', 'the socket closed after a part of the message was written'),
    );
    this.#oldest = this.#newest = this.#urgent = this.#message = undefined;
    this.inFlight = this.messages = this.messageBytes = 0;
  }

  #answered(bytes: number, now: number): void {
    this.#answers -= costOf(bytes);
    const late = this.#lateAnswer;
    this.#lateAnswer = undefined;
    if (late !== undefined) this.answer(late, now);
  }

  #wrote(message: Outgoing, now: number): void {
    this.messages--;
    this.messageBytes -= message.bytes;
    message.resolve(this.#host.receipt);
    if (this.#socket.frees) message.freed?.();
    this.#host.departed(message, now);
  }

  #writeOne(now: number): boolean {
    if (this.#message === undefined) {
      const urgent = this.#urgent;
      if (urgent !== undefined) {
        this.#urgent = urgent.next;
        this.#write(urgent.chunk, false, undefined, urgent.heartbeat, now);
        return true;
      }
      this.#offset = -1;
      this.#message = this.#host.nextMessage();
      this.#offset = 0;
      if (this.#message === undefined) return this.#urgent !== undefined;
      this.messages++;
      this.messageBytes += this.#message.bytes;
    } else if (!this.#host.flowing) return false;
    this.#writeSlice(this.#message, now);
    return true;
  }

  #writeSlice(message: Outgoing, now: number): void {
    const slice = this.#slice?.(message.chunk, this.#offset);
    this.#offset = slice?.end ?? 0;
    const more = this.#offset > 0;
    if (!more) this.#message = undefined;
    this.#write(slice ? slice.chunk : message.chunk, more, more ? undefined : message, 0, now);
  }

  #write(chunk: unknown, more: boolean, message: Outgoing | undefined, heartbeat: number, now: number) {
    const bytes = sizeOf(chunk);
    const write: InFlight = { bytes, message, heartbeat, dropped: false, next: undefined };
    if (this.#newest === undefined) {
      this.progressAt = now;
      this.#oldest = write;
    } else this.#newest.next = write;
    this.#newest = write;
    this.inFlight += bytes;
    this.#writes++;
    write.dropped = this.#socket.write(chunk, more) === false;
  }
}

/** The cost of an answer in memory. */
function costOf(bytes: number): number {
  return Math.max(ANSWER, bytes);
}

function lastOf(urgent: Urgent): Urgent {
  let last = urgent;
  while (last.next !== undefined) last = last.next;
  return last;
}

/** Bytes of a chunk, at least 1; a text counts by its length in UTF-16 units, a control frame by its payload. */
export function sizeOf(chunk: unknown): number {
  if (ArrayBuffer.isView(chunk)) return Math.max(1, chunk.byteLength);
  if (isControl(chunk)) return sizeOf(chunk.payload);
  return typeof chunk === 'string' ? Math.max(1, chunk.length) : 1;
}
