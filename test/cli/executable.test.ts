/** The compiled executable, as a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { interval } from 'rxjs';
import { expect, type TestContext, test } from 'vitest';
import { checkedLines, writesLines } from '../support/log-lines.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const main = `${root}dist/cli/main.js`;

function holdfast({ onTestFinished }: TestContext, ...args: string[]) {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const stdout = writesLines(args) ? checkedLines(child.stdout) : child.stdout;
  return { child, exit: exitOf(child), stdout, errors: text(child.stderr) };
}

/** As the shell does with `>`. */
function holdfastInto({ onTestFinished }: TestContext, file: string, ...args: string[]) {
  const out = openSync(file, 'w');
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', out, 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  closeSync(out);
  return { exit: exitOf(child), errors: text(child.stderr as Readable) };
}

function exitOf(child: ChildProcess): Promise<unknown> {
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

// Together, as the demo takes its 20 s.
test.concurrent('executable: watch and serve connect, and end gracefully on SIGTERM and SIGINT', async (context) => {
  const server = holdfast(context, 'serve', 'tcp://127.0.0.1:0');
  const { url } = await until(server.stdout, ({ event }) => event === 'listening');
  const client = holdfast(context, 'watch', String(url), '--interval', '100ms');
  await until(client.stdout, ({ to }) => to === 'alive');
  client.child.kill('SIGINT');
  expect(await client.exit).toBe(0);
  server.child.kill('SIGTERM');
  expect(await server.exit).toBe(0);
  expect(await server.errors).toBe('');
});

test.concurrent('executable: a second SIGINT ends the process at once', async (context) => {
  const stubborn = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    socket.on('data', () => socket.write('PONG\n'));
  }).listen(0, '127.0.0.1');
  await once(stubborn, 'listening');
  const { child, stdout, exit } = holdfast(
    context,
    'watch',
    `tcp://127.0.0.1:${(stubborn.address() as AddressInfo).port}`,
  );
  await until(stdout, ({ to }) => to === 'alive');
  const impatience = interval(100).subscribe(() => child.kill('SIGINT'));
  expect(await exit).toBe(130);
  impatience.unsubscribe();
  stubborn.close();
});

test.concurrent('executable: a closed stdout pipe ends the process without an error', async (context) => {
  const { stdout, exit, errors } = holdfast(context, 'demo', '--json');
  await once(stdout, 'data');
  stdout.destroy();
  expect(await exit).toBe(0);
  expect(await errors).toBe('');
});

// Only Linux has a full disk to write to.
const elsewhere = { skip: process.platform !== 'linux' };
test.concurrent(
  'executable: a full disk behind stdout is one error line and exit code 1',
  elsewhere,
  async (context) => {
    for (const args of [['chart'], ['demo', '--json']]) {
      const { exit, errors } = holdfastInto(context, '/dev/full', ...args);
      expect(await exit).toBe(1);
      expect(await errors).toMatch(/^holdfast: standard output: ENOSPC.*\n$/);
    }
  },
);

test.concurrent('when nobody reads its complaints bad usage is still exit code 2', async (context) => {
  const { child, exit, errors } = holdfast(context, 'check', '/no/such/file');
  child.stderr.destroy();
  await expect(errors).rejects.toThrow('Premature close');
  expect(await exit).toBe(2);
});

test.concurrent('executable: the last line is written before the process ends', async (context) => {
  const { stdout, exit } = holdfast(context, 'chart');
  expect(JSON.parse(await text(stdout))).toMatchObject({ id: 'connection' });
  expect(await exit).toBe(0);
});

test.concurrent('executable: bad usage is exit code 2', async (context) => {
  const { exit, errors } = holdfast(context, 'watch', 'gopher://host');
  expect(await exit).toBe(2);
  expect(await errors).toMatch(/^holdfast: url: "gopher:\/\/host" is not valid; expected a scheme/);
});

test.concurrent('executable: lists of processes show no password of a URL', elsewhere, async (context) => {
  const { child, stdout } = holdfast(context, 'watch', 'redis://me:secret@127.0.0.1:9', '--interval', '1s');
  await until(stdout, ({ event }) => event === 'state');
  const shown = readFileSync(`/proc/${child.pid}/cmdline`, 'utf8').replaceAll('\0', '');
  expect(shown).toBe('holdfast watch redis://***@127.0.0.1:9 --interval 1s');
});

test.concurrent('executable: the protocol of docs/command-line.md is loaded from the working directory', async (context) => {
  const page = readFileSync(`${root}docs/command-line.md`, 'utf8');
  // Inside the package, so that the sample imports it by its name.
  const folder = mkdtempSync(`${root}test/.samples-`);
  context.onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(`${folder}/acme.mjs`, /^```js\n(.*?)^```/ms.exec(page)?.[1] ?? '');
  const peer = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (data) => socket.write(String(data) === 'HELLO secret\n' ? 'WELCOME\n' : 'PONG\n'));
  }).listen(0, '127.0.0.1');
  await once(peer, 'listening');
  const url = `acme://:secret@127.0.0.1:${(peer.address() as AddressInfo).port}`;
  const args = [main, 'watch', url, '--protocol', './acme.mjs', '--for', '1s'];
  const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  context.onTestFinished(() => void child.kill('SIGKILL'));
  expect(await until(child.stdout, ({ from }) => from === 'connecting')).toMatchObject({ to: 'alive' });
  peer.close();
});

test.concurrent('executable: all connections of the demo survive every fault', {
  timeout: 60_000,
}, async (context) => {
  const { stdout, exit } = holdfast(context, 'demo', '--for', '20s', '--json');
  const lines = (await text(stdout))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(await exit).toBe(0);
  const { faults, session, ...rest } = lines.find(({ event }) => event === 'summary');
  expect(rest).toMatchObject({ alive: 13, connections: 13 });
  expect(session).toMatchObject({ restarts: 2, resumed: 2, repeated: 0, lost: 0 });
  expect(session.handled).toBe(session.sent);
  expect(faults.map(({ fault }: { fault: string }) => fault)).toEqual([
    'close',
    'restart',
    'reset',
    'freeze',
    'down',
    'flaky',
  ]);
  for (const { hits, survived } of faults) expect(survived).toBe(hits);
  expect(faults[3].suspectedMs).toBeLessThan(faults[3].closedMs);
  expect(faults[4].aliveMs).toBeGreaterThanOrEqual(2000);
});
