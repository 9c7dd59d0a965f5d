/** `holdfast replay`: prints a recording, or serves the inspector's page with it. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { expect, test, vi } from 'vitest';
import { flightRecorder } from '../../src/actors/incarnation/flight-recorder.ts';
import { Capture } from '../../src/inspect/capture.ts';
import { recordingOf } from '../../src/inspect/export.ts';
import { lineServer, world } from '../support/world.ts';
import { FakeIo } from './fake-io.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-'));

function fileWith(content: unknown): string {
  const file = join(folder, 'recording.json');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

/** A connection that was suspected and condemned: all of it, and what the flight recorder has. */
async function incident() {
  const { supervisor, clock, network } = world({ recorder: flightRecorder() });
  const capture = new Capture(supervisor, 1 << 20);
  network.serve('feed', lineServer);
  supervisor.connect({ id: 'feed', url: 'memory://feed' });
  await clock.run(20_000);
  network.host('feed').freeze();
  await clock.run(25_000);
  return { whole: capture.recording(), flight: recordingOf(supervisor) };
}

const moves = (io: FakeIo, chart: string) =>
  io.lines.filter((line) => line.event === 'move' && line.chart === chart);

test('holdfast replay: where standard output is no terminal each move is a line, in order', async () => {
  const { whole, flight } = await incident();
  const full = new FakeIo();
  expect(await full.run('replay', fileWith(whole))).toBe(0);
  const times = full.lines.map(({ time }) => Number(time));
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  const suspected = moves(full, 'connection').find(({ to }) => to === 'suspect.silent');
  expect(suspected).toEqual({
    time: expect.any(Number),
    connection: 'feed',
    incarnation: 1,
    event: 'move',
    chart: 'connection',
    cause: 'deadline-expired',
    from: 'alive',
    to: 'suspect.silent',
    deadline: 'suspect',
  });
  expect(moves(full, 'supervision').map(({ to }) => to)).toContain('backing-off.delay');
  expect(full.lines.map(({ event }) => event)).toContain('reconnect-scheduled');
  const short = new FakeIo();
  expect(await short.run('replay', fileWith(flight), '--json')).toBe(0);
  const ways = (io: FakeIo) => moves(io, 'connection').map(({ to }) => to);
  // The flight recorder and the page's messages tell the same story.
  expect(ways(short)).toEqual(ways(full));
});

test('holdfast replay: - is standard input', async () => {
  const { flight } = await incident();
  const io = new FakeIo();
  io.stdin = Readable.from([JSON.stringify(flight)]);
  expect(await io.run('replay', '-')).toBe(0);
  expect(moves(io, 'connection').length).toBeGreaterThan(3);
});

test('holdfast replay: on a terminal the page is served with the recording, behind a token, until it is ended', async () => {
  const { flight } = await incident();
  const io = new FakeIo({ isTTY: true, columns: 80, rows: 24 });
  const code = io.run('replay', fileWith(flight));
  await vi.waitFor(() => expect(io.out).toMatch(/^inspector: http.*\n$/));
  const url = new URL(io.out.slice('inspector: '.length).trim());
  const html = await (await fetch(url)).text();
  const [, source = ''] = /<meta name="holdfast-recording" content="([^"]+)"/.exec(html) ?? [];
  expect(await (await fetch(new URL(source, url))).json()).toEqual(JSON.parse(JSON.stringify(flight)));
  for (const [token, status] of [
    ['', 401],
    ['?token=another-token-than-it', 403],
  ] as const)
    expect((await fetch(new URL(`/recording.json${token}`, url))).status).toBe(status);
  io.quit$.next('SIGINT');
  expect(await code).toBe(0);
  await expect(fetch(url)).rejects.toThrow();
});

test('holdfast replay: --inspect serves the page without a terminal, with a port and a token of one’s own', async () => {
  const { flight } = await incident();
  const io = new FakeIo();
  io.env.TOKEN = 'a-token-of-sixteen-or-more';
  const code = io.run('replay', fileWith(flight), '--inspect', '--inspect-token-env', 'TOKEN', '--for', '1s');
  const { url } = await io.line(({ event }) => event === 'inspector');
  expect(String(url)).toMatch(/\?token=a-token-of-sixteen-or-more$/);
  expect((await fetch(String(url))).status).toBe(200);
  expect(await code).toBe(0);
});

