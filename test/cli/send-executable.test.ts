/** `holdfast send` as a process of its own, between pipes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const linux = { skip: process.platform !== 'linux' };
const MIB = 1024 * 1024;

async function tcp(connected: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    onTestFinished(() => void socket.destroy());
    connected(socket.on('error', () => {}));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function send(...args: string[]) {
  const child = spawn(process.execPath, [main, 'send', ...args], { stdio: 'pipe' });
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, errors: text(child.stderr), exit: once(child, 'exit').then(([code]) => code) };
}

/** The most memory that a process has had, in bytes. */
function peakOf({ pid }: ChildProcess): number {
  return 1024 * Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

test('executable: 64 MiB pass through holdfast send, and take no memory', linux, async () => {
  let received = 0;
  const peaks: number[] = [];
  const url = await tcp((socket) => {
    socket.on('data', ({ length }) => {
      if (Math.floor(received / MIB) !== Math.floor((received + length) / MIB)) peaks.push(peakOf(child));
      received += length;
    });
    socket.on('end', () => socket.end());
  });
  const { child, exit, errors } = send(url, '--protocol', 'bytes');
  const piece = Buffer.alloc(64 * 1024);
  for (let sent = 0; sent < 64 * MIB; sent += piece.length)
    if (!child.stdin.write(piece)) await once(child.stdin, 'drain');
  child.stdin.end();
  expect(await exit).toBe(0);
  expect(await errors).toBe('');
  expect(received).toBe(64 * MIB);
  expect(peaks.length).toBeGreaterThan(10);
  expect((peaks.at(-1) ?? 0) - (peaks[0] ?? 0)).toBeLessThan(48 * MIB);
});

test('executable: a reader that closes standard output ends holdfast send without an error', async () => {
  const url = await tcp((socket) => {
    const timer = setInterval(() => socket.write('tick\n'), 5);
    socket.on('close', () => clearInterval(timer));
    socket.on('data', () => socket.write('PONG\n'));
  });
  const { child, exit, errors } = send(url);
  await once(child.stdout, 'data');
  child.stdout.destroy();
  expect(await exit).toBe(0);
  expect(await errors).toBe('');
});

test('executable: SIGINT ends holdfast send, and what was confirmed by then is exit code 0', async () => {
  const url = await tcp((socket) =>
    socket.on('data', (data) => {
      if (data.includes('hello')) socket.write('ok\n');
      if (data.includes('PING')) socket.write('PONG\n');
    }),
  );
  const { child, exit } = send(url);
  child.stdin.write('hello\n');
  await once(child.stdout, 'data');
  child.kill('SIGINT');
  expect(await exit).toBe(0);
});
