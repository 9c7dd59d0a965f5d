/**
 * The drop-in under libraries that reconnect by themselves, on real sockets, beside the same library with
 * the plain `WebSocket` of `ws`.
 */
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { createWebSocketClass } from '../../../src/presets/websocket-class.ts';
import { relayTo } from '../../support/relay.ts';
import { Watch } from '../../support/watch.ts';
import { later } from '../../transport/peers.ts';
import { urlOf } from '../../transport/websocket-peers.ts';
import { type Library, libraries, type SocketClass } from './ticking.ts';

const Supervised = createWebSocketClass({
  heartbeat: { interval: 200, suspectAfter: { min: 50, max: 100 }, condemnAfter: 300 },
});

class Follower extends Watch {
  ticks = 0;

  constructor(library: Library, port: number, Class: SocketClass) {
    super();
    const stop = library.follow(`ws://127.0.0.1:${port}/`, Class, () => {
      this.ticks++;
      this.happened();
    });
    later(stop);
  }

  ticked(times: number): Promise<void> {
    const aim = this.ticks + times;
    return this.until(() => this.ticks >= aim);
  }
}

async function service(library: Library, port = 0): Promise<WebSocketServer> {
  const server = new WebSocketServer({ host: '127.0.0.1', port });
  library.serve(server);
  await once(server, 'listening');
  later(() => shutDown(server));
  return server;
}

function shutDown(server: WebSocketServer): Promise<void> {
  for (const client of server.clients) client.terminate();
  return new Promise((resolve) => server.close(() => resolve()));
}

describe.each(libraries)('$name', (library) => {
  test('hangs at a frozen peer with the plain class, and recovers with the drop-in', async () => {
    const server = await service(library);
    const relay = await relayTo(Number(urlOf(server).port));
    const plain = new Follower(library, relay.port, WebSocket);
    const held = new Follower(library, relay.port, Supervised);
    await Promise.all([plain.ticked(3), held.ticked(3)]);
    relay.freeze();
    await held.until(() => server.clients.size === 3);
    const deaf = plain.ticks;
    await held.ticked(10);
    expect(plain.ticks).toBe(deaf);
  });

  test('reconnects after a restart of the server, with the drop-in', async () => {
    const first = await service(library);
    const port = Number(urlOf(first).port);
    const held = new Follower(library, port, Supervised);
    await held.ticked(3);
    await shutDown(first);
    const second = await service(library, port);
    await held.ticked(3);
    expect(second.clients.size).toBe(1);
  });
});
