/**
 * The adapter around one `WebSocket` of `ws`, dialled or accepted. Its listeners are module functions that
 * find their adapter on the socket, as those of `stream.ts` do.
 */
import type { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Socket as NetSocket } from 'node:net';
import { WebSocket } from 'ws';
import type { ExitReason, Failure } from '../policy/exits.ts';
import type { CloseFrame, DialProgress, Peer, SocketSink } from '../ports/transport.ts';
import type { WebSocketCarrier } from '../ports/websocket-carrier.ts';
import { ControlFrame, isControl, type WebSocketChunk } from '../ports/websocket-chunk.ts';
import { openingFailure } from './dial-failure.ts';
import type { Tune } from './dial-options.ts';
import { gather, hold } from './gather.ts';
import { readBeforeFailing } from './last-words.ts';
import { peerOf } from './peer.ts';
import { DialError } from './proxy-failure.ts';
import { Refusal } from './upgrade-refusal.ts';
import type { OwnDial } from './websocket-name-dial.ts';

const whole = { fin: true };
const fragment = { fin: false };
const adapter = Symbol('holdfast.websocket');

interface Carrier extends WebSocket {
  readonly [adapter]: WsSocket;
}

export function adapterOf(ws: WebSocket): WsSocket {
  return (ws as Carrier)[adapter];
}

/** The code of a close frame that has none (RFC 6455 section 7.4.1); never on the wire. */
const noStatus = 1005;

export class WsSocket implements WebSocketCarrier {
  readonly ws: WebSocket;
  readonly sink: SocketSink<WebSocketChunk>;
  /** The TCP or TLS socket below, known from the upgrade on; `undefined` for an adopted `ws` without its request. */
  wire: NetSocket | undefined;
  /** Destroyed or failed: only `closed` follows. */
  over = false;
  messageBytes = 0;
  /** The dial of a name or through a proxy, until it has ended, and its refusal after that. */
  dial: OwnDial | Refusal | undefined;
  /** Writes whose callbacks have not run yet. */
  unreported = 0;
  readonly #tune: Tune;
  #paused = false;
  #ended = false;

  /** `tune` sets what the kernel does with the socket, after `ws` has. */
  constructor(ws: WebSocket, sink: SocketSink<WebSocketChunk>, tune: Tune, wire?: NetSocket) {
    this.#tune = tune;
    this.ws = Object.assign(ws, { [adapter]: this });
    this.sink = sink;
    if (wire !== undefined) this.wire = readBeforeFailing(wire);
    ws.on('upgrade', onUpgrade).on('open', onOpen).on('error', onError).on('close', onClose);
    ws.on('message', onMessage).on('ping', onPing).on('pong', onPong);
  }

  /** Bytes of the wire, so that a long message counts while it arrives; else of complete messages. */
  get bytesRead(): number {
    return this.wire?.bytesRead ?? this.messageBytes;
  }

  get subprotocol(): string {
    return this.ws.protocol;
  }

  get remote(): Peer | undefined {
    return this.wire && peerOf(this.wire);
  }

  write(chunk: WebSocketChunk, more: boolean): boolean {
    if (this.ws.readyState !== WebSocket.OPEN) return false;
    const bytes = isControl(chunk) ? 0 : chunk.length;
    const unreported = this.unreported++;
    if (this.wire !== undefined) gather(this.wire, bytes, unreported);
    try {
      this.#send(chunk, more);
      return true;
    } catch (error) {
      this.fail({ ...openingFailure(error), reason: 'bad-config' });
      this.destroy();
      return false;
    }
  }

  get frees(): true {
    return true;
  }

  gather(): void {
    if (this.wire !== undefined) hold(this.wire);
  }

