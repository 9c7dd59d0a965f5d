import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { FakeIo } from './fake-io.ts';

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
const certificate = ['--cert', fixture('localhost.crt'), '--key', fixture('localhost.key')];
const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** Starts a server; returns what it listens on. */
async function serving(url: string, ...args: string[]) {
  const io = new FakeIo();
  const code = io.run('serve', url, ...args);
  stops.push(async () => {
    io.quit$.next('end');
    expect(await code).toBe(0);
    expect(io.err).toBe('');
  });
  const { url: bound } = await io.line(({ event }) => event === 'listening');
  return { io, url: new URL(String(bound)), port: Number(new URL(String(bound)).port) };
}

/** The echo, once it has `length` characters. */
async function answer(socket: Socket, length: number): Promise<string> {
  let bytes = '';
  for await (const data of socket.setEncoding('latin1').iterator({ destroyOnReturn: false })) {
    bytes += data;
    if (bytes.length >= length) break;
  }
  return bytes;
}

/** `first`: characters that the server sends before it was sent any. */
async function exchange(port: number, sent: string, length = sent.length, first = 0): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const greeting = first > 0 ? await answer(socket, first) : '';
  socket.write(Buffer.from(sent, 'latin1'));
  const received = greeting + (await answer(socket, length - first));
  socket.destroy();
  return received;
}

describe('holdfast serve answers heartbeats and echoes messages over', () => {
  test.each<[protocol: string, sent: string, received: string]>([
    ['line', 'hello\nPING\nworld\n', 'hello\nPONG\nworld\n'],
    ['raw', 'abcpingdef', 'abcpongdef'],
    ['framed', '\x00\x01\x00\x02\x00\x00\x00\x02\x00\x01', '\x00\x01\x00\x02\x00\x00\x00\x02\x00\x01'],
  ])('%s', async (protocol, sent, received) => {
    const { port } = await serving('tcp://127.0.0.1:0', '--protocol', protocol);
    const answered = await exchange(port, sent, received.length, protocol === 'framed' ? 2 : 0);
    // Heartbeats may overtake messages.
    expect([...answered].sort()).toEqual([...received].sort());
  });

  test('a WebSocket', async () => {
    const { port } = await serving('ws://127.0.0.1:0/');
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
    await once(socket, 'open');
    socket.ping('12');
    expect(String((await once(socket, 'pong'))[0])).toBe('12');
    socket.send('hello');
    const [message, isBinary] = await once(socket, 'message');
    expect([String(message), isBinary]).toEqual(['hello', false]);
    socket.terminate();
  });

  test('TLS, with the given certificate', async () => {
    const { port } = await serving('tls://127.0.0.1:0', ...certificate);
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
    socket.write('hello\n');
    expect(await answer(socket, 6)).toBe('hello\n');
    expect(socket.getPeerCertificate().subject.CN).toBe('localhost');
    socket.destroy();
  });

  test('a secure WebSocket', async () => {
    const { port } = await serving('wss://127.0.0.1:0/', ...certificate);
    const socket = new WebSocket(`wss://127.0.0.1:${port}/`, { rejectUnauthorized: false });
    await once(socket, 'open');
    socket.send(Buffer.of(1, 2));
    expect((await once(socket, 'message'))[0]).toEqual(Buffer.of(1, 2));
    socket.terminate();
  });
});

test('holdfast serve: a long echo is complete and in order', async () => {
  const { port } = await serving('tcp://127.0.0.1:0');
  const sent = Array.from({ length: 20_000 }, (_, index) => `message ${index}\n`).join('');
  expect(await exchange(port, sent)).toBe(sent);
});

test('holdfast serve: logs its addresses and its accepted connections', async () => {
  const { io, url, port } = await serving('tcp://127.0.0.1:0');
  expect(port).toBeGreaterThan(0);
  expect(io.lines[0]).toEqual({
    time: expect.any(Number),
    level: 30,
    event: 'listening',
    url: url.href,
    msg: `listening on ${url.href}`,
  });
  await exchange(port, 'hello\n');
  expect(await io.line(({ event }) => event === 'accepted')).toMatchObject({
    connection: 'accepted-1',
    incarnation: 1,
    url: url.href,
    peer: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
  });
});

test('holdfast serve: condemns a silent client', async () => {
  const policy = join(mkdtempSync(join(tmpdir(), 'holdfast-')), 'policy.json');
  writeFileSync(policy, '{"heartbeat":{"condemnAfter":0}}');
  const { io, port } = await serving('tcp://127.0.0.1:0', '--interval', '50ms', '--config', policy);
  const socket = connect(port, '127.0.0.1');
  socket.resume();
  await once(socket, 'close');
  const states = io.lines.map(({ event, to }) => to ?? event);
  expect(states).toEqual([
    'listening',
    'accepted',
    'connecting',
    'alive',
    'suspect',
    'closing',
    'closed',
    'left',
  ]);
  expect(io.lines.at(-1)).toMatchObject({ reason: 'heartbeat-timeout' });
});

test('holdfast serve: an address in use ends the command and its other listeners', async () => {
  const { port } = await serving('tcp://127.0.0.1:0');
  const io = new FakeIo();
  expect(await io.run('serve', 'tcp://127.0.0.1:0', `tcp://127.0.0.1:${port}`)).toBe(1);
  expect(io.err).toMatch(/^holdfast: tcp:\/\/127\.0\.0\.1:\d+: .*EADDRINUSE.*\n$/);
  const first = new URL(String(io.lines[0]?.url));
  const [error] = await once(connect(Number(first.port), '127.0.0.1'), 'error');
  expect(error).toMatchObject({ code: 'ECONNREFUSED' });
});

test('holdfast serve: stopping closes the accepted connections gracefully', async () => {
  const { io, port } = await serving('tcp://127.0.0.1:0');
  const socket = connect(port, '127.0.0.1');
  socket.resume();
  await io.line(({ to }) => to === 'alive');
  io.quit$.next('SIGTERM');
  await once(socket, 'end');
  await io.line(({ event, reason }) => event === 'left' && reason === 'closed-by-us');
});

test('limits: serve prints limit-reached for the handshakes beyond 1000, once for all of them', async () => {
  const { io, port } = await serving('ws://127.0.0.1:0');
  const sockets = Array.from({ length: 1020 }, () => connect(port, '127.0.0.1').on('error', () => {}));
  const line = await io.line(({ event }) => event === 'limit-reached');
  expect(line).toMatchObject({ level: 40, limit: 'handshakes', max: 1000, refused: 1 });
  for (const socket of sockets) socket.destroy();
});

test('SIGHUP: serve reads its certificate again, and refuses one that does not fit', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'holdfast-')), 'cert.pem');
  writeFileSync(file, readFileSync(fixture('localhost.crt')));
  const { io, port } = await serving('tls://127.0.0.1:0', '--cert', file, '--key', fixture('localhost.key'));
  const shown = async () => {
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    const { valid_to } = socket.getPeerCertificate();
    socket.destroy();
    return valid_to;
  };
  expect(await shown()).toContain('2120');
  writeFileSync(file, readFileSync(fixture('expired.crt')));
  io.reload$.next('SIGHUP');
  await io.line(({ event }) => event === 'certificate-applied');
  expect(await shown()).toContain('2020');
  writeFileSync(file, 'no certificate');
  io.reload$.next('SIGHUP');
  await io.line(({ event, level }) => event === 'certificate-refused' && level === 40);
  expect(await shown()).toContain('2020');
});
