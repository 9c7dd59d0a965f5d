/** `holdfast inspect`, and `--report` of the commands that report to it. */
import { once } from 'node:events';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import type { ServerMessage } from '../../src/inspect/wire.ts';
import { serving } from '../transport/peers.ts';
import { FakeIo } from './fake-io.ts';

const unused = 'tcp://127.0.0.1:9';

/** The command, and the messages to a page of it. */
async function inspecting(...args: string[]) {
  const io = new FakeIo();
  Object.assign(io.env, { PAGE: 'the-token-of-the-page', REPORTS: 'the-token-of-reports' });
  const code = io.run('inspect', ...args);
  const { url, reportUrl } = await io.line(({ event }) => event === 'inspector');
  const end = async () => {
    io.quit$.next('SIGINT');
    return await code;
  };
  onTestFinished(async () => void (await end()));
  return { io, url: String(url), reportUrl: String(reportUrl), end };
}

function viewer(url: string): ServerMessage[] {
  const messages: ServerMessage[] = [];
  const socket = new WebSocket(url.replace(/^http(.*)\/\?/, 'ws$1/wire?'));
  onTestFinished(() => socket.terminate());
  socket.on('message', (data) => messages.push(JSON.parse(String(data)) as ServerMessage));
  return messages;
}

const reportersIn = (messages: readonly ServerMessage[]) =>
  messages.flatMap((message) => (message.type === 'reporter' ? [message] : []));

test('holdfast inspect: lists the processes that report by option and by the environment, each under its name', async () => {
  const { url, reportUrl, end } = await inspecting();
  const messages = viewer(url);
  const [first, second, third] = [new FakeIo(), new FakeIo(), new FakeIo()];
  second.env.HOLDFAST_INSPECT = reportUrl;
  third.env.HOLDFAST_INSPECT = reportUrl;
  const codes = [
    first.run('watch', unused, '--report', reportUrl, '--report-as', 'prices'),
    second.run('watch', unused),
    third.run('serve', 'tcp://127.0.0.1:0'),
  ];
  await vi.waitFor(() =>
    expect(reportersIn(messages).map(({ reporter }) => reporter)).toEqual(
      expect.arrayContaining(['prices', 'holdfast watch', 'holdfast serve']),
    ),
  );
  for (const io of [first, second, third]) io.quit$.next('SIGINT');
  expect(await Promise.all(codes)).toEqual([0, 0, 0]);
  await vi.waitFor(() =>
    expect(
      new Set(
        reportersIn(messages)
          .slice(-3)
          .map(({ status }) => status),
      ),
    ).toEqual(new Set(['gone'])),
  );
  for (const io of [first, second, third]) expect(io.out + io.err).not.toContain(new URL(reportUrl).search);
  expect(await end()).toBe(0);
});

test('holdfast inspect: tokens of variables and a port of one’s own make the same URLs again', async () => {
  const first = await inspecting('--token-env', 'PAGE', '--report-token-env', 'REPORTS');
  const { port } = new URL(first.url);
  await first.end();
  const args = ['--listen', port, '--token-env', 'PAGE', '--report-token-env', 'REPORTS'];
  const again = await inspecting(...args);
  expect(again.url).toBe(`http://127.0.0.1:${port}/?token=the-token-of-the-page`);
  expect(again.reportUrl).toBe(`ws://127.0.0.1:${port}/report?token=the-token-of-reports`);
});

async function upgradeStatus(url: string, headers: Record<string, string> = {}): Promise<number | undefined> {
  const { hostname, port, pathname, search } = new URL(url);
  const asked = request({
    hostname,
    port,
    path: pathname + search,
    headers: {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
      ...headers,
    },
  });
  asked.end();
  const [response] = (await Promise.race([once(asked, 'response'), once(asked, 'upgrade')])) as [
    { statusCode?: number },
  ];
  asked.destroy();
  return response.statusCode;
}

