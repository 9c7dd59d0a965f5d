import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { FakeIo } from './fake-io.ts';

const servers: Server[] = [];
const sockets: Socket[] = [];

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

/** A peer in plain TCP; returns its URL. */
async function peer(connected: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => {}));
    connected(socket);
  });
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  const address = server.address();
  return `tcp://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

const answering = (socket: Socket) => socket.on('data', () => socket.write('PONG\n'));

async function unused(): Promise<string> {
  const url = await peer(() => {});
  const server = servers.pop();
  server?.close();
  await once(server as Server, 'close');
  return url;
}

function config(policy: object): string {
  const path = join(mkdtempSync(join(tmpdir(), 'holdfast-')), 'policy.json');
  writeFileSync(path, JSON.stringify(policy));
  return path;
}

test('holdfast watch: each lifecycle event is a line of JSON in the documented shape', async () => {
  const io = new FakeIo();
  const url = await peer(answering);
  const code = io.run('watch', url);
  const alive = await io.line(({ to }) => to === 'alive');
  expect(alive).toEqual({
    time: expect.any(Number),
    level: 30,
    connection: url,
    url,
    event: 'state',
    from: 'connecting',
    to: 'alive',
    incarnation: 1,
    msg: 'alive',
  });
  io.quit$.next('SIGINT');
  expect(await code).toBe(0);
  expect(io.lines.map(({ event, to }) => to ?? event)).toEqual([
    'connecting',
    'alive',
    'closing',
    'closed',
    'left',
  ]);
  expect(io.lines[0]).not.toHaveProperty('from');
  expect(io.err).toBe('');
});

test('holdfast watch: --for ends it with a graceful close', async () => {
  const io = new FakeIo();
  let ended = false;
  const url = await peer((socket) => answering(socket).on('end', () => (ended = true)));
  expect(await io.run('watch', url, '--for', '300ms')).toBe(0);
  expect(io.lines.at(-1)).toMatchObject({ event: 'left', reason: 'closed-by-us' });
  expect(ended).toBe(true);
});

test('holdfast watch: exits with 1 when every connection gave up', async () => {
  const io = new FakeIo();
  const policy = config({ reconnect: { maxAttempts: 1, backoff: { base: 1, cap: 1 } } });
  expect(await io.run('watch', await unused(), await unused(), '--config', policy)).toBe(1);
  expect(io.lines.filter(({ event }) => event === 'reconnect-scheduled')).toHaveLength(2);
  expect(io.lines.filter(({ event }) => event === 'gave-up')).toEqual([
    expect.objectContaining({ level: 40, reason: 'refused', because: 'attempts' }),
    expect.objectContaining({ level: 40, reason: 'refused', because: 'attempts' }),
  ]);
});

test('holdfast watch: a connection that gave up does not end the others', async () => {
  const io = new FakeIo();
  const policy = config({ reconnect: { maxAttempts: 0 } });
  const [good, bad] = [await peer(answering), await unused()];
  const code = io.run('watch', good, bad, '--config', policy);
  await io.line(({ event }) => event === 'gave-up');
  await io.line(({ to, connection }) => to === 'alive' && connection === good);
  io.quit$.next('SIGTERM');
  expect(await code).toBe(0);
});

test('holdfast watch: connections that left are exit code 0', async () => {
  const io = new FakeIo();
  const url = await peer((socket) => socket.on('data', () => socket.end('PONG\n')));
  expect(await io.run('watch', url, '--config', config({ reconnect: { restart: 'transient' } }))).toBe(0);
  expect(io.lines.at(-1)).toMatchObject({ event: 'left', reason: 'closed-by-peer' });
});

test('holdfast watch: --interval overrides the config file', async () => {
  const io = new FakeIo();
  let pings = 0;
  const url = await peer((socket) =>
    socket.on('data', () => {
      socket.write('PONG\n');
      if (++pings === 3) io.quit$.next('enough');
    }),
  );
  const policy = config({ heartbeat: { interval: '1h' } });
  expect(await io.run('watch', url, '--config', policy, '--interval', '20ms')).toBe(0);
});

test('holdfast watch: credentials are redacted, and two URLs that differ only in them are two connections', async () => {
  const io = new FakeIo();
  const host = new URL(await unused()).host;
  const code = io.run(
    'watch',
    `ws://u:secret@${host}/?token=secret`,
    `ws://u:secret2@${host}/?token=secret3`,
  );
  await io.line(
    ({ event, connection }) => event === 'reconnect-scheduled' && `${connection}`.endsWith('(2)'),
  );
  io.quit$.next('SIGINT');
  expect(await code).toBe(0);
  expect(io.out).not.toContain('secret');
  expect(new Set(io.lines.flatMap(({ connection }) => connection ?? []))).toEqual(
    new Set([`ws://***@${host}/?token=***`, `ws://***@${host}/?token=*** (2)`]),
  );
});

test('holdfast watch: heartbeats are logged at level trace', async () => {
  const io = new FakeIo();
  io.env.HOLDFAST_LOG = 'trace';
  const code = io.run('watch', await peer(answering), '--interval', '20ms');
  expect(await io.line(({ event, kind }) => event === 'heartbeat' && kind === 'received')).toMatchObject({
    level: 10,
  });
  io.quit$.next('SIGINT');
  expect(await code).toBe(0);
});

test('holdfast watch: a terminal gets a table, unless --json is given', async () => {
  const url = await peer(answering);
  const terminal = new FakeIo({ isTTY: true, columns: 80, rows: 24 });
  const code = terminal.run('watch', url);
  await terminal.wrote('1 alive');
  terminal.quit$.next('SIGINT');
  expect(await code).toBe(0);
  expect(terminal.out).toContain(url);
  expect(terminal.out).not.toContain('{');
  const json = new FakeIo({ isTTY: true });
  expect(await json.run('watch', url, '--for', '50ms', '--json')).toBe(0);
  expect(json.lines.at(-1)).toMatchObject({ event: 'left' });
});
