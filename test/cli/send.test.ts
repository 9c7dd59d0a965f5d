/** `holdfast send`: standard input to a peer, its messages to standard output, and the account of both. */
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { PassThrough, Readable } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { tcpPeer } from '../support/tcp-peer.ts';
import { FakeIo } from './fake-io.ts';

/** Calls back with each line; answers heartbeats. */
function lines(socket: Socket, heard: (line: string) => void): void {
  let rest = '';
  socket.on('data', (data) => {
    const all = (rest + data).split('\n');
    rest = all.pop() ?? '';
    for (const line of all) {
      if (line === 'PING') socket.write('PONG\n');
      else heard(line);
    }
  });
}

const echo = (socket: Socket) => lines(socket, (line) => void socket.write(`${line}\n`));

async function sent(url: string, input: string | readonly (string | Buffer)[], ...args: string[]) {
  const io = new FakeIo();
  io.stdin = Readable.from(typeof input === 'string' ? [Buffer.from(input)] : input);
  const code = await io.run('send', url, ...args);
  return { code, out: io.out, err: io.err };
}

test.each([
  ['lines', 'one\ntwo\n', 'one\ntwo\n'],
  ['a last line without its end', 'one\ntwo', 'one\ntwo\n'],
  ['lines of Windows, and empty ones', 'one\r\n\r\ntwo\r\n', 'one\n\ntwo\n'],
  ['nothing', '', ''],
])('holdfast send: %s are echoed and confirmed', async (_, input, out) => {
  expect(await sent(await tcpPeer(echo), input)).toEqual({ code: 0, out, err: '' });
});

test('holdfast send: a character may be split between two chunks', async () => {
  const bytes = Buffer.from('für\n');
  expect((await sent(await tcpPeer(echo), [bytes.subarray(0, 2), bytes.subarray(2)])).out).toBe('für\n');
});

test('holdfast send: over a WebSocket lines are text', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('connection', (ws) => ws.on('message', (data, isBinary) => ws.send(`${isBinary} ${data}`)));
  onTestFinished(() => server.close());
  await once(server, 'listening');
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  expect(await sent(url, 'a\nb\n')).toEqual({ code: 0, out: 'false a\nfalse b\n', err: '' });
});

test('holdfast send: --protocol bytes passes bytes on, and the goodbye waits for the rest', async () => {
  const url = await tcpPeer((socket) => socket.pipe(socket));
  const bytes = Buffer.from([0, 10, 255, 13, 10, 80]);
  const io = new FakeIo();
  io.stdin = Readable.from([bytes]);
  expect(await io.run('send', url, '--protocol', 'bytes')).toBe(0);
  expect(io.bytes).toEqual(bytes);
});

test('holdfast send: lines wait for the next socket, and what a dead one took is told', async () => {
  const heard: string[] = [];
  const stdin = new PassThrough();
  const url = await tcpPeer((socket, number) => {
    if (number === 2) stdin.end('after\n');
    lines(socket, (line) => {
      heard.push(`${number} ${line}`);
      if (line === 'die') socket.destroy();
    });
  });
  const io = new FakeIo();
  io.stdin = stdin;
  stdin.write('die\n');
  expect(await io.run('send', url)).toBe(1);
  expect(heard).toEqual(['1 die', '2 after']);
  expect(io.err).toMatch(
    /^holdfast: tcp:.*\nholdfast: tcp:.*attempt 1 in .*\nholdfast: tcp:.*alive.*\nholdfast: send: 1 of 2 messages were not confirmed, and may not have arrived\n$/,
  );
});

test('holdfast send: a line that the protocol cannot carry is named, and the others are sent', async () => {
  const { code, out, err } = await sent(await tcpPeer(echo), 'a\nPING\nb\n');
  expect({ code, out }).toEqual({ code: 1, out: 'a\nb\n' });
  expect(err).toMatch(/^holdfast: message 2: .*\nholdfast: send: 1 of 3 messages were not sent\n$/);
});

test('holdfast send: a line that is not UTF-8 ends the input', async () => {
  const { code, out, err } = await sent(await tcpPeer(echo), [Buffer.from('a\n\xff\nb\n', 'latin1')]);
  expect({ code, out }).toEqual({ code: 1, out: 'a\n' });
  expect(err).toBe('holdfast: send: standard input: line 2 is not UTF-8\n');
});

test('holdfast send: a refused log-in is exit code 1, and standard input is not waited for', async () => {
  const url = (await tcpPeer((socket) => socket.end('HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n'))).replace(
    'tcp',
    'ws',
  );
  const io = new FakeIo();
  io.stdin = new PassThrough();
  expect(await io.run('send', url)).toBe(1);
  expect(io.err).toMatch(/unauthorized/);
});

test('holdfast send: --wait goes on receiving, and SIGINT ends it', async () => {
  const url = await tcpPeer((socket) =>
    lines(socket, () => void setTimeout(() => socket.write('late\n'), 50)),
  );
  const io = new FakeIo();
  io.stdin = Readable.from([Buffer.from('x\n')]);
  const code = io.run('send', url, '--wait', '1h');
  await io.wrote('late\n');
  io.quit$.next('SIGINT');
  expect(await code).toBe(0);
});

test('holdfast send: a peer that does not read stops standard input, and one that reads gets it all', async () => {
  let reading: Socket | undefined;
  let received = 0;
  const url = await tcpPeer((socket) => {
    reading = socket.pause();
    socket.on('data', (data) => {
      received += data.length;
    });
  });
  const size = 64 * 1024;
  const total = 640;
  let produced = 0;
  const io = new FakeIo();
  io.stdin = new Readable({
    read() {
      this.push(produced++ < total ? Buffer.alloc(size) : null);
    },
  });
  const code = io.run('send', url, '--protocol', 'bytes');
  await expect.poll(() => produced > 10 && steady(produced), { timeout: 10_000, interval: 100 }).toBe(true);
  // The buffers of two kernels take some megabytes.
  expect(produced).toBeLessThan(total / 2);
  reading?.resume();
  expect(await code).toBe(0);
  expect(received).toBe(size * total);
});

let before = 0;
function steady(count: number): boolean {
  const same = count === before;
  before = count;
  return same;
}

test('holdfast send: standard output that is not read holds the peer back', async () => {
  const line = `${'x'.repeat(1023)}\n`;
  const total = 100_000;
  let written = 0;
  const url = await tcpPeer((socket) => {
    const more = () => {
      while (written < total) {
        written++;
        if (!socket.write(line)) return;
      }
    };
    socket.on('drain', more);
    lines(socket, more);
  });
  const io = new FakeIo();
  io.stdin = new PassThrough();
  io.stdin.push('go\n');
  io.hold();
  const code = io.run('send', url);
  await expect.poll(() => written > 1000 && steady(written), { timeout: 10_000, interval: 100 }).toBe(true);
  expect(written).toBeLessThan(total * 0.7);
  io.quit$.next('SIGINT');
  io.release();
  await code;
});

test.each([
  [
    ['send', 'redis://h'],
    /^holdfast: url: "redis:\/\/h" .* text or bytes, as redis has messages of its own$/,
  ],
  [['send', 'tcp://h:1', '--wait', '3'], /^holdfast: --wait: "3" .* with its unit: 3ms or 3s$/],
  [['send'], /^error: missing required argument 'url'/],
])('%j is bad usage', async (args, expected) => {
  const io = new FakeIo();
  expect(await io.run(...args)).toBe(2);
  expect(io.err.trimEnd()).toMatch(expected);
});
