/** An HTTP proxy of plain `node:http` that makes tunnels by CONNECT, closed at the end of the test. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { certificate, later, serving } from '../transport/peers.ts';

export interface ConnectProxy {
  /** Without credentials. */
  readonly url: string;
  /** What each request asked for, and its headers. */
  readonly requests: { readonly place: string; readonly headers: IncomingHttpHeaders }[];
  /** The sockets of clients that are open. */
  readonly clients: ReadonlySet<Socket>;
  /** Resolves when no client is left. */
  empty(): Promise<void>;
}

export interface ProxyBehaviour {
  /** Takes TLS. */
  readonly secure?: boolean;
  /** Wants these, as in `user:password`. */
  readonly credentials?: string;
  /** Where tunnels lead, on loopback; default: the port that was asked for. */
  readonly port?: number | string;
  /** Answers with this status line and these headers in place of a tunnel. */
  readonly refusal?: string;
}

export async function connectProxy(behaviour: ProxyBehaviour = {}): Promise<ConnectProxy> {
  const { secure = false, credentials, port, refusal } = behaviour;
  const server = secure ? createSecureServer(certificate) : createServer();
  const requests: ConnectProxy['requests'] = [];
  const clients = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    clients.add(socket.on('error', () => {}));
    socket.on('close', () => clients.delete(socket));
  });
  const wanted = credentials && `Basic ${Buffer.from(credentials).toString('base64')}`;
  server.on('connect', ({ url: place = '', headers }, client: Socket, head) => {
    requests.push({ place, headers });
    client.on('error', () => {});
    if (wanted !== undefined && headers['proxy-authorization'] !== wanted)
      return void client.end(
        'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="p"\r\n\r\n',
      );
    if (refusal !== undefined) return void client.end(`HTTP/1.1 ${refusal}\r\n\r\n`);
    const there = connect(Number(port ?? place.replace(/.*:/, '')), '127.0.0.1');
    later(() => there.destroy());
    there.on('error', () => client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'));
    there.on('connect', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      there.write(head);
      there.pipe(client).pipe(there);
      client.on('close', () => there.destroy());
      there.on('close', () => client.destroy());
    });
  });
  await serving(server, { host: '127.0.0.1', port: 0 });
  return {
    url: `${secure ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    clients,
    async empty() {
      for (const client of [...clients]) if (clients.has(client)) await once(client, 'close');
    },
  };
}
