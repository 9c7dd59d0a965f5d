/** A supervised connection behind the interface of a standard WebSocket (WHATWG WebSockets). */
import type { Connection } from '../actors/supervisor/handle.ts';
import type { Supervisor } from '../actors/supervisor/supervisor.ts';
import type { Presentation } from '../endpoints/providers.ts';
import type { ConnectionState } from '../machines/connection.ts';
import type { Exit, ExitReason } from '../policy/exits.ts';
import type { Protocol } from '../ports/protocol.ts';
import type { Transport } from '../ports/transport.ts';
import type { WebSocketChunk } from '../ports/websocket-chunk.ts';
import { utf8Length } from '../protocols/utf8.ts';
import type { WebSocketMessage } from '../protocols/websocket-messages.ts';
import { SocketRecord } from './recorded-transport.ts';
import { closeFrameOf, payloadOf, socketUrl, subprotocols } from './socket-arguments.ts';
import { closeEvent, type Handler, HandlerAttributes, messageEvent } from './socket-events.ts';

/** The parts that all sockets of a class share. */
export interface SocketBasis {
  readonly supervisor: Supervisor;
  readonly transport: Transport<WebSocketChunk>;
  readonly protocol: Protocol<WebSocketMessage, WebSocketMessage, WebSocketChunk>;
  readonly reopen: boolean;
  readonly presentation: Omit<Presentation, 'protocols'>;
  /** A new id for each socket: several may have one URL. */
  nextId(): string;
}

const CONNECTING = 0;
const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;

export const readyStates = { CONNECTING, OPEN, CLOSING, CLOSED } as const;

/**
 * Reasons for which `error` fires after `open`: the client fails the socket itself. A lost socket only fires
 * `close`, as in browsers; some libraries treat `error` as fatal.
 */
const failedByClient: ReadonlySet<ExitReason> = new Set(['protocol-error', 'message-too-big', 'crashed']);

export class SupervisedWebSocket extends EventTarget {
  readonly #basis: SocketBasis;
  readonly #url: URL;
  readonly #record = new SocketRecord();
  readonly #handlers = new HandlerAttributes(this);
  readonly #connection: Connection<WebSocketMessage>;
  #readyState: 0 | 1 | 2 | 3 = CONNECTING;
  #binaryType: 'blob' | 'arraybuffer' = 'blob';
  /** Bytes passed to `send` and not yet written; lost bytes stay counted, unless the class reopens. */
  #unwritten = 0;
  /** Resolves when the blobs being read are read; later `send` and `close` calls wait for it. */
  #reading: Promise<void> | undefined;
  #openings = 0;

