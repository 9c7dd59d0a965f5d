/** nats-server, with the `args` that a test needs, such as `--user` and `--pass`. */
import { freePort } from './folders.ts';
import { Server } from './server.ts';

export async function natsServer({ args = [] }: { readonly args?: readonly string[] } = {}): Promise<Server> {
  const port = await freePort();
  const server = new Server(port, {
    command: 'nats-server',
    args: ['--addr', '127.0.0.1', '--port', String(port), ...args],
    ready: /Server is ready/,
  });
  return await server.start();
}
