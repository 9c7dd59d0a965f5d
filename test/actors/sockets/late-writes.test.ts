/** What is written to a socket that takes nothing any more was never sent, and the receipt says so. */
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { silentLogger } from '../../../src/base/log.ts';
import { createSupervisor } from '../../../src/presets/node.ts';

test('late writes: a WebSocket message after the close frame of the peer is never-sent', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  onTestFinished(() => server.close());
  const accepted = once(server, 'connection');
  const supervisor = createSupervisor({ logger: silentLogger, reconnect: { restart: 'temporary' } });
  onTestFinished(() => supervisor.stop());
  const { port } = server.address() as AddressInfo;
  const connection = supervisor.connect<string>({ url: `ws://127.0.0.1:${port}/` });
  const [, request] = (await accepted) as [unknown, { socket: Socket }];
  await connection.ready();
  // A close frame by hand, and the socket stays open: the closing handshake does not end.
  const answered = once(request.socket, 'data');
  request.socket.write(Buffer.from([0x88, 2, 3, 0xe8]));
  await answered;
  const sent = connection.send('lost');
  request.socket.end();
  await expect(sent).rejects.toMatchObject({ outcome: 'never-sent' });
});
