/** Processes that listen on one stale path at the same moment. */
import { type ChildProcess, fork } from 'node:child_process';
import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { renameSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { expect, it, vi } from 'vitest';
import { later, scratchPath } from './peers.ts';

vi.setConfig({ testTimeout: 60_000 });

const RIVALS = 8;
const ROUNDS = 25;
const source = fileURLToPath(new URL('unix-rival.ts', import.meta.url));

/** The script of a rival, as plain JavaScript: eight processes that translate it themselves would take seconds. */
function compiled(): string {
  const outfile = `${scratchPath()}.mjs`;
  buildSync({ entryPoints: [source], bundle: true, platform: 'node', format: 'esm', outfile });
  return outfile;
}

type Rival = ChildProcess | Worker;

async function rival(script: string, inCluster: boolean): Promise<Rival> {
  cluster.setupPrimary({ exec: script });
  const child = inCluster ? cluster.fork() : fork(script);
  later(() => (inCluster ? (child as Worker).process : child).kill('SIGKILL'));
  await once(child, 'message');
  return child;
}

async function ask(child: Rival, words: object): Promise<unknown> {
  const answer = once(child, 'message');
  child.send(words);
  return (await answer)[0];
}

/** A socket file whose listener is gone: `close` looks for the file under its first name. */
async function leaveStale(path: string): Promise<void> {
  const server = createServer().listen(`${path}~`);
  await once(server, 'listening');
  renameSync(`${path}~`, path);
  server.close();
  await once(server, 'close');
}

/** The process that answers there. */
async function heardAt(path: string): Promise<number> {
  const [pid] = await once(connect(path), 'data');
  return Number(pid);
}

it.skipIf(process.platform !== 'linux').each([
  ['processes', false],
  ['workers of a cluster', true],
])('a stale unix socket: of 8 %s that listen at once one wins, and is reached', async (_, inCluster) => {
  const script = compiled();
  const rivals = await Promise.all(Array.from({ length: RIVALS }, () => rival(script, inCluster)));
  for (let round = 0; round < ROUNDS; round++) {
    const path = scratchPath();
    await leaveStale(path);
    const answers = await Promise.all(rivals.map((child) => ask(child, { listen: path })));
    const winner = answers.find((answer) => typeof answer === 'number');
    const losers = answers.filter((answer) => answer === 'EADDRINUSE');
    expect([round, losers.length, winner]).toEqual([round, RIVALS - 1, expect.any(Number)]);
    for (const _ of rivals) expect(await heardAt(path)).toBe(winner);
    await Promise.all(rivals.map((child) => ask(child, {})));
  }
});