  constructor(basis: SocketBasis, url: string | URL, protocols: string | readonly string[]) {
    super();
    const { supervisor, transport, protocol, presentation, reopen } = basis;
    this.#basis = basis;
    this.#url = socketUrl(url);
    const offered = subprotocols(protocols);
    this.#connection = supervisor.connect({
      id: basis.nextId(),
      url: this.#url.href,
      transport: this.#record.over(transport),
      protocol,
      protocols: offered,
      ...presentation,
      ...(reopen ? {} : { reconnect: { restart: 'temporary' } }),
      onMessage: (message) => this.#received(message),
    });
    this.#connection.state$.subscribe((state) => this.#onState(state));
    this.#connection.closed.then((exit) => this.#onEnd(exit));
  }

  get url(): string {
    return this.#url.href;
  }

  get readyState(): 0 | 1 | 2 | 3 {
    return this.#readyState;
  }

  get bufferedAmount(): number {
    return Math.max(this.#unwritten, this.#record.facts?.bufferedAmount ?? 0);
  }

  get extensions(): string {
    return this.#record.facts?.extensions ?? '';
  }

  get protocol(): string {
    return this.#record.facts?.protocol ?? '';
  }

  get binaryType(): 'blob' | 'arraybuffer' {
    return this.#binaryType;
  }

  set binaryType(type: 'blob' | 'arraybuffer') {
    if (type === 'blob' || type === 'arraybuffer') this.#binaryType = type;
  }

  get onopen(): Handler<'open'> | null {
    return this.#handlers.get('open');
  }

  set onopen(handler: Handler<'open'> | null) {
    this.#handlers.set('open', handler);
  }

  get onmessage(): Handler<'message'> | null {
    return this.#handlers.get('message');
  }

  set onmessage(handler: Handler<'message'> | null) {
    this.#handlers.set('message', handler);
  }

  get onerror(): Handler<'error'> | null {
    return this.#handlers.get('error');
  }

  set onerror(handler: Handler<'error'> | null) {
    this.#handlers.set('error', handler);
  }

  get onclose(): Handler<'close'> | null {
    return this.#handlers.get('close');
  }

  set onclose(handler: Handler<'close'> | null) {
    this.#handlers.set('close', handler);
  }

  /** Between two sockets of a reopening class the message waits in the outbox; after the end it is discarded. */
  send(data: unknown): void {
    if (this.#openings === 0 && this.#readyState === CONNECTING)
      throw new DOMException('send: the WebSocket is still connecting.', 'InvalidStateError');
    const payload = payloadOf(data);
    this.#unwritten += sizeOf(payload);
    if (this.#readyState >= CLOSING) return;
    if (payload instanceof Blob) this.#read(payload);
    else this.#inTurn(() => this.#submit(payload));
  }

  close(...[code, reason]: [code?: number, reason?: string]): void {
    const frame = closeFrameOf(code, reason);
    if (this.#readyState >= CLOSING) return;
    this.#readyState = CLOSING;
    this.#record.closeFrameToSend = frame;
    this.#inTurn(() => void this.#connection.close());
  }

  #onState(state: ConnectionState): void {
    if (this.#readyState >= CLOSING) return;
    if (state === 'alive') return this.#onAlive();
    if (state === 'suspect') return;
    // A replaced socket still delivers the messages that were under way.
    if (state === 'closing' && this.#basis.reopen) return;
    this.#readyState = state === 'closing' ? CLOSING : CONNECTING;
  }

  /** Called at every change to `alive`; one after a suspicion fires no event. */
  #onAlive(): void {
    if (this.#readyState === OPEN) return;
    this.#readyState = OPEN;
    this.#openings++;
    this.dispatchEvent(new Event('open'));
  }

  #received(message: WebSocketMessage): void {
    if (this.#readyState !== OPEN) return;
    const data = typeof message === 'string' ? message : this.#binary(message);
    this.dispatchEvent(messageEvent(data, this.#url.origin));
  }

  /** The bytes are a copy that fills its buffer, so that the buffer can be handed out. */
  #binary(bytes: Uint8Array): Blob | ArrayBuffer {
    const buffer = bytes.buffer as ArrayBuffer;
    return this.#binaryType === 'blob' ? new Blob([buffer]) : buffer;
  }

  #onEnd(exit: Exit): void {
    this.#readyState = CLOSED;
    const { closeFrame } = this.#record;
    if (this.#openings === 0 || failedByClient.has(exit.reason)) this.dispatchEvent(new Event('error'));
    const { code, reason } = closeFrame ?? { code: 1006, reason: exit.reason };
    this.dispatchEvent(closeEvent({ code, reason, wasClean: closeFrame !== undefined }));
  }

  #submit(message: WebSocketMessage): void {
    this.#connection.send(message).then(
      () => {
        this.#unwritten -= sizeOf(message);
      },
      () => this.#onLost(sizeOf(message)),
    );
  }

  /** Fires `error` for a lost message. The standard then fails the connection; a reopening class keeps it. */
  #onLost(bytes: number): void {
    if (this.#readyState >= CLOSING) return;
    if (this.#basis.reopen) this.#unwritten -= bytes;
    this.dispatchEvent(new Event('error'));
    if (!this.#basis.reopen) this.#connection.close();
  }

  #read(blob: Blob): void {
    const bytes = blob.arrayBuffer();
    const earlier = this.#reading ?? Promise.resolve();
    const reading = Promise.allSettled([bytes, earlier]).then(([read]) => {
      if (read.status === 'fulfilled') this.#submit(new Uint8Array(read.value));
      else this.#onLost(blob.size);
    });
    this.#reading = reading;
    reading.then(() => {
      if (this.#reading === reading) this.#reading = undefined;
    });
  }

  #inTurn(act: () => void): void {
    if (this.#reading === undefined) act();
    else this.#reading.then(act);
  }
}

function sizeOf(payload: string | Uint8Array | Blob): number {
  if (typeof payload === 'string') return utf8Length(payload);
  return payload instanceof Blob ? payload.size : payload.byteLength;
}
