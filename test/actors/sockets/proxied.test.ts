/** Connections through a proxy, as their supervisor sees them: deadlines, exits, and what is left. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { filter, firstValueFrom } from 'rxjs';
import { expect, it } from 'vitest';
import { silentLogger } from '../../../src/base/log.ts';
import { createSupervisor } from '../../../src/presets/node.ts';
import { virtualClock } from '../../../src/testing.ts';
import { webSocketOverWs } from '../../../src/transport/websocket-ws.ts';
import { connectProxy } from '../../support/connect-proxy.ts';
import { later, Reception } from '../../transport/peers.ts';
import { rawPeer, wsServer } from '../../transport/websocket-peers.ts';

function supervised(proxy: string, url: string, restart: 'permanent' | 'temporary') {
  const clock = virtualClock();
  const supervisor = createSupervisor({
    logger: silentLogger,
    clock,
    transports: [webSocketOverWs({ proxy })],
    deadlines: { connect: '10s' },
    reconnect: { restart },
  });
  later(() => supervisor.stop());
  const lines: unknown[] = [];
  supervisor.events$.subscribe((event) => lines.push(event));
  return { supervisor, clock, lines, connection: supervisor.connect({ url }) };
}

it('deadlines.connect covers the dial of the proxy, the tunnel and TLS within it', async () => {
  const asked = new Reception();
  const url = await rawPeer((socket) => void socket.once('data', () => asked.accepted(socket, '')));
  const { connection, clock } = supervised(
    `http://user:secret@${url.host}`,
    'wss://feed.example',
    'temporary',
  );
  const closed = once((await asked.next()) as Socket, 'close');
  clock.advance(10_000);
  expect(await connection.closed).toMatchObject({
    reason: 'connect-timeout',
    detail: `proxy http://${url.host}: no answer to CONNECT feed.example:443`,
  });
  await closed;
});

it('close() during the tunnel leaves no socket', async () => {
  const asked = new Reception();
  const url = await rawPeer((socket) => void socket.once('data', () => asked.accepted(socket, '')));
  const { connection } = supervised(`http://${url.host}`, 'ws://feed.example', 'permanent');
  const socket = (await asked.next()) as Socket;
  const closed = once(socket, 'close');
  expect(await connection.close()).toMatchObject({ reason: 'closed-by-us' });
  await closed;
});

it('a proxy that wants other credentials ends the connection, and no event shows them', async () => {
  const proxy = await connectProxy({ credentials: 'user:other' });
  const { connection, lines } = supervised(
    proxy.url.replace('//', '//user:secret@'),
    'ws://feed.example',
    'permanent',
  );
  expect(await connection.closed).toMatchObject({ reason: 'unauthorized', class: 'fatal', code: 407 });
  expect(lines.length).toBeGreaterThan(1);
  expect(JSON.stringify(lines)).not.toContain('secret');
});

it('a connection through a proxy comes back', async () => {
  const { url } = await wsServer();
  const proxy = await connectProxy({ port: url.port });
  const { connection, clock } = supervised(proxy.url, 'ws://feed.example', 'permanent');
  await connection.ready();
  for (const client of proxy.clients) client.destroy();
  await firstValueFrom(connection.state$.pipe(filter((state) => state === 'closed')));
  clock.advance(2000);
  await connection.ready();
  expect(connection.incarnation).toBe(2);
  expect(proxy.requests.map(({ place }) => place)).toEqual(['feed.example:80', 'feed.example:80']);
});
