/** Sessions of node:http2, adopted as docs/adopting.md says, against a server in a process of its own. */
import { once } from 'node:events';
import type { ClientHttp2Session } from 'node:http2';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { Adoption } from '../../src/adopt/adoption.ts';
import { adoptedScenario } from './support/adopted.ts';
import { freePort } from './support/folders.ts';
import { recipe } from './support/recipes.ts';
import { Server } from './support/server.ts';

const session = await recipe<Adoption<ClientHttp2Session>>('http2Session');
const script = fileURLToPath(new URL('../fixtures/http2-server.mjs', import.meta.url));

adoptedScenario<ClientHttp2Session, unknown, never>({
  name: 'adopt: http2',
  programs: [],
  async start() {
    const port = await freePort();
    const server = new Server(port, {
      command: process.execPath,
      args: [script, String(port)],
      ready: /listening/,
    });
    return await server.start();
  },
  spec: (port) => ({ ...session, url: `http://127.0.0.1:${port}` }),
  async business({ agreed }) {
    const request = (agreed as ClientHttp2Session).request({ ':path': '/' });
    await once(request, 'response');
    expect(await text(request)).toBe('hello');
  },
  stopped: ['going-away'],
});
