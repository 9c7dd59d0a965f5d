/** Failover and credentials on real sockets. */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import type { ConnectSpec } from '../../src/actors/supervisor/options.ts';
import { silentLogger } from '../../src/base/log.ts';
import { createSupervisor } from '../../src/presets/node.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const quick = { reconnect: { backoff: { type: 'fixed', delay: 5, jitter: 'none' } } } as const;

function connect(spec: ConnectSpec) {
  const supervisor = createSupervisor({ logger: silentLogger, ...quick });
  closers.push(() => supervisor.stop());
  return supervisor.connect(spec);
}

/** A WebSocket server: the token `good` is upgraded, every other token gets status 401. */
async function guarded() {
  const seen: (string | undefined)[] = [];
  const server = createServer();
  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    const token = new URL(request.url ?? '', 'ws://h').searchParams.get('token');
    const shown = token ?? request.headers.authorization;
    seen.push(shown);
    if (shown !== 'Bearer good') {
      socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => server.close());
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`, seen };
}

test('credentials: a stale token gets 401 on a real socket, and the next dial uses a new token', async () => {
  const { url, seen } = await guarded();
  const tokens = ['stale', 'good'];
  const connection = connect({ url, credentials: async () => tokens.shift() ?? 'none left' });
  await connection.ready();
  expect(seen).toEqual(['Bearer stale', 'Bearer good']);
  await connection.close();
});

test('credentials: the second 401 in a row on a real socket ends the connection as unauthorized', async () => {
  const { url, seen } = await guarded();
  const connection = connect({ url, credentials: ({ attempt }) => ({ query: { token: `try-${attempt}` } }) });
  await expect(connection.closed).resolves.toMatchObject({ reason: 'unauthorized', code: 401 });
  expect(seen).toEqual(['try-0', 'try-1']);
  expect(connection.url).toBe(url);
});

interface Endpoint {
  readonly url: string;
  /** Refuses new dials and resets all open sockets. */
  die(): void;
  drop(): void;
  revive(): Promise<void>;
}

async function endpoint(): Promise<Endpoint> {
  const peers = new Set<Socket>();
  let server: Server;
  const listen = async (port: number) => {
    server = createTcpServer((socket) => {
      peers.add(socket);
      socket.on('error', () => {}).on('data', () => socket.write('PONG\n'));
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const port = await listen(0);
  const drop = () => {
    for (const peer of peers) peer.resetAndDestroy();
    peers.clear();
  };
  const die = () => {
    server.close();
    drop();
  };
  closers.push(die);
  return { url: `tcp://127.0.0.1:${port}`, die, drop, revive: async () => void (await listen(port)) };
}

test.each([
  [true, 0],
  [false, 1],
])(
  'failover: after the second endpoint drops on a real socket, returnToFirst %s dials the endpoint at index %i',
  async (returnToFirst, next) => {
    const [first, second] = [await endpoint(), await endpoint()];
    const connection = connect({
      url: [first.url, second.url],
      endpoints: { returnToFirst },
      reconnect: { ...quick.reconnect, stableAfter: 0 },
    });
    await connection.ready();
    expect(connection.url).toBe(first.url);
    first.die();
    await expect.poll(() => [connection.state, connection.url]).toEqual(['alive', second.url]);
    await connection.ready();
    await first.revive();
    const { incarnation } = connection;
    second.drop();
    await expect.poll(() => connection.incarnation).toBe(incarnation + 1);
    await connection.ready();
    expect(connection.url).toBe([first.url, second.url][next]);
    await connection.close();
  },
);
