/** A WebSocket of the platform to an inspector, dialled again when it is lost. */
import type { Subscription } from 'rxjs';
import { type Backoff, type BackoffPolicy, firstBackoff } from '../policy/backoff.ts';
import type { Clock } from '../time/clock.ts';
import type { ViewerSocket } from './viewer.ts';

/** What a reporter needs of a WebSocket: the platform's class has it, and that of `ws`. */
export interface ReportWebSocket {
  readonly bufferedAmount: number;
  onopen: ((event: never) => unknown) | null;
  onmessage: ((event: never) => unknown) | null;
  onclose: ((event: never) => unknown) | null;
  onerror: ((event: never) => unknown) | null;
  send(text: string): void;
  close(code?: number): void;
}

/** Milliseconds. */
const retries: BackoffPolicy = { type: 'exponential', base: 1000, factor: 2, cap: 30_000, jitter: 'equal' };
/** After this many milliseconds with a socket the next failure is a first one. */
const STABLE_MS = 5000;

export class Uplink {
  readonly #clock: Clock;
  readonly #dial: () => ReportWebSocket;
  readonly #opened: (socket: ViewerSocket) => void;
  #socket: ReportWebSocket | undefined;
  #openedAt: number | undefined;
  #backoff: Backoff | undefined;
  #waiting: Subscription | undefined;
  #stopped = false;

  constructor(clock: Clock, dial: () => ReportWebSocket, opened: (socket: ViewerSocket) => void) {
    this.#clock = clock;
    this.#dial = dial;
    this.#opened = opened;
    this.#open();
  }

  get connected(): boolean {
    return this.#openedAt !== undefined;
  }

  stop(): void {
    this.#stopped = true;
    this.#waiting?.unsubscribe();
    this.#socket?.close(1000);
  }

  #open(): void {
    try {
      this.#follow(this.#dial());
    } catch {
      // A content security policy may forbid the URL: the platform says so, and a later attempt may be allowed.
      this.#retry();
    }
  }

  #follow(socket: ReportWebSocket): void {
    this.#socket = socket;
    let onText: ((text: string) => void) | undefined;
    let onClose: (() => void) | undefined;
    const lost = () => {
      if (socket !== this.#socket) return;
      this.#socket = undefined;
      onClose?.();
      this.#retry();
    };
    // A page may give no other code; and a close frame that is not answered is not waited for.
    const close = () => {
      socket.close(1000);
      lost();
    };
    socket.onopen = () => {
      this.#openedAt = this.#clock.scheduler.now();
      this.#opened({
        get bufferedAmount() {
          return socket.bufferedAmount;
        },
        send: (text) => socket.send(text),
        close,
        drop: close,
        onMessage: (listener) => {
          onText = listener;
        },
        onClose: (listener) => {
          onClose = listener;
        },
      });
    };
    socket.onmessage = ({ data }: { readonly data: unknown }) => onText?.(String(data));
    socket.onclose = lost;
    socket.onerror = () => {};
  }

  #retry(): void {
    const { random, scheduler } = this.#clock;
    const wasStable = this.#openedAt !== undefined && scheduler.now() - this.#openedAt > STABLE_MS;
    this.#openedAt = undefined;
    if (this.#stopped) return;
    const next = wasStable ? undefined : this.#backoff?.next(random);
    this.#backoff = next ?? firstBackoff(retries, random);
    this.#waiting = scheduler.schedule(() => this.#open(), this.#backoff.delayMs);
  }
}
