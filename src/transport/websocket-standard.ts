/** WebSocket over a constructor that follows the WHATWG standard, such as a browser's. */
import { describeThrown } from '../policy/exits.ts';
import type { CloseFrame, SocketSink, Transport } from '../ports/transport.ts';
import type { WebSocketCarrier, WebSocketFacts } from '../ports/websocket-carrier.ts';
import { isControl, type WebSocketChunk } from '../ports/websocket-chunk.ts';
import { type Clock, systemClock } from '../time/clock.ts';
import { failedAtOnce } from './dial-failure.ts';
import { checkDialledWebSocketUrl } from './url-checks.ts';

/** The members of a standard `WebSocket` that this adapter uses. */
export interface StandardWebSocket extends WebSocketFacts {
  binaryType: string;
  readonly readyState: number;
  readonly bufferedAmount: number;
  // A method, so that classes fit whose parameter is narrower or wider. TypeScript 5.4 has no `Uint8Array<ArrayBuffer>`.
  send(data: string | Uint8Array): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: string, listener: Listener): void;
  removeEventListener(type: string, listener: Listener): void;
}

export type WebSocketConstructor = new (url: string, protocols?: string[]) => StandardWebSocket;

interface Listener {
  handleEvent(event: StandardEvent): void;
}

/** `data` of a message event, `code` and `reason` of a close event. */
interface StandardEvent {
  readonly type: string;
  readonly data?: unknown;
  readonly code?: number;
  readonly reason?: string;
}

const events = ['open', 'message', 'close', 'error'];
const open = 1;

/** Writes are reported while the browser's buffer holds at most this many bytes. */
const MARK = 128 * 1024;
/** After progress so many looks at the buffer follow each other, each in a task of its own, before one waits for a timer. */
const TURNS = 32;
/** The longest wait for a timer between two looks, in milliseconds. */
const LONGEST = 64;

/**
 * The transport for browsers: `webSocketOver(WebSocket)`.
 *
 * The standard has no ping and pong frames (the protocol `websocket-text` needs none), no reason for a failed
 * dial (reported as `unreachable`), no headers (`bad-config`), and no way to stop reading: `pause` does nothing.
 * `written` follows a `write` in a microtask while `bufferedAmount` is at most 128 KiB, and otherwise once it has
 * fallen that far; what falls of it meanwhile is `progressed`. It is read with each write and each message, and by
 * the clock only while it is above the mark: 1 to 64 ms apart. Where it is missing or stays 0, each write is reported
 * at once. A message is one `write`, however long. `end` omits a code that a page may not send, and its reason.
 * `destroy` reports `closed` although the platform may still wait for the peer's close frame: in Node without
 * an end, which keeps the program running.
 */
export function webSocketOver(Constructor: WebSocketConstructor): Transport<WebSocketChunk> {
  return {
    name: 'websocket-standard',
    schemes: ['ws', 'wss'],
    carrier: 'messages',
    provedByOpening: true,
    defaultProtocol: 'websocket-text',
    check: checkDialledWebSocketUrl,
    dial: ({ url, headers = {}, protocols = [] }, sink, clock = systemClock) => {
      try {
        if (Object.keys(headers).length > 0) throw new Error('a standard WebSocket takes no headers');
        return new StandardSocket(new Constructor(url.href, [...protocols]), sink, clock);
      } catch (error) {
        // The constructor throws for bad arguments only.
        return failedAtOnce({ reason: 'bad-config', detail: describeThrown(error), error }, sink);
      }
    },
  };
}

class StandardSocket implements WebSocketCarrier, Listener {
  readonly ws: StandardWebSocket;
  readonly takesWhole = true;
  readonly #sink: SocketSink<WebSocketChunk>;
  readonly #clock: Clock;
  #opened = false;
  #closed = false;
  /** Writes that are not reported yet. */
  #unreported = 0;
  /** Bytes in the browser's buffer at the last look, and those given to it since. */
  #buffered = 0;
  /** Looks since the last progress. */
  #looks = 0;
  /** A look waits for its turn. */
  #turning = false;
  #timer: { unsubscribe(): void } | undefined;

