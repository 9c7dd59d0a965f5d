/** `--inspect` beside a command. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { FakeIo } from './fake-io.ts';

const unused = 'tcp://127.0.0.1:9';

async function ended(io: FakeIo, code: Promise<number>): Promise<number> {
  io.quit$.next('SIGINT');
  return code;
}

/** The list that a viewer of the page gets first. */
function rowsOf(page: string): Promise<Record<string, unknown>[]> {
  const socket = new WebSocket(page.replace(/^http(.*)\/\?/, 'ws$1/wire?'));
  return new Promise((resolve) =>
    socket.on('message', (data) => {
      const message = JSON.parse(String(data));
      if (message.type === 'full') resolve(message.rows);
    }),
  );
}

test.each([['--inspect'], ['--inspect=0']])(
  'watch %s serves the page, and tells where first',
  async (flag) => {
    const io = new FakeIo();
    const code = io.run('watch', flag, unused);
    const { url } = await io.line(({ event }) => event === 'inspector');
    expect(io.lines[0]?.event).toBe('inspector');
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?token=/);
    expect((await fetch(String(url))).status).toBe(200);
    expect(await ended(io, code)).toBe(0);
    await expect(fetch(String(url))).rejects.toThrow();
  },
);

test('--inspect: an open page does not keep a command from ending', async () => {
  const io = new FakeIo();
  const code = io.run('watch', '--inspect', unused);
  const { url } = await io.line(({ event }) => event === 'inspector');
  const socket = new WebSocket(String(url).replace(/^http(.*)\/\?/, 'ws$1/wire?'));
  const closed = new Promise((resolve) => socket.on('close', resolve));
  await new Promise((resolve) => socket.on('message', resolve));
  expect(await ended(io, code)).toBe(0);
  expect(await closed).toBe(1001);
});

test('--inspect: shows the labels of --targets', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'holdfast-')), 'targets.json');
  writeFileSync(file, JSON.stringify([{ id: 'feed', url: unused, labels: { team: 'prices' } }]));
  const io = new FakeIo();
  const code = io.run('watch', '--inspect', '--targets', file);
  const { url } = await io.line(({ event }) => event === 'inspector');
  await io.line(({ connection }) => connection === 'feed');
  expect(await rowsOf(String(url))).toMatchObject([{ id: 'feed', labels: { team: 'prices' } }]);
  expect(await ended(io, code)).toBe(0);
});

test('--inspect: holdfast serve shows what it accepted', async () => {
  const io = new FakeIo();
  const code = io.run('serve', '--inspect', 'tcp://127.0.0.1:0');
  const page = await io.line(({ event }) => event === 'inspector');
  const { url } = await io.line(({ event }) => event === 'listening');
  const client = connect(Number(new URL(String(url)).port), '127.0.0.1');
  const { connection } = await io.line(({ event }) => event === 'accepted');
  const [row] = await rowsOf(String(page.url));
  expect(row).toMatchObject({ id: connection, side: 'accept' });
  client.destroy();
  expect(await ended(io, code)).toBe(0);
});

test('--inspect: is no option of a command without an inspector', async () => {
  const io = new FakeIo();
  expect(await io.run('check', '--inspect', 'policy.json')).toBe(2);
  expect(io.err).toMatch("unknown option '--inspect'\n");
});

test('--inspect-actions lets the page act, and is refused without --inspect', async () => {
  const alone = new FakeIo();
  expect(await alone.run('watch', '--inspect-actions', unused)).toBe(2);
  expect(alone.err).toContain('--inspect-actions: true is not valid; expected beside --inspect');
  const io = new FakeIo();
  const code = io.run('watch', '--inspect', '--inspect-actions', unused);
  const { url } = await io.line(({ event }) => event === 'inspector');
  const socket = new WebSocket(String(url).replace(/^http(.*)\/\?/, 'ws$1/wire?'));
  const hello = await new Promise((resolve) =>
    socket.once('message', (data) => resolve(JSON.parse(String(data)))),
  );
  expect(hello).toMatchObject({ type: 'hello', mayAct: true });
  expect(await ended(io, code)).toBe(0);
});

test('--inspect: on a terminal the URL is printed above the table', async () => {
  const io = new FakeIo({ isTTY: true, columns: 80, rows: 24 });
  const code = io.run('watch', '--inspect', unused);
  await vi.waitFor(() => expect(io.out).toContain('Ctrl-C to end'));
  expect(io.out).toMatch(/^inspector: http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]+\n/);
  expect(await ended(io, code)).toBe(0);
});

test.each([['--inspect=70000'], ['--inspect=web'], ['--inspect=']])('%s is bad usage', async (flag) => {
  const io = new FakeIo();
  expect(await io.run('watch', flag, unused)).toBe(2);
  expect(io.err).toMatch(/^holdfast: --inspect: .* expected a port from 0 to 65535/);
});

test('--inspect: a port in use is bad usage, and nothing is left running', async () => {
  const first = new FakeIo();
  const code = first.run('watch', '--inspect', unused);
  const { url } = await first.line(({ event }) => event === 'inspector');
  const second = new FakeIo();
  expect(await second.run('watch', `--inspect=${new URL(String(url)).port}`, unused)).toBe(2);
  expect(second.err).toContain('EADDRINUSE');
  expect(await ended(first, code)).toBe(0);
});

test('--inspect: holdfast demo serves the page', async () => {
  const io = new FakeIo();
  const code = io.run('demo', '--json', '--inspect');
  const { url } = await io.line(({ event }) => event === 'inspector');
  expect((await fetch(String(url))).status).toBe(200);
  expect(io.lines[0]?.event).toBe('inspector');
  expect(await ended(io, code)).toBe(0);
});
