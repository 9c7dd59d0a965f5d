/** A server for pages: WebSockets that answer the text heartbeat, and echo the rest. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { later } from '../transport/peers.ts';

/** Until it is stopped, or the test ends. */
export async function echoServer(port = 0) {
  const server = new WebSocketServer({ host: '127.0.0.1', port });
  const received: string[] = [];
  const seen = { sockets: 0 };
  server.on('connection', (ws) => {
    seen.sockets++;
    ws.on('message', (data) => {
      if (String(data) === 'ping') return ws.send('pong');
      received.push(String(data));
      ws.send(`echo ${data}`);
    });
  });
  await once(server, 'listening');
  const stop = async () => {
    for (const ws of server.clients) ws.close(1012);
    await new Promise((done) => server.close(done));
  };
  later(stop);
  const { port: bound } = server.address() as AddressInfo;
  return { server, received, seen, stop, port: bound, url: `ws://127.0.0.1:${bound}/` };
}