  constructor(ws: StandardWebSocket, sink: SocketSink<WebSocketChunk>, clock: Clock) {
    this.ws = ws;
    this.#sink = sink;
    this.#clock = clock;
    ws.binaryType = 'arraybuffer';
    for (const event of events) ws.addEventListener(event, this);
    ws.addEventListener('error', ignoringListener);
  }

  get subprotocol(): string {
    return this.ws.protocol;
  }

  get bufferedAmount(): number {
    return this.ws.bufferedAmount;
  }

  handleEvent({ type, data, code = 1006, reason = '' }: StandardEvent): void {
    if (type === 'message') {
      // Messages that the peer answers have left.
      this.#report();
      if (!this.#closed)
        this.#sink.received(typeof data === 'string' ? data : new Uint8Array(data as ArrayBuffer));
    } else if (type === 'close') this.#close(code, reason);
    else if (type === 'error') {
      // Node 20 and 22 raise no event `close` for a dial that failed.
      if (!this.#opened) this.#clock.afterIo(() => this.#close(1006, ''));
    } else {
      this.#opened = true;
      this.#sink.opened();
    }
  }

  write(chunk: WebSocketChunk, more?: boolean): void {
    if (this.#closed || this.ws.readyState !== open) return;
    if (more || isControl(chunk)) {
      this.#sink.failed({
        reason: 'bad-config',
        detail: 'a standard WebSocket sends no slices, and no ping or pong frames',
      });
      return this.destroy();
    }
    this.#buffered -= this.ws.bufferedAmount;
    this.ws.send(chunk);
    this.#buffered += this.ws.bufferedAmount;
    this.#unreported++;
    queueMicrotask(() => this.#report());
  }

  end({ code, reason }: CloseFrame = { code: 1000, reason: '' }): void {
    try {
      this.ws.close(code, reason);
    } catch {
      this.ws.close();
    }
  }

  destroy(): void {
    if (this.#closed) return;
    this.#detach();
    this.ws.close();
    queueMicrotask(() => this.#sink.closed());
  }

  pause(): void {}

  resume(): void {}

  /** Reports the writes that the browser has room for. */
  #report(): void {
    while (this.#unreported > 0 && !(this.ws.bufferedAmount > MARK)) {
      this.#unreported--;
      this.#sink.written();
    }
    if (this.#unreported > 0) this.#poll(this.ws.bufferedAmount);
  }

  /** Looks again later, and soon after progress: what leaves, leaves in parts. */
  #poll(buffered: number): void {
    if (buffered < this.#buffered) {
      this.#looks = 0;
      this.#sink.progressed?.();
    }
    this.#buffered = buffered;
    if (this.#turning) return;
    const look = () => {
      this.#turning = false;
      this.#report();
    };
    const waits = this.#looks++ - TURNS;
    if (waits < 0) {
      this.#turning = true;
      return this.#clock.afterIo(look);
    }
    this.#timer?.unsubscribe();
    this.#timer = this.#clock.scheduler.schedule(look, Math.min(LONGEST, 2 ** waits));
  }

  #close(code: number, reason: string): void {
    if (this.#closed) return;
    this.#detach();
    if (code !== 1006) this.#sink.ended({ code, reason });
    else {
      // React Native's says here what became of a dial.
      const why = reason === '' ? {} : { detail: reason };
      this.#sink.failed({ reason: this.#opened ? 'cut-off' : 'unreachable', code, ...why });
    }
    this.#sink.closed();
  }

  #detach(): void {
    this.#closed = true;
    this.#unreported = 0;
    this.#timer?.unsubscribe();
    for (const event of events) this.ws.removeEventListener(event, this);
  }
}

/** Error events carry no detail; some implementations throw when `error` has no listener. */
const ignoringListener: Listener = { handleEvent() {} };
