/** `--metrics`: what Prometheus reads, against the lines of the same run, and the requests that get nothing. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import parse from 'parse-prometheus-text-format';
import { describe, expect, onTestFinished, test } from 'vitest';
import { checkedLines } from '../../support/log-lines.ts';
import { tcpPeer } from '../../support/tcp-peer.ts';
import { closedPort } from '../../transport/peers.ts';
import { FakeIo, type Line } from '../fake-io.ts';

const main = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));

/** Answers each ping, as long as it talks. */
function answering(socket: Socket, talks = () => true): void {
  socket.on('data', () => talks() && socket.write('PONG\n'));
}

function file(name: string, content: unknown): string {
  const path = join(mkdtempSync(join(tmpdir(), 'holdfast-')), name);
  writeFileSync(path, JSON.stringify(content));
  return path;
}

const policy = {
  heartbeat: { interval: '50ms', suspectAfter: { min: '20ms', max: '40ms' }, condemnAfter: '5s' },
  reconnect: { backoff: { base: '10ms', cap: '10ms' }, stableAfter: '0s' },
};

async function running(...args: string[]) {
  const io = new FakeIo();
  io.env.HOLDFAST_LOG = 'trace';
  const code = io.run(...args);
  const { url } = await io.line(({ event }) => event === 'metrics');
  const end = () => {
    io.quit$.next('end');
    return code;
  };
  onTestFinished(() => void end());
  return { io, url: String(url), end };
}

const isChange = ({ event }: Line) => event !== 'heartbeat';

/** The metrics at a moment in which no connection changed, with the lines until then. */
async function scrape(io: FakeIo, url: string) {
  for (;;) {
    const before = io.lines;
    const response = await fetch(url);
    // The parser keeps the last series of a histogram alone: each of its lines becomes a sample without a type.
    const plain = (await response.text()).replace(
      /^# \w+ holdfast_connection_(rtt|detection_duration) .*\n/gm,
      '',
    );
    const families = parse(plain);
    const after = io.lines;
    if (after.filter(isChange).length === before.filter(isChange).length) return { families, before, after };
  }
}

type Families = Awaited<ReturnType<typeof scrape>>['families'];

/** The samples of a metric, by their labels, without zeros. */
function samples(families: Families, name: string) {
  const found = families.filter((family) => family.name === name).flatMap(({ metrics }) => metrics);
  const rows = found.map(
    ({ labels = {}, value }) => [Object.values(labels).join(' '), Number(value)] as const,
  );
  return Object.fromEntries(rows.filter(([, value]) => value !== 0));
}

