/** The platform's own `WebSocket` in Node, where it is there: from Node 22 on, and behind a flag in Node 20. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it, vi } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { closedPort, later } from './peers.ts';
import { closeOf, nextMessage, rawPeer } from './websocket-peers.ts';

// A process starts.
vi.setConfig({ testTimeout: 30_000 });

/** The lines of a worker, and its exit code. */
function worker(url: string) {
  const flag = globalThis.WebSocket === undefined ? ['--experimental-websocket'] : [];
  const file = fileURLToPath(new URL('standard-worker.ts', import.meta.url));
  const child = spawn(process.execPath, [...flag, '--import', 'tsx', file, url]);
  later(() => child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let errors = '';
  child.stderr.on('data', (data) => {
    errors += data;
  });
  return {
    line: async () => (await lines.next()).value as string,
    end: once(child, 'exit').then(([code]) => ({ code, errors: errors.replace(/^\(.*(\n|$)/gm, '') })),
  };
}

async function serve(port = 0) {
  const server = new WebSocketServer({ host: '127.0.0.1', port });
  await once(server, 'listening');
  later(() => server.close());
  const next = once(server, 'connection').then(([ws]) => ws as WebSocket);
  return { server, next, port: (server.address() as AddressInfo).port };
}

it('standard WebSocket of Node: echoes, comes back after its server was gone, and closes', async () => {
  const first = await serve();
  const program = worker(`ws://127.0.0.1:${first.port}`);
  const ws = await first.next;
  ws.send('one');
  expect(await nextMessage(ws)).toBe('echo one');
  expect(await program.line()).toBe('alive');

  first.server.close();
  ws.terminate();
  expect(await program.line()).toBe('cut-off 1006');
  expect(await program.line()).toBe('unreachable 1006');

  const second = await serve(first.port);
  const again = await second.next;
  again.send('two');
  expect(await nextMessage(again)).toBe('echo two');
  const closed = closeOf(again);
  again.send('close');
  expect(await closed).toEqual([1000, '']);
  let line = await program.line();
  while (line === 'unreachable 1006') line = await program.line();
  expect([line, await program.line()]).toEqual(['alive', 'closed-by-us']);
  expect(await program.end).toEqual({ code: 0, errors: '' });
});

it('standard WebSocket of Node: a refused port and a refused upgrade are exits, each time', async () => {
  const url = await rawPeer(
    (socket) => void socket.once('data', () => socket.end('HTTP/1.1 503 No\r\n\r\n')),
  );
  for (const place of [`ws://127.0.0.1:${await closedPort()}`, url.href]) {
    const program = worker(place);
    expect([await program.line(), await program.line()]).toEqual(['unreachable 1006', 'unreachable 1006']);
  }
});
