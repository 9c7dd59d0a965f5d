/** A server of plain `http` and `ws`, which decides on each upgrade by what came with it. */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { later } from '../transport/peers.ts';

export interface UpgradeServer {
  readonly url: string;
  /** The credentials of each upgrade: the header `authorization`, or else the token of the query. */
  readonly tokens: string[];
  /** Destroys all sockets, without a close frame. */
  drop(): void;
  /** Destroys all sockets, and refuses further dials. */
  die(): void;
  revive(): Promise<void>;
}

/**
 * Closed at the end of the test. `judge` says the status of an upgrade; 101 lets it through, and a close code
 * does so only to say that.
 */
export async function upgradeServer(judge: (token: string) => number = () => 101): Promise<UpgradeServer> {
  const tokens: string[] = [];
  const peers = new Set<WebSocket>();
  const sockets = new WebSocketServer({ noServer: true });
  const server = createServer();
  server.on('upgrade', (request, socket: Socket, head) => {
    const token = tokenOf(request);
    tokens.push(token);
    const status = judge(token);
    if (status === 101) return sockets.handleUpgrade(request, socket, head, (ws) => void peers.add(ws));
    if (status >= 1000) return sockets.handleUpgrade(request, socket, head, (ws) => ws.close(status));
    socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
  });
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const port = await listen(0);
  const drop = () => {
    for (const peer of peers) peer.terminate();
    peers.clear();
  };
  const die = () => {
    server.close();
    drop();
  };
  later(die);
  return { url: `ws://127.0.0.1:${port}/`, tokens, drop, die, revive: async () => void (await listen(port)) };
}

function tokenOf({ url = '', headers }: IncomingMessage): string {
  return headers.authorization ?? new URL(url, 'ws://h').searchParams.get('token') ?? 'none';
}
