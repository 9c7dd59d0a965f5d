/** A redis-server that keeps what it has confirmed, for tests and benches of processes; undefined where there is none. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const command = 'redis-server';

export interface RedisProcess {
  readonly port: number;
  readonly pid: number;
  stop(): void;
}

/** Below the ports that the kernel gives to outgoing connections: none takes it while its server is down. */
export async function freePort(): Promise<number> {
  const port = 12_000 + Math.floor(Math.random() * 20_000);
  const server = createServer();
  const isFree = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
  return isFree ? port : freePort();
}

export async function redisProcess(): Promise<RedisProcess | undefined> {
  if (spawnSync(command, ['--version']).error !== undefined) return undefined;
  const port = await freePort();
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-redis-'));
  const durable = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', ''];
  const child = spawn(command, ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, ...durable], {
    stdio: 'ignore',
  });
  while (!(await accepts(port))) await wait(20);
  const stop = () => {
    child.kill('SIGKILL');
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  };
  process.once('exit', stop);
  return { port, pid: child.pid ?? 0, stop };
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (outcome: boolean) => {
      socket.destroy();
      resolve(outcome);
    };
    socket.once('connect', () => end(true)).once('error', () => end(false));
  });
}
