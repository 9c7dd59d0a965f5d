/** Servers that answer what they hear, and are restarted on the same port after the first message. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { WebSocketServer } from 'ws';

export interface Echo {
  readonly url: string;
  /** What was heard, in order, by all of its lives. */
  readonly heard: string[];
  /** Sockets that are open. */
  open(): number;
  close(): Promise<void>;
}

/** Text messages over WebSocket; pings are answered by the package `ws`. */
export async function echoOverWebSocket(): Promise<Echo> {
  const heard: string[] = [];
  let server = await listening(0);
  const { port } = server.address() as AddressInfo;

  async function listening(at: number): Promise<WebSocketServer> {
    const started = new WebSocketServer({ port: at, host: '127.0.0.1' });
    started.on('connection', (socket) =>
      socket.on('message', (data) => {
        heard.push(String(data));
        socket.send(String(data));
        if (heard.length === 1) setTimeout(() => void restart(), 50);
      }),
    );
    await once(started, 'listening');
    return started;
  }

  async function restart(): Promise<void> {
    await close();
    server = await listening(port);
  }

  async function close(): Promise<void> {
    for (const socket of server.clients) socket.terminate();
    await new Promise((resolve) => server.close(resolve));
  }

  return { url: `ws://127.0.0.1:${port}/`, heard, open: () => server.clients.size, close };
}

/** Lines over TCP, with the heartbeats of the protocol `line`. */
export async function echoOverTcp(): Promise<Echo> {
  const heard: string[] = [];
  const sockets = new Set<Socket>();
  let server = await listening(0);
  const { port } = server.address() as AddressInfo;

  async function listening(at: number): Promise<Server> {
    const started = createServer((socket) => {
      sockets.add(socket.on('error', () => {}).on('close', () => sockets.delete(socket)));
      socket.setEncoding('utf8').on('data', (text) => {
        for (const line of String(text).split('\n').filter(Boolean)) answer(socket, line);
      });
    });
    await once(started.listen(at, '127.0.0.1'), 'listening');
    return started;
  }

  function answer(socket: Socket, line: string): void {
    if (line === 'PING') return void socket.write('PONG\n');
    heard.push(line);
    socket.write(`${line}\n`);
    if (heard.length === 1) setTimeout(() => void restart(), 50);
  }

  async function restart(): Promise<void> {
    await close();
    server = await listening(port);
  }

  async function close(): Promise<void> {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }

  return { url: `tcp://127.0.0.1:${port}`, heard, open: () => sockets.size, close };
}
