/** Requests over a real WebSocket whose server restarts. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { silentLogger } from '../../src/base/log.ts';
import { createSupervisor } from '../../src/presets/node.ts';
import { withMessages } from '../../src/protocols/over.ts';
import { websocket } from '../../src/protocols/websocket.ts';
import { requests } from '../../src/requests.ts';
import { outcome } from './support.ts';

interface Out {
  readonly id: number;
  readonly method: string;
}
interface In {
  readonly id?: number;
  readonly result: string;
}

/** Answers at once, but for `wait`. */
async function serve(port: number, name: string): Promise<WebSocketServer> {
  const server = new WebSocketServer({ host: '127.0.0.1', port });
  server.on('connection', (ws) =>
    ws.on('message', (data) => {
      const { id, method } = JSON.parse(String(data));
      if (method !== 'wait' || name === 'second')
        ws.send(JSON.stringify({ id, result: `${method} by ${name}` }));
      else server.emit('asked');
    }),
  );
  await once(server, 'listening');
  return server;
}

async function stop(server: WebSocketServer): Promise<void> {
  for (const ws of server.clients) ws.terminate();
  server.close();
  await once(server, 'close');
}

test('requests: over a restart of a WebSocket server one is in doubt, an idempotent one is asked again', async () => {
  const first = await serve(0, 'first');
  const { port } = first.address() as AddressInfo;
  const supervisor = createSupervisor({
    logger: silentLogger,
    reconnect: { backoff: { base: '20ms', cap: '50ms' } },
  });
  const connection = supervisor.connect({
    url: `ws://127.0.0.1:${port}`,
    protocol: withMessages(websocket(), {
      name: 'rpc',
      encode: (message: Out) => JSON.stringify(message),
      decode: (text): In => JSON.parse(String(text)),
    }),
  });
  const rpc = requests(connection, {
    messageOf: (id, method: string) => ({ id, method }),
    answerOf: ({ id, result }) => (id === undefined ? undefined : { id, result }),
  });
  await expect(rpc.request('add')).resolves.toBe('add by first');
  const atMostOnce = rpc.request('wait');
  const again = rpc.request('wait', { idempotent: true });
  await once(first, 'asked');
  await stop(first);
  expect(await outcome(atMostOnce)).toBe('cut-off, in-doubt');
  const second = await serve(port, 'second');
  await expect(again).resolves.toBe('wait by second');
  await supervisor.stop();
  await stop(second);
});
