/** The socket of the WebSocket adapters: it also shows the platform's own `WebSocket`. */
import type { Socket } from './transport.ts';
import type { WebSocketChunk } from './websocket-chunk.ts';

export interface WebSocketCarrier extends Socket<WebSocketChunk> {
  readonly ws: WebSocketFacts;
  /** Bytes of messages that the platform still buffers, also those it reported as written. Absent where it holds none. */
  readonly bufferedAmount?: number;
}

/** Properties of the platform's `WebSocket` that the library itself does not use. */
export interface WebSocketFacts {
  /** The subprotocol the peer chose; empty without one, and before the upgrade. */
  readonly protocol: string;
  readonly extensions: string;
  addEventListener?(type: 'error', listener: { handleEvent(): void }): void;
}
