/**
 * A lock on the path of a unix socket, so that processes which listen there take turns: between looking at a stale
 * file and removing it, and between `bind` and `listen`, no other process looks at the path.
 */
import { once } from 'node:events';
import { realpath, stat } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { basename, dirname } from 'node:path';
import { systemClock } from '../time/clock.ts';

/** Milliseconds after which a lock is taken for one of a process that hangs, and no longer waited for. */
const LONGEST_WAIT = 10_000;
const RETRY = 5;
const { scheduler } = systemClock;

/**
 * Runs `work` while no other process runs its own for the same path. The lock is an abstract unix socket
 * (unix(7)), which the kernel releases with its process: no file is left by a crash. There is no lock on systems
 * without abstract sockets (all but Linux), between network namespaces that share a directory, and against a
 * process that keeps the lock for 10 s: `work` then runs without.
 */
export async function locked<T>(path: string, work: () => Promise<T>): Promise<T> {
  const unlock = process.platform === 'linux' ? await lock(await nameOf(path)) : undefined;
  try {
    return await work();
  } finally {
    unlock?.();
  }
}

/** The same for each spelling of the path; an abstract name is at most 107 bytes long. */
async function nameOf(path: string): Promise<string> {
  const directory = dirname(path);
  const { dev, ino } = await stat(await realpath(directory).catch(() => directory)).catch(() => nowhere);
  return `\0holdfast:${dev}:${ino}:${basename(path)}`.slice(0, 107);
}

const nowhere = { dev: 0, ino: 0 };

/** Resolves with what releases the lock; with `undefined` when it is not to be had. */
async function lock(name: string): Promise<(() => void) | undefined> {
  const until = scheduler.now() + LONGEST_WAIT;
  for (;;) {
    const unlock = await attempt(name);
    const left = until - scheduler.now();
    if (unlock !== undefined || left <= 0) return unlock;
    await released(name, left);
  }
}

async function attempt(name: string): Promise<(() => void) | undefined> {
  const waiting = new Set<Socket>();
  const server = createServer((socket) => waiting.add(socket.on('error', () => {})));
  // In a cluster the primary would share the socket among its workers.
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

/** Resolves when the holder lets go, which ends a connection to it, and at the latest in `ms`. */
async function released(name: string, ms: number): Promise<void> {
  let met = false;
  const socket = connect({ path: name }).resume();
  socket
    .on('error', () => {})
    .on('connect', () => {
      met = true;
    });
  socket.setTimeout(ms, () => socket.destroy());
  await new Promise((resolve) => socket.on('close', resolve));
  // Refused: released a moment ago, or not listening yet.
  if (!met) await new Promise<void>((resolve) => scheduler.schedule(() => resolve(), RETRY));
}
