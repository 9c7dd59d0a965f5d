/** `holdfast watch --targets`: a list of endpoints that changes while it is watched. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { expect, test, vi } from 'vitest';
import { answerPings, tcpPeer } from '../../support/tcp-peer.ts';
import { closedPort } from '../../transport/peers.ts';
import { FakeIo, type Line } from '../fake-io.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-'));
const file = join(folder, 'targets.json');
const list = (targets: unknown) => writeFileSync(file, JSON.stringify(targets, undefined, 1));

async function server(): Promise<{ url: string; sockets: Set<Socket> }> {
  const sockets = new Set<Socket>();
  const url = await tcpPeer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    answerPings(socket);
  });
  return { url, sockets };
}

const alive = (id: string) => (line: Line) => line.connection === id && line.to === 'alive';

test('--targets: ids, labels and policies are those of the file, and the end has a line for each', async () => {
  const { url } = await server();
  const dead = `tcp://127.0.0.1:${await closedPort()}`;
  writeFileSync(join(folder, 'once.json'), '{"reconnect":{"maxAttempts":0}}');
  list([
    { id: 'good', url, labels: { dc: 'eu', tier: '1' }, policy: { profile: 'lan' } },
    { id: 'bad', url: dead, policy: 'once.json' },
    { url },
  ]);
  const io = new FakeIo();
  const code = io.run('watch', '--targets', file);
  expect(await io.line(alive('good'))).toMatchObject({ url, labels: { dc: 'eu', tier: '1' } });
  await io.line(alive(url));
  expect(await io.line(({ event }) => event === 'gave-up')).not.toHaveProperty('labels');
  io.quit$.next('SIGINT');
  expect(await code).toBe(0);
  const summaries = io.lines.filter(({ event }) => event === 'summary');
  // The worst is the first; the others were connecting for about the same time.
  expect(summaries[0]).toMatchObject({ connection: 'bad' });
  expect(summaries.toSorted((a, b) => (String(a.connection) < String(b.connection) ? -1 : 1))).toMatchObject([
    { connection: 'bad', outages: 1, down: true, exits: { refused: 1 } },
    { connection: 'good', outages: 0, down: false, labels: { dc: 'eu', tier: '1' } },
    { connection: url, outages: 0 },
  ]);
});

test('--targets: SIGHUP dials what is new, closes what is gone, and leaves the rest alone', async () => {
  const { url, sockets } = await server();
  const other = await server();
  list([
    { id: 'stays', url },
    { id: 'goes', url },
    { id: 'moves', url },
    { id: 'tuned', url },
  ]);
  const io = new FakeIo();
  const code = io.run('watch', '--targets', file);
  for (const id of ['stays', 'goes', 'moves', 'tuned']) await io.line(alive(id));
  list([
    { id: 'stays', url, labels: { now: 'labelled' } },
    { id: 'moves', url: other.url },
    { id: 'tuned', url, policy: { profile: 'lan' } },
    { id: 'comes', url: other.url },
  ]);
  io.reload$.next('SIGHUP');
  expect(await io.line(({ event }) => event === 'targets-applied')).toMatchObject({
    added: 1,
    removed: 1,
    replaced: 1,
    configured: 1,
  });
  await io.line(alive('comes'));
  await io.line((line) => alive('moves')(line) && line.url === other.url);
  expect(sockets.size).toBe(2);
  expect(other.sockets.size).toBe(2);
  writeFileSync(file, '[{"id":"comes"},');
  io.reload$.next('SIGHUP');
  const { problems } = await io.line(({ event, level }) => event === 'targets-refused' && level === 40);
  expect(problems).toEqual([expect.stringMatching(/targets\.json:1: /)]);
  io.quit$.next('SIGINT');
  expect(await code).toBe(0);
  expect(io.reload$.observed).toBe(false);
  expect(io.lines.filter((line) => alive('stays')(line))).toHaveLength(1);
});

test.each<[title: string, targets: unknown, ...lines: RegExp[]]>([
  ['no list', { id: 'x' }, /^.*targets\.json:1: an object .* a list of targets$/],
  ['an empty list', [], /"an empty list" .* a list of targets$/],
  ['a target that is none', ['x'], /targets\.json:2: 0: "x" .* an object of options$/],
  ['a target without a URL', [{ id: 'x' }], /targets\.json:2: 0\.url: undefined .* a URL such as/],
  [
    'a key that nothing reads',
    [{ url: 'tcp://h:1', lables: {} }],
    /targets\.json:4: 0\.lables: .* did you mean `labels`\?$/,
  ],
  [
    'an id twice',
    [
      { id: 'x', url: 'tcp://h:1' },
      { id: 'x', url: 'tcp://h:2' },
    ],
    /targets\.json:7: 1\.id: "x" .* no other target has$/,
  ],
  ['an empty id', [{ id: ' ', url: 'tcp://h:1' }], /0\.id: " " .* 1 to 200 characters/],
  ['a long id', [{ id: 'x'.repeat(2000), url: 'tcp://h:1' }], /0\.id: "x+\.\.\." .* 1 to 200 characters/],
  [
    'an id that runs backwards',
    [{ id: 'a\u202eb', url: 'tcp://h:1' }],
    /0\.id: "a\\u202eb" .* none of them a control or format/,
  ],
  [
    'a label that is no text',
    [{ url: 'tcp://h:1', labels: { a: 1 } }],
    /targets\.json:5: 0\.labels\.a: 1 .* a text$/,
  ],
  [
    'a bad URL and a bad policy',
    [{ url: 'tcp://h:99999' }, { url: 'tcp://h:1', policy: { heartbeat: { interval: '10x' } } }],
    /1\.policy\.heartbeat\.interval: "10x"/,
  ],
  [
    'a port',
    [{ url: 'tcp://h:99999' }],
    /targets\.json:3: 0\.url: "tcp:\/\/h:99999" .* a port from 1 to 65535/,
  ],
  [
    'an unknown protocol',
    [{ url: 'tcp://h:1', protocol: 'smtp' }],
    /targets\.json:4: 0\.protocol: "smtp" .* one of raw/,
  ],
  [
    'a policy without a file',
    [{ url: 'tcp://h:1', policy: 'none.json' }],
    /0\.policy: ".*none\.json" .* a readable file/,
  ],
  [
    'a variable that is not set',
    [{ url: 'ws://h/', dial: { token: 'env:NO_TOKEN' } }],
    /0\.dial\.token: "env:NO_TOKEN" .* that is set/,
  ],
  [
    'TLS without TLS',
    [{ url: 'ws://h/', dial: { tls: { insecure: true } } }],
    /0\.dial\.tls\.insecure: true .* none, as no URL is dialled over TLS/,
  ],
])('--targets: %s is bad usage', async (_, targets, ...expected) => {
  list(targets);
  const io = new FakeIo();
  expect(await io.run('watch', '--targets', file)).toBe(2);
  expect(io.err.trimEnd().split('\n')).toEqual(expected.map((line) => expect.stringMatching(line)));
  expect(io.out).toBe('');
});

test.each([
  [['watch'], /^holdfast: url: "none" .* a URL, or --targets with a file of them$/],
  [['watch', '--targets', '/no/file'], /^holdfast: --targets: "\/no\/file" .* a readable file/],
])('%j is bad usage', async (args, expected) => {
  const io = new FakeIo();
  expect(await io.run(...args)).toBe(2);
  expect(io.err.trimEnd()).toMatch(expected);
});

/** The last frame of a table. */
const frameOf = (io: FakeIo) => stripVTControlCharacters(io.out);

