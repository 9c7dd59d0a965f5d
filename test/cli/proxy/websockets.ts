/** Plain WebSockets of `ws` on either side of a proxy. */
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';

/** A server of WebSockets, and the next of them. */
export async function webSockets() {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  onTestFinished(() => {
    for (const each of server.clients) each.terminate();
    server.close();
  });
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return {
    url: `ws://127.0.0.1:${port}/`,
    accepted: once(server, 'connection').then(([each]) => each as WebSocket),
    /** The one after that is called. */
    next: () => once(server, 'connection').then(([each]) => each as WebSocket),
  };
}

export async function dialled(port: number): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
  onTestFinished(() => socket.terminate());
  await once(socket, 'open');
  return socket;
}

/** The next messages, each as text, or as bytes where it came as such. */
export function messages(socket: WebSocket, count: number): Promise<unknown[]> {
  return new Promise((resolve) => {
    const got: unknown[] = [];
    socket.on('message', (data, isBinary) => {
      got.push(isBinary ? data : String(data));
      if (got.length === count) resolve(got);
    });
  });
}
