/**
 * What a standard WebSocket tells its user, and a link does not ask its socket for: how the peer closed
 * and what it chose. Recorded between the link and the transport, as is the code of our own goodbye.
 */
import type { CloseFrame, Socket, SocketSink, Target, Transport } from '../ports/transport.ts';
import type { WebSocketCarrier, WebSocketFacts } from '../ports/websocket-carrier.ts';
import type { WebSocketChunk } from '../ports/websocket-chunk.ts';

/** The record of the latest socket. */
export class SocketRecord {
  /** Of the peer; undefined when there was none. */
  closeFrame: CloseFrame | undefined;
  /** What to say when we end it; undefined leaves it to the transport. */
  goodbye: CloseFrame | undefined;
  #socket: Socket<WebSocketChunk> | undefined;

  /** Undefined before the first dial, and when a dial failed at once. */
  get facts(): WebSocketFacts | undefined {
    return this.#socket !== undefined && 'ws' in this.#socket
      ? (this.#socket as WebSocketCarrier).ws
      : undefined;
  }

  /** The same transport, for one connection. */
  over(transport: Transport<WebSocketChunk>): Transport<WebSocketChunk> {
    return { ...transport, dial: (target, sink) => this.#dial(transport, target, sink) };
  }

  #dial(transport: Transport<WebSocketChunk>, target: Target, sink: SocketSink<WebSocketChunk>) {
    this.closeFrame = undefined;
    const socket = transport.dial(target, this.#hearing(sink));
    this.#socket = socket;
    return this.#speaking(socket);
  }

  #hearing(sink: SocketSink<WebSocketChunk>): SocketSink<WebSocketChunk> {
    return {
      opened: () => sink.opened(),
      received: (chunk) => sink.received(chunk),
      written: () => sink.written(),
      ended: (close) => {
        this.closeFrame = close;
        sink.ended(close);
      },
      failed: (failure) => sink.failed(failure),
      closed: () => sink.closed(),
    };
  }

  #speaking(socket: Socket<WebSocketChunk>): Socket<WebSocketChunk> {
    return {
      write: (chunk, more) => socket.write(chunk, more),
      end: (close) => socket.end(this.goodbye ?? close),
      destroy: () => socket.destroy(),
      pause: () => socket.pause(),
      resume: () => socket.resume(),
      get bytesRead() {
        return socket.bytesRead as number;
      },
    };
  }
}
