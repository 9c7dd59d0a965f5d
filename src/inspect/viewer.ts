/** A connected page, or the inspector that a process reports to: its socket, what it watches, and its backlog. */
import type { ServerMessage } from './wire.ts';

/** The members of a WebSocket that a viewer uses. */
export interface ViewerSocket {
  readonly bufferedAmount: number;
  send(text: string): void;
  close(code: number, reason: string): void;
  /** Closes without a close frame, which a viewer that does not read would not get. */
  drop(): void;
  /** Where the platform has pings: `answered` is called for each pong. */
  ping?(answered: () => void): void;
  onMessage(listener: (text: string) => void): void;
  onClose(listener: () => void): void;
}

/** A connection that a viewer watches. */
export interface Watched {
  readonly reporter?: string | undefined;
  readonly id: string;
}

/** Backlog in bytes above which a viewer gets no deltas. */
const BEHIND = 1 << 20;
/** Backlog in bytes, beyond the list that was sent, above which a viewer is dropped at once. */
const HOPELESS = 32 << 20;
/** Milliseconds for which a viewer may be behind. */
const PATIENCE_MS = 5000;
/** Milliseconds between pings; the second one without a pong drops the viewer. */
const PING_MS = 10_000;

export class Viewer {
  readonly watched = new Map<string, Watched>();
  paused = false;
  /** Set by `options`: inbound messages are sent. */
  messages = false;
  /** Set when a delta was skipped: the viewer needs the whole list. */
  stale = false;
  readonly #socket: ViewerSocket;
  #behindSince: number | undefined;
  #pingedAt: number;
  #unanswered = 0;
  #allowance = HOPELESS;

  constructor(socket: ViewerSocket, now: number) {
    this.#socket = socket;
    this.#pingedAt = now;
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

  /** Raises the limit by the size of the list, which may exceed it. */
  sendList(text: string): void {
    this.#allowance = HOPELESS + this.#socket.bufferedAmount + text.length * 2;
    this.sendText(text);
  }

  /** Drops a viewer that does not read, as its backlog is memory of this process. */
  check(now: number): void {
    this.#behindSince = this.behind ? (this.#behindSince ?? now) : undefined;
    if (this.#behindSince !== undefined && now - this.#behindSince > PATIENCE_MS) return this.drop();
    if (this.#socket.ping === undefined || now - this.#pingedAt < PING_MS) return;
    if (this.#unanswered >= 2) return this.drop();
    this.#pingedAt = now;
    this.#unanswered++;
    this.#socket.ping(this.#answered);
  }

  drop(): void {
    this.#socket.drop();
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  readonly #answered = (): void => {
    this.#unanswered = 0;
  };
}