test('holdfast inspect: neither door opens without its own token, from another site, or with a token of the run before', async () => {
  const before = await inspecting();
  const { port } = new URL(before.url);
  await before.end();
  const { url, reportUrl } = await inspecting('--listen', port, '--origin', 'https://shop.example');
  const tokens = [new URL(url), new URL(reportUrl)].map(
    ({ searchParams }) => searchParams.get('token') ?? '',
  );
  const [page = '', reports = ''] = tokens;
  const door = (path: string, token: string) => `ws://127.0.0.1:${port}${path}${token && `?token=${token}`}`;
  const replayed = [new URL(before.url), new URL(before.reportUrl)].map(
    ({ searchParams }) => searchParams.get('token') ?? '',
  );
  for (const path of ['/report', '/wire']) {
    expect(await upgradeStatus(door(path, ''))).toBe(401);
    for (const token of replayed) expect(await upgradeStatus(door(path, token))).toBe(403);
  }
  expect(await upgradeStatus(door('/report', page))).toBe(403);
  expect(await upgradeStatus(door('/wire', reports))).toBe(403);
  expect(await upgradeStatus(reportUrl)).toBe(101);
  expect(await upgradeStatus(reportUrl, { Origin: 'https://shop.example' })).toBe(101);
  expect(await upgradeStatus(reportUrl, { Origin: 'https://evil.example' })).toBe(403);
  expect(await upgradeStatus(door('/wire', page), { Origin: 'https://shop.example' })).toBe(403);
  expect(await upgradeStatus(reportUrl, { Host: 'evil.example' })).toBe(421);
  expect((await fetch(url, { method: 'POST' })).status).toBe(405);
});

test('holdfast inspect: on a terminal it prints the URL of the page, and the variable for processes', async () => {
  const io = new FakeIo({ isTTY: true, columns: 80, rows: 24 });
  const code = io.run('inspect', '--for', '50ms');
  expect(await code).toBe(0);
  expect(io.out).toMatch(
    /^inspector: http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]+\nreports: {3}HOLDFAST_INSPECT='ws:\/\/127\.0\.0\.1:\d+\/report\?token=[\w-]+'\nCtrl-C to end\n$/,
  );
});

test.each([
  [['--listen', 'web'], /--listen: "web" is not valid; expected a port from 0 to 65535/],
  [['--for', '5'], /--for: "5" is not valid/],
  [['--origin', 'https://shop.example/path'], /--origin: .* expected an origin such as/],
  [
    ['--token-env', 'SHORT'],
    /--token-env: "SHORT" is not valid; expected a variable whose value has 16 to 128/,
  ],
  [
    ['--report-token-env', 'NONE'],
    /--report-token-env: "NONE" is not valid; expected a variable whose value has/,
  ],
])('holdfast inspect %j is bad usage', async (args, why) => {
  const io = new FakeIo();
  io.env.SHORT = 'hunter2';
  expect(await io.run('inspect', ...args)).toBe(2);
  expect(io.err).toMatch(why);
  expect(io.err).not.toContain('hunter2');
});

test('holdfast inspect: a port that is taken is bad usage', async () => {
  const taken = createServer();
  await serving(taken, { host: '127.0.0.1', port: 0 });
  const { port } = taken.address() as { port: number };
  const io = new FakeIo();
  expect(await io.run('inspect', '--listen', String(port))).toBe(2);
  expect(io.err).toMatch(/--listen: \d+ is not valid; expected a free port \(.*EADDRINUSE/);
});

test.each([
  [
    ['--report', 'http://127.0.0.1/?token=hunter2'],
    {},
    /--report: "\*\*\*" is not valid; expected the reportUrl/,
  ],
  [[], { HOLDFAST_INSPECT: 'hunter2' }, /HOLDFAST_INSPECT: "\*\*\*" is not valid; expected the reportUrl/],
  [['--report', ''], {}, /--report: "" is not valid; expected --report or HOLDFAST_INSPECT/],
  [['--report-as', 'x'], {}, /--report-as: "x" is not valid; expected --report or HOLDFAST_INSPECT/],
  [['--report', 'ws://127.0.0.1/?token=hunter2', '--report-as', ''], {}, /--report-as: "" is not valid/],
])('watch %j with %j is bad usage, and shows no token', async (args, env, why) => {
  const io = new FakeIo();
  Object.assign(io.env, env);
  expect(await io.run('watch', unused, ...args)).toBe(2);
  expect(io.err).toMatch(why);
  expect(io.out + io.err).not.toContain('hunter2');
});
