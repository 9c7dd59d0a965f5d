/** The compiled executable, as a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { interval } from 'rxjs';
import { afterEach, expect, test } from 'vitest';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function holdfast(...args: string[]) {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  return { child, exit: exitOf(child), stdout: child.stdout, errors: text(child.stderr) };
}

/** As the shell does with `>`. */
function holdfastInto(file: string, ...args: string[]) {
  const out = openSync(file, 'w');
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', out, 'pipe'] });
  closeSync(out);
  return { exit: exitOf(child), errors: text(child.stderr as Readable) };
}

function exitOf(child: ChildProcess): Promise<unknown> {
  children.push(child);
  return once(child, 'exit').then(([code, signal]) => signal ?? code);
}

/** Reads lines until one is as wanted. */
async function until(stream: NodeJS.ReadableStream, wanted: (line: Record<string, unknown>) => boolean) {
  for await (const line of createInterface({ input: stream })) {
    const fields = JSON.parse(line) as Record<string, unknown>;
    if (wanted(fields)) return fields;
  }
  throw new Error('the stream ended');
}

test('executable: watch and serve connect, and end gracefully on SIGTERM and SIGINT', async () => {
  const server = holdfast('serve', 'tcp://127.0.0.1:0');
  const { url } = await until(server.stdout, ({ event }) => event === 'listening');
  const client = holdfast('watch', String(url), '--interval', '100ms');
  await until(client.stdout, ({ to }) => to === 'alive');
  client.child.kill('SIGINT');
  expect(await client.exit).toBe(0);
  server.child.kill('SIGTERM');
  expect(await server.exit).toBe(0);
  expect(await server.errors).toBe('');
});

test('executable: a second SIGINT ends the process at once', async () => {
  const stubborn = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    socket.on('data', () => socket.write('PONG\n'));
  }).listen(0, '127.0.0.1');
  await once(stubborn, 'listening');
  const { child, stdout, exit } = holdfast(
    'watch',
    `tcp://127.0.0.1:${(stubborn.address() as AddressInfo).port}`,
  );
  await until(stdout, ({ to }) => to === 'alive');
  const impatience = interval(100).subscribe(() => child.kill('SIGINT'));
  expect(await exit).toBe(130);
  impatience.unsubscribe();
  stubborn.close();
});

test('executable: a closed stdout pipe ends the process without an error', async () => {
  const { stdout, exit, errors } = holdfast('demo', '--json');
  await once(stdout, 'data');
  stdout.destroy();
  expect(await exit).toBe(0);
  expect(await errors).toBe('');
});

test.skipIf(process.platform !== 'linux')(
  'executable: a full disk behind stdout is one error line and exit code 1',
  async () => {
    for (const args of [['chart'], ['demo', '--json']]) {
      const { exit, errors } = holdfastInto('/dev/full', ...args);
      expect(await exit).toBe(1);
      expect(await errors).toMatch(/^holdfast: standard output: ENOSPC.*\n$/);
    }
  },
);

test('executable: bad usage with a closed stderr is exit code 2', async () => {
  const { child, exit, errors } = holdfast('check', '/no/such/file');
  child.stderr.destroy();
  await expect(errors).rejects.toThrow('Premature close');
  expect(await exit).toBe(2);
});

test('executable: the last line is written before the process ends', async () => {
  const { stdout, exit } = holdfast('chart');
  expect(JSON.parse(await text(stdout))).toMatchObject({ id: 'connection' });
  expect(await exit).toBe(0);
});

test('executable: bad usage is exit code 2', async () => {
  const { exit, errors } = holdfast('watch', 'gopher://host');
  expect(await exit).toBe(2);
  expect(await errors).toMatch(/^holdfast: url: "gopher:\/\/host" is not valid; expected a scheme/);
});

test('executable: all connections of the demo survive every fault', { timeout: 60_000 }, async () => {
  const { stdout, exit } = holdfast('demo', '--for', '20s', '--json');
  const lines = (await text(stdout))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(await exit).toBe(0);
  const { faults, ...rest } = lines.find(({ event }) => event === 'summary');
  expect(rest).toMatchObject({ alive: 12, connections: 12 });
  expect(faults.map(({ fault }: { fault: string }) => fault)).toEqual([
    'close',
    'reset',
    'freeze',
    'down',
    'flaky',
  ]);
  for (const { hits, survived } of faults) expect(survived).toBe(hits);
  expect(faults[2].suspectedMs).toBeLessThan(faults[2].closedMs);
  expect(faults[3].aliveMs).toBeGreaterThanOrEqual(2000);
});
