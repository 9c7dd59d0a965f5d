/** A simulated standard WebSocket that opens at once, and whose buffer empties as a test has it. */
import type { StandardWebSocket, WebSocketConstructor } from '../../src/transport/websocket-standard.ts';

/** What becomes of `bufferedAmount`: `zero` and `nothing` are what incomplete implementations do. */
export type Keeping = 'bufferedAmount' | 'zero' | 'nothing';

export class SlowWebSocket extends EventTarget implements StandardWebSocket {
  readonly url: string;
  readonly protocol = '';
  readonly extensions = '';
  binaryType = 'blob';
  readyState = 0;
  readonly sent: (string | Uint8Array)[] = [];
  /** The most that was ever buffered. */
  peak = 0;
  #buffered = 0;
  readonly #keeping: Keeping;

  constructor(url: string, keeping: Keeping = 'bufferedAmount') {
    super();
    this.url = url;
    this.#keeping = keeping;
    queueMicrotask(() => {
      this.readyState = 1;
      this.dispatchEvent(new Event('open'));
    });
  }

  get bufferedAmount(): number {
    if (this.#keeping === 'nothing') return undefined as unknown as number;
    return this.#keeping === 'zero' ? 0 : this.#buffered;
  }

  send(data: string | Uint8Array): void {
    this.sent.push(data);
    this.#buffered += typeof data === 'string' ? Buffer.byteLength(data) : data.length;
    this.peak = Math.max(this.peak, this.#buffered);
  }

  /** Bytes leave the buffer; all of them without an argument. */
  drain(bytes = this.#buffered): void {
    this.#buffered = Math.max(0, this.#buffered - bytes);
  }

  /** A message of the peer arrives. */
  hear(data: string): void {
    this.dispatchEvent(new MessageEvent('message', { data }));
  }

  close(code = 1005, reason = ''): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    queueMicrotask(() => this.dispatchEvent(Object.assign(new Event('close'), { code, reason })));
  }
}

/** A constructor for `webSocketOver`, and the sockets that it made. */
export function slowWebSockets(keeping?: Keeping) {
  const sockets: SlowWebSocket[] = [];
  class Slow extends SlowWebSocket {
    constructor(url: string) {
      super(url, keeping);
      sockets.push(this);
    }
  }
  return { Constructor: Slow as unknown as WebSocketConstructor, sockets };
}
