/** One page that looks: its socket, what it watches, and whether it keeps up. */
import type { Subscription } from 'rxjs';
import type { WebSocket } from 'ws';
import type { ServerMessage } from './wire.ts';

/** With more than this unread, in bytes, it gets no further news until it has caught up. */
const BEHIND = 1 << 20;
/** More than this beyond the list that it was sent, and it is dropped at once. */
const HOPELESS = 32 << 20;
/** How long it may be behind. */
const PATIENCE_MS = 5000;
/** How often it is asked whether it still reads; the second question unanswered is the last. */
const PING_MS = 10_000;

export class Viewer {
  /** Ids of connections. */
  readonly watched = new Map<string, Subscription | undefined>();
  paused = false;
  /** Whether it wants to see messages. */
  messages = false;
  /** It missed news, and needs the whole list. */
  stale = false;
  readonly #socket: WebSocket;
  #behindSince: number | undefined;
  #pingedAt: number;
  #unanswered = 0;
  #allowance = HOPELESS;

  constructor(socket: WebSocket, now: number) {
    this.#socket = socket;
    this.#pingedAt = now;
    socket.on('pong', () => {
      this.#unanswered = 0;
    });
  }

  get behind(): boolean {
    return this.#socket.bufferedAmount > BEHIND;
  }

  send(message: ServerMessage): void {
    this.sendText(JSON.stringify(message));
  }

  sendText(text: string): void {
    this.#socket.send(text);
    if (this.#socket.bufferedAmount > this.#allowance) this.drop();
  }

  /** A list is as long as it is; what counts is whether it gets read. */
  sendList(text: string): void {
    this.#allowance = HOPELESS + this.#socket.bufferedAmount + text.length * 2;
    this.sendText(text);
  }

  /** Drops a viewer that does not read: its list would be kept for it in our memory. */
  check(now: number): void {
    this.#behindSince = this.behind ? (this.#behindSince ?? now) : undefined;
    if (this.#behindSince !== undefined && now - this.#behindSince > PATIENCE_MS) return this.drop();
    if (now - this.#pingedAt < PING_MS) return;
    if (this.#unanswered >= 2) return this.drop();
    this.#pingedAt = now;
    this.#unanswered++;
    this.#socket.ping();
  }

  /** It would not read a goodbye either. */
  drop(): void {
    this.#socket.terminate();
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }
}
