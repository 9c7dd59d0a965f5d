/** SIGHUP: `watch` and `serve` read their policy again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { checkedLines } from '../support/log-lines.ts';
import { closedPort } from '../transport/peers.ts';
import { FakeIo } from './fake-io.ts';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

type Line = Record<string, unknown>;

/** A process that watches a port where nothing listens, and its lines. */
async function watching(...args: string[]) {
  const url = `tcp://127.0.0.1:${await closedPort()}`;
  const child = spawn(process.execPath, [main, 'watch', url, ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  children.push(child);
  const exit = once(child, 'exit').then(([code, signal]) => signal ?? code);
  const lines = createInterface({ input: checkedLines(child.stdout) })[Symbol.asyncIterator]();
  const saw = async (wanted: (line: Line) => boolean): Promise<Line> => {
    for (;;) {
      const { value, done } = await lines.next();
      if (done) throw new Error('the process ended');
      const line = JSON.parse(value) as Line;
      if (wanted(line)) return line;
    }
  };
  return { child, exit, saw };
}

function policyFile() {
  const path = join(mkdtempSync(join(tmpdir(), 'holdfast-')), 'policy.json');
  const write = (policy: unknown) => writeFileSync(path, JSON.stringify(policy));
  return { path, write };
}

const delaying = (delay: string) => ({ reconnect: { backoff: { type: 'fixed', delay, jitter: 'none' } } });
const waits = ({ event }: Line) => event === 'reconnect-scheduled';

test('SIGHUP: the policy is read again, and kept when the file is invalid', {
  timeout: 30_000,
}, async () => {
  const file = policyFile();
  file.write(delaying('1h'));
  const { child, exit, saw } = await watching('--config', file.path);
  expect(await saw(waits)).toMatchObject({ delayMs: 3_600_000 });
  file.write(delaying('200ms'));
  child.kill('SIGHUP');
  await saw(({ event }) => event === 'configured');
  expect(await saw(({ event }) => event === 'config-applied')).toMatchObject({ file: file.path });
  // The wait of an hour is over, and so are those after it.
  expect(await saw(waits)).toMatchObject({ delayMs: 200 });
  file.write({ reconnect: { backof: {} }, heartbeat: { interval: '10x' } });
  child.kill('SIGHUP');
  const { problems } = (await saw(({ event }) => event === 'config-refused')) as { problems?: string[] };
  expect(problems?.join('\n')).toMatch(/reconnect\.backof/);
  expect(problems?.join('\n')).toMatch(/heartbeat\.interval.*10x/);
  expect(await saw(waits)).toMatchObject({ delayMs: 200 });
  child.kill('SIGTERM');
  expect(await exit).toBe(0);
});

test('SIGHUP: ends the process without --config', { timeout: 30_000 }, async () => {
  const { child, exit, saw } = await watching();
  await saw(waits);
  child.kill('SIGHUP');
  expect(await exit).toBe('SIGHUP');
});

test('SIGHUP: a missing or malformed file is refused like an invalid one', async () => {
  const file = policyFile();
  file.write(delaying('1h'));
  const io = new FakeIo();
  const code = io.run('watch', `tcp://127.0.0.1:${await closedPort()}`, '--config', file.path);
  await io.line(waits);
  writeFileSync(file.path, '{ "reconnect": ');
  io.reload$.next('SIGHUP');
  await io.line(({ event, level }) => event === 'config-refused' && level === 40);
  file.write(delaying('50ms'));
  io.reload$.next('SIGHUP');
  await io.line(({ event }) => event === 'config-applied');
  await io.line((line) => waits(line) && line.delayMs === 50);
  io.quit$.next('SIGINT');
  expect(await code).toBe(0);
  expect(io.reload$.observed).toBe(false);
});

test('SIGHUP: serve applies the policy to its connections', async () => {
  const file = policyFile();
  file.write({ heartbeat: { interval: '1h' } });
  const io = new FakeIo();
  const code = io.run('serve', 'tcp://127.0.0.1:0', '--config', file.path);
  const { url } = await io.line(({ event }) => event === 'listening');
  const { port } = new URL(String(url));
  const socket = connect({ port: Number(port), host: '127.0.0.1' });
  await io.line(({ to }) => to === 'alive');
  file.write({ deadlines: { maxAge: '20ms' } });
  io.reload$.next('SIGHUP');
  await io.line(({ event, reason }) => event === 'left' && reason === 'max-age');
  socket.destroy();
  io.quit$.next('SIGINT');
  expect(await code).toBe(0);
  expect(io.reload$.observed).toBe(false);
});

test('SIGHUP: while the command starts it is held back', {
  skip: process.platform !== 'linux',
  timeout: 30_000,
}, async () => {
  const file = policyFile();
  file.write(delaying('1h'));
  const { child, exit, saw } = await watching('--config', file.path);
  const isCaught = () => {
    const [, mask = '0'] = /SigCgt:\s+(\w+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8')) ?? [];
    return (BigInt(`0x${mask}`) & 1n) === 1n;
  };
  await expect.poll(isCaught, { interval: 1, timeout: 20_000 }).toBe(true);
  child.kill('SIGHUP');
  await saw(({ event }) => event === 'config-applied');
  child.kill('SIGTERM');
  expect(await exit).toBe(0);
});
