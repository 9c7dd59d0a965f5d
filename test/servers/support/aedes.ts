/** aedes, a broker of MQTT 3.1.1 for Node, in a process of its own. */
import { fileURLToPath } from 'node:url';
import { freePort } from './folders.ts';
import type { MosquittoOptions } from './mosquitto.ts';
import { Server } from './server.ts';

const script = fileURLToPath(new URL('../../fixtures/aedes-server.mjs', import.meta.url));

export async function aedes({ username, password }: NonNullable<MosquittoOptions['login']>): Promise<Server> {
  const port = await freePort();
  const server = new Server(port, {
    command: process.execPath,
    args: [script, String(port), username, password],
    ready: /listening/,
  });
  return await server.start();
}
