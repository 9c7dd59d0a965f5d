/** `holdfast proxy` as a process of its own, under a client in Python. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { interval } from 'rxjs';
import { expect, onTestFinished, test } from 'vitest';
import { all, client, loopback, upstreamOn } from '../cli/proxy/proxying.ts';
import { flood, hashOf, tunnel } from '../cli/proxy/tunnels.ts';
import { webSockets } from '../cli/proxy/websockets.ts';
import { describeWith } from './support/installed.ts';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const program = fileURLToPath(new URL('support/proxied.py', import.meta.url));

/** A proxy, and the port that it listens on. */
async function proxy(upstream: string, ...args: string[]) {
  const child = spawn(process.execPath, [main, 'proxy', loopback, upstream, '--json', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  for await (const line of createInterface({ input: child.stdout })) {
    const { event, url } = JSON.parse(line) as { event: string; url: string };
    if (event === 'listening') return { child, port: Number(new URL(url).port) };
  }
  throw new Error('the proxy ended');
}

/** What the client prints. */
async function python(mode: string, port: number): Promise<string> {
  const child = spawn('python3', [program, mode, String(port)], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [printed, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  expect(code).toBe(0);
  return printed;
}

/** MiB that are resident, until `stop`: at first, and at most. */
function memoryOf({ pid }: ChildProcess) {
  const now = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
  const first = now();
  let most = first;
  const watch = interval(20).subscribe(() => {
    most = Math.max(most, now());
  });
  return () => {
    watch.unsubscribe();
    return { first, most };
  };
}

describeWith(['python3'], 'holdfast proxy under a client in Python', () => {
  test('lines are messages of a WebSocket, and its messages lines', async () => {
    const { url, accepted } = await webSockets();
    const { port } = await proxy(url);
    void accepted.then((socket) => socket.on('message', (data) => socket.send(`echo ${data}`)));
    expect(await python('lines', port)).toBe('echo one\necho zwei äöü\necho \n');
  });

  test('its end of the stream arrives, and the answer after that', async () => {
    const upstream = await upstreamOn();
    const { port } = await proxy(upstream.url);
    const printed = python('half-close', port);
    const there = await upstream.accepted();
    expect((await all(there)).length).toBe(800_000);
    there.end('answer');
    expect(await printed).toBe(`6 ${createHash('sha256').update('answer').digest('hex')}\n`);
  });

  test('a slow reader pauses the upstream: 150 MB pass in less than 75 MiB more', async () => {
    const upstream = await upstreamOn();
    const { child, port } = await proxy(upstream.url);
    const memory = memoryOf(child);
    const printed = python('slow', port);
    const sent = flood(await upstream.accepted(), 150_000_000);
    expect(await printed).toBe(`150000000 ${await sent}\n`);
    const { first, most } = memory();
    expect(most - first).toBeLessThan(75);
  });
});

test('a tunnel over ten cuts: 10 MB each way are byte-identical', async () => {
  const upstream = await upstreamOn();
  // Sockets that are refused, as a session is resumed once a second, come to no cut.
  const fates = { cuts: () => 0 };
  const { near, relay } = await tunnel(upstream, (socket) =>
    fates.cuts() < 10 ? { way: socket % 2 ? 'down' : 'up', after: 400_000, how: 'reset' } : undefined,
  );
  fates.cuts = () => relay.counts.reset;
  const here = client(near.port);
  const sent = flood(here, 10_000_000);
  const there = await upstream.accepted();
  const answered = flood(there, 10_000_001);
  expect(await Promise.all([hashOf(there), hashOf(here)])).toEqual(await Promise.all([sent, answered]));
  expect(relay.counts.reset).toBe(10);
}, 60_000);
