/** `connection.peer`: the other end of accepted and dialled connections. */
import { createServer } from 'node:http';
import { expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import type { Connection } from '../../../src/actors/supervisor/handle.ts';
import { line } from '../../../src/protocols/line.ts';
import { tcp } from '../../../src/transport/tcp.ts';
import { tls } from '../../../src/transport/tls.ts';
import { webSocketOverWs } from '../../../src/transport/websocket-ws.ts';
import { supervision } from '../../support/supervision.ts';
import { certificate, later, scratchPath, serving } from '../../transport/peers.ts';
import { urlOf } from '../../transport/websocket-peers.ts';

/** Both ends ask for a certificate, and trust the one there is. */
const mutual = { ...certificate, ca: certificate.cert, requestCert: true, servername: 'localhost' };

async function pair(url: string) {
  const transports = [tcp(), tls(mutual), webSocketOverWs(mutual)];
  const here = supervision({ transports });
  const early: unknown[] = [];
  const accepted = new Promise<Connection>((resolve) => {
    const onConnection = (connection: Connection) => {
      early.push(connection.peer);
      resolve(connection);
    };
    const protocol = url.startsWith('w') ? 'websocket' : line();
    void here.supervisor.listen({ url, protocol, onConnection }).then((listener) => {
      const dialled = here.supervisor.connect({ id: 'dialled', url: listener.url, protocol });
      return dialled;
    });
  });
  const theirs = await accepted;
  const ours = here.supervisor.get('dialled') as Connection;
  await ours.ready();
  return { ...here, early, theirs, ours };
}

const loopback = { address: '127.0.0.1', family: 'IPv4', port: expect.any(Number) };
const secure = { ...loopback, authorized: true, certificate: { subject: { CN: 'localhost' } } };

it.each([
  ['tcp', 'tcp://127.0.0.1:0', loopback],
  ['tls', 'tls://127.0.0.1:0', secure],
  ['ws', 'ws://127.0.0.1:0', loopback],
  ['wss', 'wss://127.0.0.1:0', secure],
  ['unix', undefined, { family: 'unix' }],
])(
  'peer: the ends of a %s connection know each other, the accepted one also after its end',
  async (_, url, known) => {
    const { early, theirs, ours } = await pair(url ?? `unix:${scratchPath()}`);
    expect(early).toMatchObject([known]);
    expect([theirs.peer, ours.peer]).toMatchObject([known, known]);
    const before = theirs.peer;
    if (ours.peer?.port !== undefined) expect(ours.url).toContain(String(ours.peer.port));
    await ours.close();
    await theirs.closed;
    expect(theirs.peer).toEqual(before);
    expect(ours.peer).toBeUndefined();
  },
);

it('peer: known of a socket that a server of the user accepted', async () => {
  const { supervisor } = supervision();
  const server = createServer();
  const transport = webSocketOverWs();
  const accepted = new Promise<Connection>((resolve) => {
    new WebSocketServer({ server, autoPong: false }).on('connection', (ws, request) => {
      resolve(supervisor.accept({ ws, request }, { transport, protocol: 'websocket' }));
    });
  });
  await serving(server, { host: '127.0.0.1', port: 0 });
  later(() => server.closeAllConnections());
  supervisor.connect({ url: urlOf(server).href });
  expect((await accepted).peer).toMatchObject(loopback);
});

it('peer: unknown before the socket is connected', () => {
  const { supervisor } = supervision();
  expect(supervisor.connect({ url: 'tcp://127.0.0.1:9' }).peer).toBeUndefined();
});
