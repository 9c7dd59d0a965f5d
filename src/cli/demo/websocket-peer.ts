/** A peer over `ws`: pings are answered until it freezes; a message is the client's id. */
import type { Buffer } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Introduce, SocketPeer } from './peer.ts';

export function upgrading(introduce: Introduce) {
  const upgrader = new WebSocketServer({ noServer: true, clientTracking: false, autoPong: false });
  return (request: IncomingMessage, socket: Socket, head: Buffer): void => {
    upgrader.handleUpgrade(request, socket, head, (ws) => {
      const peer = new WebSocketPeer(ws, socket);
      ws.on('error', () => {});
      ws.on('ping', (payload) => peer.frozen || ws.pong(payload));
      ws.on('message', (name) => peer.frozen || introduce(String(name), peer));
    });
  };
}

class WebSocketPeer extends SocketPeer {
  readonly #ws: WebSocket;

  constructor(ws: WebSocket, socket: Socket) {
    super(socket);
    this.#ws = ws;
  }

  override close(): void {
    this.#ws.close(1000);
  }
}
