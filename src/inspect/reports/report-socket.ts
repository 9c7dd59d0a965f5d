/** The socket of one reporter: its messages are checked, and read no faster than a budget allows. */
import type { Subscription } from 'rxjs';
import type { WebSocket } from 'ws';
import type { Clock } from '../../time/clock.ts';
import type { Hello } from '../wire.ts';
import type { ClientMessage } from '../wire-requests.ts';
import { Budget } from './budget.ts';
import type { Remote, ReportLink } from './remote.ts';
import { parseReport, type ReportMessage } from './report-schema.ts';

/** Bytes of one message, which may be a whole list; longer ones close the socket with code 1009. */
export const MAX_REPORT_BYTES = 4 << 20;
const BYTES = { perSecond: 2 << 20, burst: 8 << 20 };
const MESSAGES = { perSecond: 1000, burst: 4000 };
/** Milliseconds within which `hello` has to come. */
const HELLO_MS = 5000;
/** Bytes that a reporter may leave unread: an inspector says little. */
const MAX_UNREAD = 1 << 20;

interface Desk {
  /** Returns the reporter of a `hello`, or the reason of a refusal. */
  greeted(hello: Hello, link: ReportLink): Remote | string;
  closed(): void;
}

export class ReportSocket implements ReportLink {
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #desk: Desk;
  readonly #bytes: Budget;
  readonly #messages: Budget;
  readonly #late: Subscription;
  #resuming: Subscription | undefined;
  #remote: Remote | undefined;

  constructor(socket: WebSocket, clock: Clock, desk: Desk) {
    this.#socket = socket;
    this.#clock = clock;
    this.#desk = desk;
    const now = clock.scheduler.now();
    this.#bytes = new Budget(BYTES, now);
    this.#messages = new Budget(MESSAGES, now);
    this.#late = clock.scheduler.schedule(() => this.close(1008, 'hello: expected within 5 s'), HELLO_MS);
    socket.on('message', (data) => this.#onMessage(String(data)));
    socket.on('close', () => this.#onClose());
    // ws reports the error to the peer and closes.
    socket.on('error', () => {});
  }

  say(message: ClientMessage): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#socket.send(JSON.stringify(message));
    if (this.#socket.bufferedAmount > MAX_UNREAD) this.#socket.terminate();
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason.slice(0, 120));
  }

  #onMessage(text: string): void {
    // What came before the close frame was sent, and is of no use.
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#spend(text.length);
    const message = parseReport(text);
    if (message === undefined) return;
    const why = typeof message === 'string' ? message : this.#take(message);
    if (why !== undefined) this.close(1008, why);
  }

  #take(message: ReportMessage): string | undefined {
    if (message.type !== 'hello') return this.#remote?.receive(message) ?? this.#greetedFirst();
    if (this.#remote !== undefined) return 'hello: once for each socket';
    const remote = this.#desk.greeted(message, this);
    if (typeof remote === 'string') return remote;
    this.#late.unsubscribe();
    this.#remote = remote;
    return undefined;
  }

  #greetedFirst(): string | undefined {
    return this.#remote === undefined ? 'hello: expected as the first message' : undefined;
  }

  /** A reporter beyond its budget is not read for a while: it notices as it would notice a slow network. */
  #spend(bytes: number): void {
    const now = this.#clock.scheduler.now();
    const wait = Math.max(this.#bytes.take(bytes, now), this.#messages.take(1, now));
    if (wait === 0) return;
    this.#socket.pause();
    this.#resuming?.unsubscribe();
    this.#resuming = this.#clock.scheduler.schedule(() => this.#socket.resume(), wait);
  }

  #onClose(): void {
    this.#late.unsubscribe();
    this.#resuming?.unsubscribe();
    this.#remote?.detach(this);
    this.#desk.closed();
  }
}
