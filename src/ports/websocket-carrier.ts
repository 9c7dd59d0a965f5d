/** What the adapters of WebSockets have beyond a socket: the object of the platform behind it. */
import type { Socket } from './transport.ts';
import type { WebSocketChunk } from './websocket-chunk.ts';

export interface WebSocketCarrier extends Socket<WebSocketChunk> {
  readonly ws: WebSocketFacts;
}

/** What a WebSocket knows of itself, and a link does not ask for. */
export interface WebSocketFacts {
  /** The subprotocol the peer chose; empty without one, and before the upgrade. */
  readonly protocol: string;
  readonly extensions: string;
  /** Bytes that were given to it, and have not left it. */
  readonly bufferedAmount: number;
}