  #send(chunk: WebSocketChunk, more: boolean): void {
    const written = (error?: Error | null) => this.#written(error);
    if (!isControl(chunk)) this.ws.send(chunk, more ? fragment : whole, written);
    else if (chunk.kind === 'ping') this.ws.ping(chunk.payload, undefined, written);
    else this.ws.pong(chunk.payload, undefined, written);
  }

  end({ code, reason }: CloseFrame = { code: 1000, reason: '' }): void {
    if (this.ws.readyState === WebSocket.CONNECTING) return this.destroy();
    const text = clipReason(reason);
    if (code === noStatus) return this.ws.close();
    try {
      this.ws.close(code, text);
    } catch {
      this.ws.close(1000, text);
    }
  }

  get progress(): DialProgress | undefined {
    return this.dial?.opening?.progress;
  }

  destroy(): void {
    this.over = true;
    this.dial?.opening?.destroy();
    this.ws.terminate();
  }

  pause(): void {
    this.#paused = true;
    this.ws.pause();
  }

  resume(): void {
    this.#paused = false;
    this.ws.resume();
  }

  opened(): void {
    this.dial = undefined;
    if (this.wire) this.#tune.call(this.wire);
    // An adopted socket is still paused; a connecting one ignored an earlier `pause`.
    if (this.#paused) this.ws.pause();
    else this.ws.resume();
    hearEnd(this);
    this.sink.opened();
  }

  /** The peer sent a close frame. */
  ended(close: CloseFrame): void {
    if (this.over || this.#ended) return;
    this.#ended = true;
    this.sink.ended(close);
  }

  /** The peer ended its stream, or the socket closed. */
  cutOff(): void {
    if (this.#ended) return;
    this.fail({ reason: 'cut-off', code: 1006, detail: 'the connection ended without a close frame' });
  }

  fail(failure: Failure): void {
    if (this.over) return;
    this.over = true;
    this.sink.failed(failure);
  }

  receive(chunk: WebSocketChunk): void {
    // `ws` still parses bytes after `destroy` that were read before it.
    if (!this.over) this.sink.received(chunk);
  }

  /** Node reports success for the write that was under way when the wire broke; `destroyed` shows it. */
  #written(error: Error | null | undefined): void {
    this.unreported--;
    if (!error && !this.over && !this.wire?.destroyed && !this.wire?.errored) this.sink.written();
  }
}

/** Cuts to 123 bytes of UTF-8 (RFC 6455 section 5.5), at the end of a character. */
function clipReason(reason: string): Buffer {
  const bytes = Buffer.alloc(123);
  return bytes.subarray(0, new TextEncoder().encodeInto(reason, bytes).written);
}

/** The `ws` of Bun shows no socket: there complete messages count, and the peer has no address. */
function onUpgrade(this: WebSocket, response: IncomingMessage): void {
  const wire = response.socket as NetSocket | null;
  if (wire !== null) adapterOf(this).wire = readBeforeFailing(wire);
}

function onOpen(this: WebSocket): void {
  adapterOf(this).opened();
}

/** `ws` passes text as bytes, already checked to be UTF-8. */
function onMessage(this: WebSocket, data: unknown, isBinary: boolean): void {
  const bytes = data as Buffer;
  const self = adapterOf(this);
  self.messageBytes += bytes.length;
  self.receive(isBinary ? bytes : bytes.toString());
}

function onPing(this: WebSocket, payload: Buffer): void {
  adapterOf(this).receive(new ControlFrame('ping', payload));
}

function onPong(this: WebSocket, payload: Buffer): void {
  adapterOf(this).receive(new ControlFrame('pong', payload));
}

function onError(this: WebSocket, error: Error): void {
  const self = adapterOf(this);
  if (self.dial instanceof Refusal) return self.dial.settle();
  if (error instanceof DialError) return self.fail(error.failure);
  const failure = openingFailure(error);
  self.fail({ ...failure, reason: violationReason(failure.code, self.wire !== undefined) ?? failure.reason });
}

/** The reason of a protocol violation. After the upgrade's response every error of `ws` is one: it hides the wire's errors. */
function violationReason(code: Failure['code'], upgraded: boolean): ExitReason | undefined {
  const name = String(code);
  if (tooBig.has(name)) return 'message-too-big';
  // HPE_*: Node's HTTP parser rejected the answer.
  return upgraded || name.startsWith('WS_ERR_') || name.startsWith('HPE_') ? 'protocol-error' : undefined;
}

const tooBig: ReadonlySet<string> = new Set([
  'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',
  'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH',
  'WS_ERR_TOO_MANY_BUFFERED_PARTS', // small fragments in bulk
]);

/**
 * `ws` reports the peer's end, by a close frame or without one, when the socket is closed: up to 30 s later, if the
 * peer keeps its own end open. Its parser knows at once. Should a version of `ws` have none, `close` reports it.
 */
function hearEnd(adapter: WsSocket): void {
  const { _receiver: parser } = adapter.ws as { _receiver?: EventEmitter };
  parser?.on('conclude', (code: number, reason: Buffer) => adapter.ended({ code, reason: String(reason) }));
  parser?.on('finish', () => adapter.cutOff());
}

/** `ws` reports code 1006 when no close frame arrived. */
function onClose(this: WebSocket, code: number, reason: Buffer): void {
  const self = adapterOf(this);
  if (code === 1006) self.cutOff();
  else self.ended({ code, reason: String(reason) });
  self.sink.closed();
}
