/** redis-server: nothing is saved, and `DEBUG` is permitted. */
import { dataFolder, freePort } from './folders.ts';
import { Server } from './server.ts';

export interface RedisServerOptions {
  readonly password?: string;
  /** More arguments, such as `--maxclients`. */
  readonly args?: readonly string[];
}

export async function redisServer({ password, args = [] }: RedisServerOptions = {}): Promise<Server> {
  const port = await freePort();
  const server = new Server(port, {
    command: 'redis-server',
    args: [
      ...['--port', String(port), '--bind', '127.0.0.1', '--dir', dataFolder()],
      ...['--save', '', '--appendonly', 'no', '--enable-debug-command', 'yes'],
      ...(password === undefined ? [] : ['--requirepass', password]),
      ...args,
    ],
    ready: /Ready to accept connections/,
  });
  return await server.start();
}
