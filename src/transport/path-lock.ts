/**
 * A lock on the path of a unix socket, so that processes which listen there take turns: between looking at a stale
 * file and removing it, and between `bind` and `listen`, no other process looks at the path.
 */
import { once } from 'node:events';
import { realpath, stat } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { basename, dirname } from 'node:path';
import type { Clock } from '../time/clock.ts';
import { patiently } from '../time/patience.ts';

/** Milliseconds after which a lock is taken for one of a process that hangs, and no longer waited for. */
const LONGEST_WAIT = 10_000;
const RETRY = 5;

/**
 * Runs `work` while no other process runs its own for the same path. The lock is an abstract unix socket
 * (unix(7)), which the kernel releases with its process: no file is left by a crash. There is no lock on systems
 * without abstract sockets (all but Linux), between network namespaces that share a directory, and against a
 * process that keeps the lock for 10 s: `work` then runs without.
 */
export async function locked<T>(path: string, clock: Clock, work: () => Promise<T>): Promise<T> {
  const unlock = process.platform === 'linux' ? await lock(await nameOf(path), clock) : undefined;
  try {
    return await work();
  } finally {
    unlock?.();
  }
}

/** A name that is the same for each spelling of the path; an abstract name is at most 107 bytes long. */
async function nameOf(path: string): Promise<string> {
  const directory = dirname(path);
  const { dev, ino } = await stat(await realpath(directory).catch(() => directory)).catch(() => nowhere);
  return `\0holdfast:${dev}:${ino}:${basename(path)}`.slice(0, 107);
}

const nowhere = { dev: 0, ino: 0 };

/** Resolves with what releases the lock; with `undefined` when it is not to be had. */
async function lock(name: string, clock: Clock): Promise<(() => void) | undefined> {
  const wait = new AbortController();
  const endWait = patiently(clock, LONGEST_WAIT, () => wait.abort());
  try {
    for (;;) {
      const unlock = await attempt(name);
      if (unlock !== undefined || wait.signal.aborted) return unlock;
      await released(name, clock, wait.signal);
    }
  } finally {
    endWait();
  }
}

async function attempt(name: string): Promise<(() => void) | undefined> {
  const waiting = new Set<Socket>();
  const server = createServer((socket) => waiting.add(socket.on('error', () => {})));
  // The primary of a cluster would share the socket among its workers.
  server.listen({ path: name, exclusive: true });
  try {
    await once(server, 'listening');
  } catch {
    return undefined;
  }
  return () => {
    server.close();
    for (const socket of waiting) socket.destroy();
  };
}

/** Resolves when the holder lets go, which ends a connection to it, or the wait is aborted. */
async function released(name: string, clock: Clock, wait: AbortSignal): Promise<void> {
  let met = false;
  const socket = connect({ path: name }).resume();
  socket
    .on('error', () => {})
    .on('connect', () => {
      met = true;
    });
  const onAbort = () => socket.destroy();
  wait.addEventListener('abort', onAbort);
  await new Promise((resolve) => socket.on('close', resolve));
  wait.removeEventListener('abort', onAbort);
  // Refused: released a moment ago, or not listening yet.
  if (!met) await new Promise<void>((resolve) => clock.scheduler.schedule(() => resolve(), RETRY));
}
