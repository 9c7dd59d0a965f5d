/** A supervised connection behind the interface of a standard WebSocket (WHATWG WebSockets). */
import type { Connection } from '../actors/supervisor/handle.ts';
import type { Supervisor } from '../actors/supervisor/supervisor.ts';
import type { DeliveryError } from '../base/errors.ts';
import type { PolicyConfig } from '../config/policy.ts';
import type { Presentation } from '../endpoints/providers.ts';
import type { ConnectionState } from '../machines/connection.ts';
import type { Exit, ExitReason } from '../policy/exits.ts';
import type { Protocol } from '../ports/protocol.ts';
import type { CloseFrame, Transport } from '../ports/transport.ts';
import type { WebSocketChunk } from '../ports/websocket-chunk.ts';
import { utf8Length } from '../protocols/utf8.ts';
import type { WebSocketMessage } from '../protocols/websocket-messages.ts';
import { SocketRecord } from './recorded-transport.ts';
import {
  closeFrameOf,
  isBlob,
  payloadOf,
  requireArgument,
  socketUrl,
  subprotocols,
  textOf,
} from './socket-arguments.ts';
import { closeEvent, type Handler, HandlerAttributes, messageEvent } from './socket-events.ts';

/** The parts that all sockets of a class share. */
export interface SocketBasis {
  readonly supervisor: Supervisor;
  readonly transport: Transport<WebSocketChunk>;
  readonly protocol: Protocol<WebSocketMessage, WebSocketMessage, WebSocketChunk>;
  readonly reopen: boolean;
  /** The policy of a socket that is open: the standard sets no limit to what waits there. */
  readonly openPolicy: PolicyConfig;
  readonly presentation: SocketPresentation;
  /** Reads the arguments behind the URL; the standard's constructor takes one, the subprotocols. */
  readonly readArguments: ReadArguments;
  /** A new id for each socket: several may have one URL. */
  nextId(): string;
}

export type SocketPresentation = Omit<Presentation, 'protocols'>;

/** `presentation` is that of the class, and what comes back that of the socket. Throws `TypeError`. */
export type ReadArguments = (
  presentation: SocketPresentation,
  protocols: unknown,
  options: unknown,
) => { readonly presentation: SocketPresentation; readonly protocols: unknown };

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

