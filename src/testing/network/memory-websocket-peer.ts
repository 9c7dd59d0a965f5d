/** The plain server's end of a simulated WebSocket: a peer that does not use holdfast. */
import type { CloseFrame, SocketSink } from '../../ports/transport.ts';
import { ControlFrame, isControl, type WebSocketChunk } from '../../ports/websocket-chunk.ts';
import { MemoryEnd } from './memory-end.ts';
import type { UpgradeRequest } from './memory-websocket-frames.ts';
import type { MemoryWebSocket } from './memory-websocket-socket.ts';

/** A plain end of a WebSocket. Assign the handlers that are needed; no method throws. Pings are answered. */
export interface MemoryWebSocketPeer {
  /** The client's upgrade request. */
  readonly request: UpgradeRequest | undefined;
  onMessage: ((message: string | Uint8Array) => void) | undefined;
  /** The last call, once. Without a close frame of the other side the code is 1006. */
  onClose: ((close: CloseFrame) => void) | undefined;
  /** Whether pings are answered. Default true. */
  autoPong: boolean;
  send(message: string | Uint8Array): void;
  /** Sends a close frame, code 1000 by default, after the pending messages. */
  close(code?: number, reason?: string): void;
  /** Drops the connection without a close frame. */
  terminate(): void;
  /** Stops reading, so that messages of the other side fill the window. */
  pause(): void;
  resume(): void;
}

export class WebSocketPeer
  extends MemoryEnd<MemoryWebSocket>
  implements MemoryWebSocketPeer, SocketSink<WebSocketChunk>
{
  onOpen: (() => void) | undefined;
  onMessage: ((message: string | Uint8Array) => void) | undefined;
  onClose: ((close: CloseFrame) => void) | undefined;
  autoPong = true;
  protected readonly socket: MemoryWebSocket;
  #close: CloseFrame = { code: 1006, reason: '' };

  constructor(attach: (sink: SocketSink<WebSocketChunk>) => MemoryWebSocket) {
    super();
    this.socket = attach(this);
  }

  get request(): UpgradeRequest | undefined {
    return this.socket.request;
  }

  send(message: string | Uint8Array): void {
    this.socket.write(message, false);
  }

  close(code = 1000, reason = ''): void {
    this.socket.end({ code, reason });
  }

  terminate(): void {
    this.socket.destroy();
  }

  // Called by the socket.

  opened(): void {
    this.onOpen?.();
  }

  received(chunk: WebSocketChunk): void {
    if (!isControl(chunk)) this.onMessage?.(chunk);
    else if (chunk.kind === 'ping' && this.autoPong)
      this.socket.write(new ControlFrame('pong', chunk.payload), false);
  }

  written(): void {}

  ended(close?: CloseFrame): void {
    if (close !== undefined) this.#close = close;
  }

  failed(): void {}

  closed(): void {
    this.onClose?.(this.#close);
  }
}
