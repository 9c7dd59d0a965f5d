/** Servers of npm, each in a process of its own so that it can be frozen: scripts of `test/fixtures`. */
import { fileURLToPath } from 'node:url';
import { freePort } from './folders.ts';
import { Server } from './server.ts';

/** Starts `test/fixtures/<script>` with a free port and then `args`. */
export async function nodeServer(script: string, ...args: readonly number[]): Promise<Server> {
  const port = await freePort();
  const file = fileURLToPath(new URL(`../../fixtures/${script}`, import.meta.url));
  const server = new Server(port, {
    command: process.execPath,
    args: [file, String(port), ...args.map(String)],
    ready: /^listening$/m,
  });
  return await server.start();
}
