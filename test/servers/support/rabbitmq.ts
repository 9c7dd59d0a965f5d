/** RabbitMQ with its STOMP plugin: a node and a port mapper of its own, apart from those of the machine. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { dataFolder, freePort } from './folders.ts';
import { startProgram } from './program.ts';
import { Server } from './server.ts';

export const rabbitPrograms = ['rabbitmq-server', 'epmd'];

/** The start script behind Debian's, which wants a user of its own. */
const command = '/usr/lib/rabbitmq/bin/rabbitmq-server';

export interface RabbitServer {
  /** Its `port` speaks AMQP. */
  readonly server: Server;
  readonly stompPort: number;
}

export interface RabbitOptions {
  /** More lines of its configuration, such as `heartbeat = 2`. The user `guest` has the password `guest`. */
  readonly config?: readonly string[];
}

export async function rabbitServer({ config = [] }: RabbitOptions = {}): Promise<RabbitServer> {
  const [port, stompPort, mapper, distribution] = await Promise.all([1, 2, 3, 4].map(() => freePort()));
  await portMapper(Number(mapper));
  const folder = dataFolder();
  const lines = [`listeners.tcp.1 = 127.0.0.1:${port}`, `stomp.listeners.tcp.1 = 127.0.0.1:${stompPort}`];
  writeFileSync(join(folder, 'rabbitmq.conf'), `${[...lines, ...config].join('\n')}\n`);
  writeFileSync(join(folder, 'enabled_plugins'), '[rabbitmq_stomp].\n');
  const server = new Server(Number(port), {
    command,
    env: {
      HOME: folder,
      ERL_EPMD_ADDRESS: '127.0.0.1',
      ERL_EPMD_PORT: String(mapper),
      RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
      RABBITMQ_DIST_PORT: String(distribution),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
      RABBITMQ_LOG_BASE: folder,
      RABBITMQ_LOGS: '-',
      RABBITMQ_MNESIA_BASE: folder,
      RABBITMQ_NODENAME: `holdfast-${port}@localhost`,
    },
    cwd: folder,
    ready: /Server startup complete/,
    readyWithin: 90_000,
  });
  return { server: await server.start(), stompPort: Number(stompPort) };
}

async function portMapper(port: number): Promise<void> {
  await startProgram({
    command: 'epmd',
    args: ['-port', String(port), '-address', '127.0.0.1', '-d'],
    ready: /entering the main select\(\) loop|epmd running/,
  });
}

/**
 * Warnings and errors in the broker's log, without the one by which it corrects a timeout of its own at its first STOMP, and without
 * those of a supervisor in the broker that takes the shutdown of its children for an error, as it does on a busy machine.
 */
function complaintsIn(log: string): readonly string[] {
  const shutdowns = [...log.matchAll(/(<[\d.]+>) +errorContext: shutdown_error/g)].map(
    ([, process]) => process,
  );
  return log
    .split('\n')
    .filter((line) => /\[(warning|error|critical)\]/.test(line) && !line.includes('client call timeout'))
    .filter((line) => !shutdowns.some((process) => line.includes(`[error] ${process} `)));
}

/** Expects that the broker has closed `count` connections since `before`, a length of its log, and has no complaint about them. */
export async function expectCleanEnds(
  { server }: RabbitServer,
  kind: 'AMQP' | 'STOMP',
  count: number,
  before: number,
): Promise<void> {
  const since = () => server.log().slice(before);
  const ends = () => since().split(`closing ${kind} connection`).length - 1;
  await expect.poll(ends, { timeout: 5000 }).toBeGreaterThanOrEqual(count);
  expect(complaintsIn(since())).toEqual([]);
}