test('--targets: of 300 the 7 that are down are on the first screen', async () => {
  const { url } = await server();
  const dead = `tcp://127.0.0.1:${await closedPort()}`;
  const isDead = (index: number) => index % 43 === 20;
  list(
    Array.from({ length: 300 }, (_, index) => ({
      id: `feed-${index}`,
      url: isDead(index) ? dead : url,
      labels: { n: `${index}` },
    })),
  );
  const io = new FakeIo({ isTTY: true, columns: 80, rows: 24 });
  const code = io.run('watch', '--targets', file);
  await vi.waitFor(() => expect(frameOf(io)).toMatch(/293 alive, .*(closed|connecting)/), {
    timeout: 20_000,
  });
  const first = frameOf(io).slice(frameOf(io).lastIndexOf('last reason')).split('\n').slice(1, 8);
  io.quit$.next('SIGINT');
  await code;
  expect(frameOf(io)).toContain('293 of 300 connections without an outage');
  expect(first).toHaveLength(7);
});

test.each([
  [{ columns: 0, rows: 0 }, 80],
  [{ columns: 20, rows: 5 }, 20],
])('holdfast watch: on a terminal of %j no line is wider than %i', async (size, width) => {
  const { url } = await server();
  const io = new FakeIo({ isTTY: true, ...size });
  const code = io.run('watch', url);
  await io.wrote('alive');
  io.quit$.next('SIGINT');
  expect(await code).toBe(0);
  // The summary below the last table is as wide as it has to be.
  const [frame = ''] = frameOf(io).split('outages');
  for (const line of frame.split('\n').slice(0, -1))
    expect(line.length).toBeLessThanOrEqual(Math.max(width, 30));
});

test('holdfast watch: a dumb terminal has a sentence for each event', async () => {
  const { url } = await server();
  const io = new FakeIo({ isTTY: true });
  io.env.TERM = 'dumb';
  const code = io.run('watch', url);
  await io.wrote(': alive');
  io.quit$.next('SIGINT');
  expect(await code).toBe(0);
  expect(io.out).not.toContain('\u001b');
  expect(io.out.split('\n').slice(0, 2)).toEqual([
    expect.stringMatching(/^\d\d:\d\d:\d\d tcp:\S+: connecting/),
    expect.stringMatching(/^\d\d:\d\d:\d\d tcp:\S+: alive/),
  ]);
});