function counted(lines: readonly Line[], key: (line: Line) => string | false): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const line of lines) {
    const name = key(line);
    if (name !== false) counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

test('holdfast watch --metrics: the numbers are those of the lines of the same run', async () => {
  let talks = true;
  const targets = file('targets.json', [
    { id: 'good', url: await tcpPeer((socket) => answering(socket)) },
    { id: 'slow', url: await tcpPeer((socket) => answering(socket, () => talks)) },
    {
      id: 'flaky "x\\',
      url: await tcpPeer((socket, count) =>
        count < 4 ? socket.once('data', () => socket.end('PONG\n')) : answering(socket),
      ),
    },
    {
      id: 'dead',
      url: `tcp://127.0.0.1:${await closedPort()}`,
      policy: { reconnect: { maxAttempts: 2 } },
    },
  ]);
  const { io, url, end } = await running(
    'watch',
    '--targets',
    targets,
    '--config',
    file('policy.json', policy),
    '--metrics',
  );
  await io.line(({ event }) => event === 'gave-up');
  await io.line(({ connection, incarnation, to }) =>
    Boolean(connection === 'flaky "x\\' && Number(incarnation) >= 4 && to === 'alive'),
  );
  await io.line(({ connection, to }) => connection === 'slow' && to === 'alive');
  talks = false;
  await io.line(({ connection, to }) => connection === 'slow' && to === 'suspect');
  talks = true;
  await io.line(({ connection, from, to }) => connection === 'slow' && from === 'suspect' && to === 'alive');
  const { families, before, after } = await scrape(io, url);
  const states = before.filter(({ event }) => event === 'state');
  const value = (name: string) => samples(families, `holdfast_connection_${name}`);
  expect(value('incarnations_total')).toEqual(
    counted(states, ({ from, connection }) => from === undefined && String(connection)),
  );
  expect(value('exits_total')).toEqual(
    counted(
      states,
      ({ to, connection, reason, class: kind }) => to === 'closed' && `${connection} ${reason} ${kind}`,
    ),
  );
  expect(value('suspicions_total')).toEqual(
    counted(states, ({ to, connection }) => to === 'suspect' && String(connection)),
  );
  expect(value('refutations_total')).toEqual(
    counted(states, ({ from, to, connection }) => from === 'suspect' && to === 'alive' && String(connection)),
  );
  const last = new Map(states.map(({ connection, to }) => [connection, to]));
  last.delete('dead');
  expect(value('count')).toEqual(
    Object.fromEntries([...last].map(([connection, state]) => [`${connection} ${state}`, 1])),
  );
  const answered = (lines: readonly Line[]) =>
    counted(lines, ({ event, rttMs, connection }) =>
      event === 'heartbeat' && rttMs !== undefined ? String(connection) : false,
    );
  const trips = samples(families, 'holdfast_connection_rtt_count');
  expect(Object.keys(trips)).toEqual(expect.arrayContaining(['good', 'slow']));
  for (const [connection, count] of Object.entries(trips)) {
    expect(count).toBeGreaterThanOrEqual(answered(before)[connection] ?? 0);
    expect(count).toBeLessThanOrEqual(answered(after)[connection] ?? 0);
  }
  expect(await end()).toBe(0);
  await expect(fetch(url)).rejects.toThrow();
});

test.each<[command: string, args: readonly string[]]>([
  ['serve', ['tcp://127.0.0.1:0']],
  ['proxy', ['tcp://127.0.0.1:0', 'tcp://127.0.0.1:9']],
])('holdfast %s --metrics: has no series for each client', async (command, args) => {
  const { io, url, end } = await running(command, ...args, '--metrics=0');
  const listening = await io.line(({ event }) => event === 'listening');
  const client = new FakeIo();
  const watching = client.run('watch', String(listening.url), '--for', '100ms');
  await io.line(({ event }) => event === 'accepted');
  const { families, before } = await scrape(io, url);
  const incarnations = before.filter(({ event, from }) => event === 'state' && from === undefined).length;
  expect(samples(families, 'holdfast_connection_incarnations_total')).toEqual({ '': incarnations });
  await watching;
  expect(await end()).toBe(0);
});

test('the executable serves metrics with the libraries that are bundled in it', async () => {
  const args = [main, 'serve', 'tcp://127.0.0.1:0', '--metrics'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface({ input: checkedLines(child.stdout) })[Symbol.asyncIterator]();
  const { url } = JSON.parse((await lines.next()).value);
  const names = parse(await (await fetch(url)).text()).map(({ name }) => name);
  expect(names).toContain('holdfast_connection_count');
  child.kill('SIGINT');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

describe('the door of --metrics', () => {
  async function asked(url: string, path: string, method: string, headers: Record<string, string>) {
    const { hostname, port } = new URL(url);
    const outgoing = request({ hostname, port, path, method, headers }).end();
    const [response] = await once(outgoing, 'response');
    return { status: response.statusCode, headers: response.headers, body: await text(response) };
  }

  test.each<[what: string, status: number, path: string, method: string, headers: Record<string, string>]>([
    ['the metrics', 200, '/metrics', 'GET', {}],
    ['with a query', 200, '/metrics?x=1', 'GET', {}],
    ['by the name localhost', 200, '/metrics', 'GET', { host: 'localhost:PORT' }],
    ['by another name, as after DNS rebinding', 421, '/metrics', 'GET', { host: 'evil.example:PORT' }],
    ['by an address without a port', 421, '/metrics', 'GET', { host: '127.0.0.1' }],
    ['from another site', 403, '/metrics', 'GET', { origin: 'http://evil.example' }],
    ['from a page without an origin', 403, '/metrics', 'GET', { origin: 'null' }],
    ['another path', 404, '/', 'GET', {}],
    ['a path above', 404, '/metrics/../metrics', 'GET', {}],
    ['HEAD', 405, '/metrics', 'HEAD', {}],
    ['POST', 405, '/metrics', 'POST', {}],
    ['OPTIONS', 405, '/metrics', 'OPTIONS', { 'access-control-request-method': 'GET' }],
  ])('%s: %i', async (_what, status, path, method, headers) => {
    const { url, end } = await running('serve', 'tcp://127.0.0.1:0', '--metrics');
    const { port } = new URL(url);
    const named = Object.entries(headers).map(([name, value]) => [name, value.replace('PORT', port)]);
    const answer = await asked(url, path, method, Object.fromEntries(named));
    expect(answer.status).toBe(status);
    expect(answer.body.includes('holdfast_connection')).toBe(status === 200);
    if (status === 405) expect(answer.headers.allow).toBe('GET');
    if (status === 200) {
      expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
      expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
      expect(answer.headers['cross-origin-resource-policy']).toBe('same-origin');
    }
    expect(await end()).toBe(0);
  });

  test('many that ask at once get an answer', async () => {
    const { url, end } = await running('serve', 'tcp://127.0.0.1:0', '--metrics');
    const answers = await Promise.all(Array.from({ length: 20 }, async () => (await fetch(url)).text()));
    expect(new Set(answers.map((answer) => parse(answer).length)).size).toBe(1);
    expect(await end()).toBe(0);
  });

  test('a port that is taken, or none, is bad usage', async () => {
    const { url } = await running('serve', 'tcp://127.0.0.1:0', '--metrics');
    const io = new FakeIo();
    const { port } = new URL(url);
    expect(await io.run('watch', 'tcp://127.0.0.1:9', `--metrics=${port}`)).toBe(2);
    expect(io.err).toMatch(
      /^holdfast: --metrics: \d+ is not valid; expected a free port \(.*EADDRINUSE.*\)\n$/,
    );
    expect(io.out).toBe('');
    expect(await io.run('watch', 'tcp://127.0.0.1:9', '--metrics=http')).toBe(2);
    expect(io.err).toContain('--metrics: "http" is not valid; expected a port from 0 to 65535');
  });
});