test('holdfast replay: --inspect serves the page beside --json, too, and prints its URL as a line', async () => {
  const { flight } = await incident();
  const io = new FakeIo({ isTTY: true });
  const code = io.run('replay', fileWith(flight), '--json', '--inspect');
  const { url } = await io.line(({ event }) => event === 'inspector');
  expect((await fetch(String(url))).status).toBe(200);
  expect(io.lines).toHaveLength(1);
  io.quit$.next('SIGINT');
  expect(await code).toBe(0);
});

test.each([
  ['--for', '1s'],
  ['--inspect-token-env', 'TOKEN'],
])(
  'holdfast replay: %s is refused where lines are printed, as it would have no effect',
  async (option, value) => {
    const io = new FakeIo();
    expect(await io.run('replay', join(folder, 'any.json'), option, value)).toBe(2);
    expect(io.err).toContain(`${option}: "${value}" is not valid; expected beside --inspect`);
  },
);

test('holdfast replay: a signal ends it while it waits for the rest of standard input', async () => {
  const io = new FakeIo();
  const stdin = new PassThrough();
  stdin.write('{"format":"holdfast-recording",');
  io.stdin = stdin;
  const code = io.run('replay', '-');
  io.quit$.next('SIGINT');
  expect(await code).toBe(0);
  expect(stdin.destroyed).toBe(true);
  expect(io.out + io.err).toBe('');
});

test('holdfast replay: a file with a byte order mark is a recording, as standard input with one is', async () => {
  const { flight } = await incident();
  const marked = `\ufeff${JSON.stringify(flight)}`;
  const [ofFile, ofInput] = [new FakeIo(), new FakeIo()];
  ofInput.stdin = Readable.from([Buffer.from(marked)]);
  expect(await ofFile.run('replay', fileWith(marked))).toBe(0);
  expect(await ofInput.run('replay', '-')).toBe(0);
  expect(ofInput.out).toBe(ofFile.out);
  expect(moves(ofFile, 'connection').length).toBeGreaterThan(3);
});

const row = { row: { id: 'a' }, history: [] };
const head = { format: 'holdfast-recording', version: 3, at: 1, madeBy: 'x', gates: [] };

test.each([
  ['no JSON', 'nonsense', /recording.json: recording: "nonsense" is not valid; expected a JSON document/],
  [
    'another document',
    '{"some":"json"}',
    /recording.json: format: undefined is not valid; expected a value, as the field is required/,
  ],
  [
    'a later version',
    { ...head, version: 99, connections: [] },
    /: version: 99 is not valid; expected one of 1, 2, 3/,
  ],
  [
    'a row without its fields',
    { ...head, connections: [row] },
    /: connections\.0\.row\.machine: undefined is not valid; expected a value, as the field/,
  ],
])('holdfast replay: %s is bad usage, with field, value and expectation', async (_, content, why) => {
  const io = new FakeIo();
  expect(await io.run('replay', fileWith(content))).toBe(2);
  expect(io.err).toMatch(why);
  expect(io.out).toBe('');
});

test('holdfast replay: of a thousand mistakes ten are shown, and the others counted', async () => {
  const { flight } = await incident();
  const [connection] = flight.connections;
  const history = Array.from({ length: 1000 }, () => ({ at: 1, incarnation: 1, event: 'start' }));
  const io = new FakeIo();
  expect(await io.run('replay', fileWith({ ...flight, connections: [{ ...connection, history }] }))).toBe(2);
  expect(io.err.split('\n').filter(Boolean)).toHaveLength(11);
  expect(io.err).toContain('connections.0.history.9.to');
  expect(io.err).toContain('"990 more problems" is not valid');
});

test('holdfast replay: a file that is not there is bad usage', async () => {
  const io = new FakeIo();
  expect(await io.run('replay', join(folder, 'none.json'))).toBe(2);
  expect(io.err).toMatch(/file: ".*none.json" is not valid; expected a readable file \(ENOENT/);
});
