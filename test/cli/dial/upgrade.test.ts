/** Headers, tokens and subprotocols reach a real server, and nothing that is shown. */
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { FakeIo } from '../fake-io.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-'));
const file = (name: string, text: string) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

/** A feed that answers 401 to upgrades without the header that it asks for. */
async function feed(name: string, wanted: () => string) {
  const seen: IncomingHttpHeaders[] = [];
  const sockets: WebSocket[] = [];
  const http = createServer();
  const server = new WebSocketServer({ noServer: true });
  http.on('upgrade', (request, socket, head) => {
    seen.push(request.headers);
    if (request.headers[name] === wanted())
      server.handleUpgrade(request, socket, head, (ws) => sockets.push(ws));
    else socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.terminate();
    http.close();
  });
  return { url: `ws://127.0.0.1:${(http.address() as AddressInfo).port}/feed`, seen, sockets };
}

test.each<[title: string, header: string, wanted: string, args: () => string[]]>([
  [
    '-H',
    'authorization',
    'Bearer S3CRET',
    () => ['-H', 'Authorization: Bearer S3CRET', '-H', 'X-Other: S3CRET'],
  ],
  [
    '--headers-file',
    'x-key',
    'S3CRET',
    () => ['--headers-file', file('headers', '# key\nX-Key: S3CRET\r\n')],
  ],
  [
    '-H before the header of a file',
    'x-key',
    'S3CRET',
    () => ['--headers-file', file('other', 'x-key: no\n'), '-H', 'X-Key: S3CRET'],
  ],
  ['--token-env', 'authorization', 'Bearer S3CRET', () => ['--token-env', 'FEED_TOKEN']],
  [
    'a variable that the configuration names',
    'x-key',
    'S3CRET',
    () => ['--config', file('a.json', '{"dial":{"headers":{"X-Key":"env:FEED_TOKEN"}}}')],
  ],
  [
    'a file beside the configuration',
    'authorization',
    'Bearer S3CRET',
    () => {
      file('token', 'S3CRET\n');
      return ['--config', file('b.json', '{"profile":"lan","dial":{"token":"file:token"}}')];
    },
  ],
  [
    '--subprotocol',
    'sec-websocket-protocol',
    'v2.feed,bearer.S3CRET',
    () => ['--subprotocol', 'v2.feed', '--subprotocol', 'bearer.S3CRET'],
  ],
])('holdfast watch presents %s, and shows it nowhere', async (_, header, wanted, args) => {
  const { url, sockets } = await feed(header, () => wanted);
  for (const terminal of [{}, { isTTY: true, columns: 120, rows: 24 }]) {
    const io = new FakeIo(terminal);
    Object.assign(io.env, { FEED_TOKEN: 'S3CRET', HOLDFAST_LOG: 'trace' });
    expect(await io.run('watch', url, ...args(), '--for', '300ms')).toBe(0);
    expect(io.out + io.err).not.toContain('S3CRET');
  }
  expect(sockets).toHaveLength(2);
});

test('holdfast watch without the token ends with 401, and exit code 1', async () => {
  const { url } = await feed('authorization', () => 'Bearer S3CRET');
  const io = new FakeIo();
  expect(await io.run('watch', url)).toBe(1);
  expect(io.lines.at(-1)).toMatchObject({ event: 'gave-up', reason: 'unauthorized', code: 401 });
});

test('holdfast watch reads a token of a file again before each dial', async () => {
  let wanted = 'Bearer first';
  const { url, seen, sockets } = await feed('authorization', () => wanted);
  file('rotated', 'first\n');
  const policy = { reconnect: { backoff: { base: 1, cap: 1 } }, dial: { token: 'file:rotated' } };
  const io = new FakeIo();
  const code = io.run('watch', url, '--config', file('rotated.json', JSON.stringify(policy)));
  await io.line(({ to }) => to === 'alive');
  wanted = 'Bearer second';
  file('rotated', 'second\n');
  for (const socket of sockets) socket.terminate();
  await io.line(({ to, incarnation }) => to === 'alive' && incarnation === 2);
  expect(seen.map(({ authorization }) => authorization)).toEqual(['Bearer first', 'Bearer second']);
  io.quit$.next('SIGINT');
  expect(await code).toBe(0);
});

test('holdfast watch sends headers to the URLs over WebSocket among several', async () => {
  const { url, seen } = await feed('x-key', () => 'S3CRET');
  const io = new FakeIo();
  expect(await io.run('watch', url, 'tcp://127.0.0.1:9', '-H', 'X-Key: S3CRET', '--for', '100ms')).toBe(0);
  expect(seen).toHaveLength(1);
});
