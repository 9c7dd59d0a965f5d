/**
 * Records, between an incarnation and its transport, the properties that only a standard WebSocket needs: the
 * close frame of the peer, the chosen subprotocol and extensions, and the close frame to send.
 */
import type { CloseFrame, Socket, SocketSink, Transport } from '../ports/transport.ts';
import type { WebSocketCarrier, WebSocketFacts } from '../ports/websocket-carrier.ts';
import type { WebSocketChunk } from '../ports/websocket-chunk.ts';

/** The record of the latest socket. */
export class SocketRecord {
  /** The close frame of the peer; undefined when none arrived. */
  closeFrame: CloseFrame | undefined;
  /** The platform failed the socket after it was open. */
  failed = false;
  /** The close frame to send at the end of this side; undefined: the transport's default. */
  closeFrameToSend: CloseFrame | undefined;
  #socket: Socket<WebSocketChunk> | undefined;

  /** Undefined before the first dial, and when a dial failed at once. */
  get facts(): WebSocketFacts | undefined {
    return this.#carrier?.ws;
  }

  /** Bytes that the platform buffers. */
  get bufferedAmount(): number {
    return this.#carrier?.bufferedAmount ?? 0;
  }

  get #carrier(): Partial<WebSocketCarrier> | undefined {
    return this.#socket;
  }

  /**
   * A transport for one connection that dials over `transport` and records its sockets. Takes any URL: in the standard
   * one that cannot be dialled, as with port 0, is a failed dial and no exception.
   */
  over(transport: Transport<WebSocketChunk>): Transport<WebSocketChunk> {
    return {
      ...transport,
      check: () => undefined,
      dial: (...how) => this.#dial(transport, ...how),
    };
  }

  #dial(
    transport: Transport<WebSocketChunk>,
    ...[target, sink, clock]: Parameters<Transport<WebSocketChunk>['dial']>
  ) {
    this.closeFrame = undefined;
    this.failed = false;
    const socket = transport.dial(target, this.#recordingSink(sink), clock);
    this.#socket = socket;
    return this.#recordingSocket(socket);
  }

  #recordingSink(sink: SocketSink<WebSocketChunk>): SocketSink<WebSocketChunk> {
    return {
      opened: () => {
        const handleEvent = () => {
          this.failed = true;
        };
        this.facts?.addEventListener?.('error', { handleEvent });
        sink.opened();
      },
      received: (chunk) => sink.received(chunk),
      written: () => sink.written(),
      progressed: () => sink.progressed?.(),
      ended: (close) => {
        this.closeFrame = close;
        sink.ended(close);
      },
      failed: (failure) => sink.failed(failure),
      closed: () => sink.closed(),
    };
  }

  #recordingSocket(socket: Socket<WebSocketChunk>): Socket<WebSocketChunk> {
    return {
      write: (chunk, more) => socket.write(chunk, more),
      end: (close) => socket.end(this.closeFrameToSend ?? close),
      destroy: () => socket.destroy(),
      pause: () => socket.pause(),
      resume: () => socket.resume(),
      get takesWhole() {
        return socket.takesWhole as boolean;
      },
      get bytesRead() {
        return socket.bytesRead as number;
      },
      get progress() {
        return socket.progress;
      },
    };
  }
}
