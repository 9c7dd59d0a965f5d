/** TLS sessions from one incarnation of a connection to the next, over a restart of a plain server. */
import { once } from 'node:events';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { tls } from '../../../src/transport/tls.ts';
import { webSocketOverWs } from '../../../src/transport/websocket-ws.ts';
import { supervision } from '../../support/supervision.ts';
import { certificate, serving } from '../../transport/peers.ts';

/** As servers behind a balancer have them, and those that keep them over a restart. */
const secrets = { ...certificate, ticketKeys: Buffer.alloc(48, 7) };

/** A server that greets, and ends with all its sockets. */
async function started(scheme: string, port: number) {
  const sockets = new Set<TLSSocket>();
  const server: Server = scheme === 'tls' ? createTlsServer(secrets) : createHttpsServer(secrets);
  server.on('secureConnection', (socket: TLSSocket) => {
    sockets.add(socket.on('error', () => {}));
    if (scheme === 'tls') socket.write('welcome\n');
  });
  if (scheme === 'wss')
    new WebSocketServer({ server: server as never }).on('connection', (ws) => ws.send('welcome'));
  await serving(server, { host: '127.0.0.1', port });
  const stop = async () => {
    server.close();
    for (const socket of sockets) socket.destroy();
    await once(server, 'close');
  };
  return { port: (server.address() as AddressInfo).port, stop };
}

it.each(['tls', 'wss'])(
  '%s: the incarnation after a restart of the server resumes the session',
  async (scheme) => {
    const first = await started(scheme, 0);
    const transports = [tls({ ca: secrets.cert }), webSocketOverWs({ ca: secrets.cert })];
    const { supervisor } = supervision({ transports });
    const heard: unknown[] = [];
    const connection = supervisor.connect({
      url: `${scheme}://127.0.0.1:${first.port}`,
      protocol: scheme === 'tls' ? 'line' : 'websocket',
      heartbeat: { interval: null },
      reconnect: { backoff: { base: 10, cap: 50 } },
    });
    const words = connection.messages()[Symbol.asyncIterator]();
    const hear = async () => heard.push([(await words.next()).value, connection.peer?.resumed]);
    await hear();
    await first.stop();
    await started(scheme, first.port);
    await hear();
    expect(heard).toEqual([
      ['welcome', false],
      ['welcome', true],
    ]);
    expect(connection.incarnation).toBeGreaterThan(1);
    await supervisor.stop();
  },
);
