/**
 * The adapter around one `WebSocket` of `ws`, dialled or accepted. As with streams, the listeners are
 * functions of the module, and find their adapter on the socket.
 */
import type { IncomingMessage } from 'node:http';
import type { Socket as NetSocket } from 'node:net';
import { WebSocket } from 'ws';
import type { ExitReason, Failure } from '../policy/exits.ts';
import type { CloseFrame, SocketSink } from '../ports/transport.ts';
import type { WebSocketCarrier } from '../ports/websocket-carrier.ts';
import { ControlFrame, type WebSocketChunk } from '../ports/websocket-chunk.ts';
import { openingFailure } from './dial-failure.ts';
import { gather } from './gather.ts';
import { keepAliveAfterMs } from './stream.ts';

const whole = { fin: true };
const fragment = { fin: false };
const adapter = Symbol('holdfast.websocket');

interface Carrier extends WebSocket {
  readonly [adapter]: WsSocket;
}

export function adapterOf(ws: WebSocket): WsSocket {
  return (ws as Carrier)[adapter];
}

/** Stands for a close frame without a code (RFC 6455 section 7.4.1); never on the wire. */
const noStatus = 1005;

export class WsSocket implements WebSocketCarrier {
  readonly ws: WebSocket;
  readonly sink: SocketSink<WebSocketChunk>;
  /** What carries the frames, once known: from the upgrade on, or never for a bare adopted `ws`. */
  wire: NetSocket | undefined;
  /** Destroyed or failed: only `closed` is still to come. */
  over = false;
  messageBytes = 0;
  /** Writes that were not reported. */
  unreported = 0;
  #paused = false;

  constructor(ws: WebSocket, sink: SocketSink<WebSocketChunk>, wire?: NetSocket) {
    this.ws = Object.assign(ws, { [adapter]: this });
    this.sink = sink;
    this.wire = wire;
    ws.on('upgrade', onUpgrade).on('open', onOpen).on('error', onError).on('close', onClose);
    ws.on('message', onMessage).on('ping', onPing).on('pong', onPong);
  }

  /** Of the wire: a long message counts while it arrives, and not only when it is complete. */
  get bytesRead(): number {
    return this.wire?.bytesRead ?? this.messageBytes;
  }

  write(chunk: WebSocketChunk, more: boolean): boolean {
    if (this.ws.readyState !== WebSocket.OPEN) return false;
    const bytes = chunk instanceof ControlFrame ? 0 : chunk.length;
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

  #send(chunk: WebSocketChunk, more: boolean): void {
    const written = (error?: Error | null) => this.#written(error);
    if (!(chunk instanceof ControlFrame)) this.ws.send(chunk, more ? fragment : whole, written);
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

  destroy(): void {
    this.over = true;
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
    this.wire?.setKeepAlive(true, keepAliveAfterMs);
    // An adopted socket waits paused; one that is still connecting ignores `pause`.
    if (this.#paused) this.ws.pause();
    else this.ws.resume();
    this.sink.opened();
  }

  fail(failure: Failure): void {
    if (this.over) return;
    this.over = true;
    this.sink.failed(failure);
  }

  receive(chunk: WebSocketChunk): void {
    // What was read before `destroy` is parsed after it.
    if (!this.over) this.sink.received(chunk);
  }

  /** As with streams: a broken wire calls its last write a success. */
  #written(error: Error | null | undefined): void {
    this.unreported--;
    if (!error && !this.over && !this.wire?.destroyed) this.sink.written();
  }
}

/** At most 123 bytes of UTF-8 (RFC 6455 section 5.5), and no half characters. */
function clipReason(reason: string): Buffer {
  const bytes = Buffer.alloc(123);
  return bytes.subarray(0, new TextEncoder().encodeInto(reason, bytes).written);
}

function onUpgrade(this: WebSocket, response: IncomingMessage): void {
  adapterOf(this).wire = response.socket;
}

function onOpen(this: WebSocket): void {
  adapterOf(this).opened();
}

/** `ws` passes text as bytes, already found to be UTF-8. */
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
  const failure = openingFailure(error);
  self.fail({ ...failure, reason: brokenRule(failure.code, self.wire !== undefined) ?? failure.reason });
}

/** After the upgrade's response `ws` reports what breaks the protocol, and never the wire's errors. */
function brokenRule(code: Failure['code'], upgraded: boolean): ExitReason | undefined {
  const name = String(code);
  if (tooBig.has(name)) return 'message-too-big';
  // HPE: an answer that is not HTTP.
  return upgraded || name.startsWith('WS_ERR_') || name.startsWith('HPE_') ? 'protocol-error' : undefined;
}

const tooBig: ReadonlySet<string> = new Set([
  'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',
  'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH',
  'WS_ERR_TOO_MANY_BUFFERED_PARTS', // small fragments in bulk
]);

/** 1006 stands for "there was no close frame". */
function onClose(this: WebSocket, code: number, reason: Buffer): void {
  const self = adapterOf(this);
  if (code === 1006)
    self.fail({ reason: 'cut-off', code, detail: 'the connection ended without a close frame' });
  else if (!self.over) self.sink.ended({ code, reason: reason.toString() });
  self.sink.closed();
}