/** The close code that tells the server of a lost message (RFC 6455 section 7.4.1). */
const internalError = 1011;

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
  /** Messages that are neither written nor lost; `close` waits for them. */
  #pending = 0;
  /** Resolves when the blobs being read are read; later messages wait for it. */
  #reading: Promise<void> | undefined;
  #openings = 0;
  /** Why this side failed the socket itself: a message that it had taken cannot be sent. */
  #failure: string | undefined;

  constructor(basis: SocketBasis, url: string | URL, ...given: [protocols: unknown, options: unknown]) {
    super();
    this.#basis = basis;
    this.#url = socketUrl(url);
    const { presentation, protocols } = basis.readArguments(basis.presentation, ...given);
    this.#connection = basis.supervisor.connect({
      id: basis.nextId(),
      url: this.#url.href,
      transport: this.#record.over(basis.transport),
      protocol: basis.protocol,
      protocols: subprotocols(protocols),
      ...presentation,
      ...(basis.reopen ? {} : { reconnect: { restart: 'temporary' }, ...basis.openPolicy }),
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
    return Math.max(this.#unwritten, this.#record.bufferedAmount);
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
    const text = textOf(type);
    this.#binaryType = text === 'blob' || text === 'arraybuffer' ? text : this.#binaryType;
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
    // biome-ignore lint/complexity/noArguments: a missing argument is not the same as undefined
    requireArgument('send', arguments.length);
    const state = this.#readyState;
    const payload = payloadOf(data);
    if (this.#openings === 0 && state === CONNECTING)
      throw new DOMException('send: the WebSocket is still connecting.', 'InvalidStateError');
    this.#unwritten += sizeOf(payload);
    if (state >= CLOSING) return;
    this.#pending++;
    if (isBlob(payload)) this.#read(payload);
    else if (this.#reading === undefined) this.#submit(payload);
    else this.#reading.then(() => this.#submit(payload));
  }

  close(...[code, reason]: [code?: number, reason?: string]): void {
    const state = this.#readyState;
    const frame = closeFrameOf(code, reason);
    if (state < CLOSING) this.#close(frame);
  }

  /** Leaves what waits the time that it needs, as long as the socket is open: deadlines watch over its progress. */
  #close(frame: CloseFrame): void {
    const wasOpen = this.#readyState === OPEN;
    this.#readyState = CLOSING;
    this.#record.closeFrameToSend = frame;
    if (!wasOpen || this.#pending === 0) this.#connection.close();
  }

  #onState(state: ConnectionState): void {
    const usable = state === 'alive' || state === 'suspect';
    // A socket that is lost while it sends its last messages is followed by no other, also with `reopen`.
    if (this.#isLeaving && !usable) this.#connection.close();
    if (this.#readyState >= CLOSING) return;
    if (usable) return this.#onAlive();
    // A replaced socket still delivers the messages that were under way.
    if (state === 'closing' && this.#basis.reopen) return;
    if (this.#readyState === OPEN && this.#basis.reopen) this.#connection.configure({});
    this.#readyState = state === 'closing' ? CLOSING : CONNECTING;
  }

  /** Called at every change to `alive`; one after a suspicion fires no event. */
  #onAlive(): void {
    if (this.#readyState === OPEN) return;
    if (this.#basis.reopen) this.#connection.configure(this.#basis.openPolicy);
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

  #onEnd({ reason: why }: Exit): void {
    this.#readyState = CLOSED;
    const frame = this.#failure === undefined ? this.#record.closeFrame : undefined;
    const ours = this.#failure !== undefined || this.#record.failed || failedByClient.has(why);
    if (this.#openings === 0 || (ours && frame === undefined)) this.dispatchEvent(new Event('error'));
    const { code, reason } = frame ?? { code: 1006, reason: this.#failure ?? why };
    this.dispatchEvent(closeEvent({ code, reason, wasClean: frame !== undefined }));
  }

  #submit(message: WebSocketMessage): void {
    this.#connection.send(message).then(
      () => {
        this.#unwritten -= sizeOf(message);
        this.#settled();
      },
      ({ outcome = 'never-sent' }: Partial<DeliveryError>) => this.#onLost(sizeOf(message), outcome),
    );
  }

  #settled(): void {
    if (--this.#pending === 0 && this.#isLeaving) this.#connection.close();
  }

  /** This side ends the socket. */
  get #isLeaving(): boolean {
    return this.#readyState === CLOSING && this.#record.closeFrameToSend !== undefined;
  }

  /**
   * A message that was taken cannot be sent: the connection fails, as the standard says of a full buffer. A
   * reopening class keeps it, and fires `error`.
   */
  #onLost(bytes: number, failure: string): void {
    this.#settled();
    if (this.#readyState >= CLOSING) return;
    if (this.#basis.reopen) {
      this.#unwritten -= bytes;
      this.dispatchEvent(new Event('error'));
    } else {
      this.#failure = failure;
      this.#close({ code: internalError, reason: failure });
    }
  }

  #read(blob: Blob): void {
    const bytes = blob.arrayBuffer();
    const earlier = this.#reading ?? Promise.resolve();
    const reading = Promise.allSettled([bytes, earlier]).then(([read]) => {
      if (read.status === 'fulfilled') this.#submit(new Uint8Array(read.value));
      else this.#onLost(blob.size, 'unreadable');
    });
    this.#reading = reading;
    reading.then(() => {
      if (this.#reading === reading) this.#reading = undefined;
    });
  }
}

function sizeOf(payload: string | Uint8Array | Blob): number {
  if (typeof payload === 'string') return utf8Length(payload);
  return isBlob(payload) ? payload.size : payload.byteLength;
}
