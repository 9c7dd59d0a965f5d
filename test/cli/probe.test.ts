/** `holdfast probe`: an exit code and one line for endpoints of every kind. */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { acceptRedis } from '../../src/cli/demo/redis-peer.ts';
import { closedPort, scratchPath } from '../transport/peers.ts';
import { FakeIo } from './fake-io.ts';

const short = join(mkdtempSync(join(tmpdir(), 'holdfast-')), 'short.json');
writeFileSync(short, '{"deadlines":{"handshake":"100ms"}}');

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
const certificate = {
  cert: readFileSync(fixture('localhost.crt')),
  key: readFileSync(fixture('localhost.key')),
};

async function listening(server: Server, path?: string): Promise<string> {
  if (path === undefined) server.listen(0, '127.0.0.1');
  else server.listen(path);
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return path ?? `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A server in plain TCP; sockets end with the test. */
function tcp(connected: (socket: Socket) => void, path?: string): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    onTestFinished(() => void socket.destroy());
    connected(socket);
  });
  return listening(server, path);
}

const pong = (socket: Socket) => socket.on('data', () => socket.write('PONG\n'));

/** A WebSocket server that answers pings, over the given server. */
function webSockets(server: Server): Promise<string> {
  const sockets = new WebSocketServer({ server: server as never });
  onTestFinished(() => {
    for (const socket of sockets.clients) socket.terminate();
  });
  return listening(server);
}

async function probe(...args: string[]) {
  const io = new FakeIo();
  const code = await io.run('probe', ...args);
  expect(io.err).toBe('');
  expect(io.out).toMatch(/^[^\n]+\n$/);
  return { code, line: io.out.trimEnd() };
}

describe('holdfast probe of', () => {
  test.each<
    [title: string, code: number, line: RegExp, url: () => Promise<string> | string, ...args: string[]]
  >([
    [
      'a peer that answers',
      0,
      /^alive tcp:.* in [\d.]+ ms, rtt [\d.]+ ms$/,
      async () => `tcp://${await tcp(pong)}`,
    ],
    ['a unix socket', 0, /^alive unix:.* in /, async () => `unix:${await tcp(pong, scratchPath())}`],
    [
      'a WebSocket',
      0,
      /^alive ws:.* in [\d.]+ ms, rtt [\d.]+ ms$/,
      async () => `ws://${await webSockets(createHttpServer())}/`,
      '--until',
      'answered',
    ],
    ['Redis', 0, /^alive redis:.* in /, async () => `redis://${await tcp(acceptRedis(() => {}))}`],
    [
      'a peer that answers late',
      0,
      /^alive tcp:.* in [1-9]\d\d ms/,
      async () =>
        `tcp://${await tcp((socket) => socket.on('data', () => setTimeout(() => socket.write('PONG\n'), 150)))}`,
    ],
    [
      'a port where nothing listens',
      1,
      /: refused \(ECONNREFUSED\) after/,
      async () => `tcp://127.0.0.1:${await closedPort()}`,
    ],
    [
      'a frozen peer',
      1,
      /: timeout after 3\d\d ms: a socket opened, and the peer did not show/,
      async () => `tcp://${await tcp(() => {})}`,
      '--timeout',
      '300ms',
    ],
    [
      'an upgrade without an answer',
      1,
      /: timeout after 3\d\d ms: no socket opened$/,
      async () => `ws://${await tcp(() => {})}/`,
      '--timeout',
      '300ms',
    ],
    [
      'a peer that is slower than a deadline of the policy',
      1,
      /: handshake-timeout after/,
      async () => `tcp://${await tcp(() => {})}`,
      '--config',
      short,
    ],
    [
      'a certificate that nobody signed',
      1,
      /: certificate \(\w+\) after/,
      async () => `wss://${await webSockets(createHttpsServer(certificate))}/`,
    ],
    [
      'a feed that asks for a token',
      1,
      /: unauthorized \(401\) after/,
      async () =>
        `ws://${await tcp((socket) => socket.end('HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n'))}/`,
    ],
    [
      'another protocol',
      1,
      /: protocol-error/,
      async () => `redis://${await tcp((socket) => socket.write('220 smtp.example ESMTP\r\n'))}`,
    ],
    [
      'plain text where TLS is dialled',
      1,
      /: protocol-error|: tls-not-ready/,
      async () => `tls://${await tcp(pong)}`,
    ],
    [
      'TLS where plain text is dialled',
      1,
      /: (cut-off|reset|upgrade-refused|protocol-error) /,
      async () => `ws://${await webSockets(createHttpsServer(certificate))}/`,
    ],
    ['a name without an address', 1, /: not-found \(ENOTFOUND\) after/, () => 'wss://no-such-host.invalid/'],
    [
      'a peer that closes at once',
      1,
      /: cut-off after/,
      async () => `tcp://${await tcp((socket) => socket.end())}`,
    ],
    [
      'heartbeats that have no answer',
      1,
      /: unanswered after .*: its protocol has no heartbeat/,
      async () => `tcp://${await tcp(pong)}`,
      '--until',
      'answered',
      '--protocol',
      'framed',
    ],
  ])('%s: exit code %i', async (_, expected, line, url, ...args) => {
    const { code, line: printed } = await probe(await url(), ...args);
    expect(printed).toMatch(line);
    expect(code).toBe(expected);
  });

  test('a peer that stays alive, and one that does not', async () => {
    const good = await probe(`tcp://${await tcp(pong)}`, '--for', '200ms', '--interval', '50ms');
    expect(good).toMatchObject({ code: 0, line: expect.stringMatching(/ in [\d.]+ ms, for 2\d\d ms, rtt /) });
    const bad = `tcp://${await tcp((socket) => socket.once('data', () => socket.end('PONG\n')))}`;
    const { code, line } = await probe(bad, '--for', '5s');
    expect(code).toBe(1);
    expect(line).toMatch(/: closed-by-peer after [\d.]+ ms, [\d.]+ ms after it was alive: end of stream$/);
  });

  test('a peer that turns the first socket away: once by default, and again with --retry', async () => {
    for (const [code, ...args] of [[1], [0, '--retry']] as const) {
      let sockets = 0;
      const url = `tcp://${await tcp((socket) => void (++sockets === 1 ? socket.end() : pong(socket)))}`;
      const io = new FakeIo();
      expect(await io.run('probe', url, '--json', ...args)).toBe(code);
      expect(sockets).toBe(2 - code);
      expect(io.lines).toMatchObject([{ url, alive: code === 0, afterMs: expect.any(Number) }]);
    }
  });

  test('a port where nothing listens, as JSON', async () => {
    const io = new FakeIo();
    expect(await io.run('probe', `ws://u:secret@127.0.0.1:${await closedPort()}/?t=secret`, '--json')).toBe(
      1,
    );
    expect(io.lines).toMatchObject([{ alive: false, reason: 'refused', code: 'ECONNREFUSED' }]);
    expect(io.out).not.toContain('secret');
  });

  test('a frozen peer, interrupted', async () => {
    const io = new FakeIo();
    const code = io.run('probe', `tcp://${await tcp(() => io.quit$.next('SIGINT'))}`);
    expect(await code).toBe(1);
    expect(io.out).toMatch(/: interrupted after/);
  });
});

test.each([
  [['probe'], /^error: missing required argument 'url'/],
  [['probe', 'ws://h/', '--until', 'ready'], /^holdfast: --until: "ready" .* one of alive, answered$/],
  [['probe', 'ws://h/', '--timeout', '3'], /^holdfast: --timeout: "3" .* with its unit: 3ms or 3s$/],
  [['probe', 'ws://a/', 'ws://b/'], /^error: too many arguments/],
])('%j is bad usage', async (args, expected) => {
  const io = new FakeIo();
  expect(await io.run(...args)).toBe(2);
  expect(io.err.trimEnd()).toMatch(expected);
});
