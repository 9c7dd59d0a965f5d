/** `holdfast proxy` as a process of its own, under clients in Python and Go. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { interval } from 'rxjs';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { all, client, loopback, upstreamOn } from '../cli/proxy/proxying.ts';
import { flood, hashOf, quickly, tunnel } from '../cli/proxy/tunnels.ts';
import { webSockets } from '../cli/proxy/websockets.ts';
import { checkedLines } from '../support/log-lines.ts';
import { dataFolder } from './support/folders.ts';
import { describeWith } from './support/installed.ts';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** A proxy, and the port that it listens on. */
async function proxy(upstream: string, ...args: string[]) {
  const child = spawn(process.execPath, [main, 'proxy', loopback, upstream, '--json', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  for await (const line of createInterface({ input: checkedLines(child.stdout) })) {
    const { event, url } = JSON.parse(line) as { event: string; url: string };
    if (event === 'listening') return { child, port: Number(new URL(url).port) };
  }
  throw new Error('the proxy ended');
}

interface Language {
  readonly name: string;
  /** What has to be installed for it. */
  readonly needs: string;
  /** Compiles the client, where the language needs that; returns the command that runs it. */
  readonly command: () => readonly [string, ...string[]];
}

const languages: readonly Language[] = [
  { name: 'Python', needs: 'python3', command: () => ['python3', support('proxied.py')] },
  { name: 'Go', needs: 'go', command: compiled },
];

function compiled(): readonly [string] {
  const folder = dataFolder();
  const client = join(folder, 'proxied');
  const env = { ...process.env, GOCACHE: join(folder, 'cache') };
  execFileSync('go', ['build', '-o', client, support('proxied.go')], { env });
  return [client];
}

function support(file: string): string {
  return fileURLToPath(new URL(`support/${file}`, import.meta.url));
}

/** Starts the client; `printed` is all that it prints. */
function started([command, ...args]: ReturnType<Language['command']>, mode: string, port: number) {
  const child = spawn(command, [...args, mode, String(port)], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const printed = Promise.all([text(child.stdout), once(child, 'exit')]).then(([all, [code]]) => {
    expect(code).toBe(0);
    return all;
  });
  return { child, printed };
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

describe.each(languages)('$name', ({ name, needs, command: commandOf }) => {
  describeWith([needs], `holdfast proxy under a client in ${name}`, () => {
    let command: ReturnType<Language['command']>;
    beforeAll(() => {
      command = commandOf();
    }, 120_000);
    const client = (mode: string, port: number) => started(command, mode, port).printed;

    test('lines are messages of a WebSocket, and its messages lines', async () => {
      const { url, accepted } = await webSockets();
      const { port } = await proxy(url);
      void accepted.then((socket) => socket.on('message', (data) => socket.send(`echo ${data}`)));
      expect(await client('lines', port)).toBe('echo one\necho zwei äöü\necho \n');
    });

    test('its end of the stream arrives, and the answer after that', async () => {
      const upstream = await upstreamOn();
      const { port } = await proxy(upstream.url);
      const printed = client('half-close', port);
      const there = await upstream.accepted();
      expect((await all(there)).length).toBe(800_000);
      there.end('answer');
      expect(await printed).toBe(`6 ${createHash('sha256').update('answer').digest('hex')}\n`);
    });

    test('a slow reader pauses the upstream: 150 MB pass in less than 75 MiB more', async () => {
      const upstream = await upstreamOn();
      const { child, port } = await proxy(upstream.url);
      const memory = memoryOf(child);
      const printed = client('slow', port);
      const sent = flood(await upstream.accepted(), 150_000_000);
      expect(await printed).toBe(`150000000 ${await sent}\n`);
      const { first, most } = memory();
      expect(most - first).toBeLessThan(75);
    });

    test('100 MB pass each way at the same time, with a slow reader, in less than 75 MiB more', async () => {
      const upstream = await upstreamOn();
      const { child, port } = await proxy(upstream.url);
      const memory = memoryOf(child);
      const printed = client('both', port);
      const there = await upstream.accepted();
      const [sent, received] = await Promise.all([flood(there, 100_000_000), hashOf(there)]);
      expect(await printed).toBe(`100000000 ${sent}\n${received}\n`);
      const { first, most } = memory();
      expect(most - first).toBeLessThan(75);
    });

    test.each([
      { onLoss: 'close', sees: 'end' },
      { onLoss: 'hold', sees: 'echo after' },
    ])('an upstream that restarts: with --on-loss $onLoss it reads "$sees"', async ({ onLoss, sees }) => {
      const upstream = await upstreamOn();
      const { port } = await proxy(upstream.url, '--on-loss', onLoss, ...quickly);
      const { child, printed } = started(command, 'restarts', port);
      echoed(await upstream.accepted());
      await once(child.stdout, 'data');
      await upstream.end();
      const next = await upstreamOn(upstream.port);
      if (onLoss === 'hold') void next.accepted().then(echoed);
      child.stdin.write('\n');
      child.stdin.end('\n');
      expect(await printed).toMatch(`${sees}\n`);
    });
  });
});

/** Answers each line of a socket. */
function echoed(socket: Socket): void {
  createInterface({ input: socket }).on('line', (line) => socket.write(`echo ${line}\n`));
}

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
