/** An app of Next.js: a client component in Chromium, which the server renders first, and a route handler with the half for Node. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { chromiumMissing, launch } from '../support/chromium.ts';
import { Project, test } from './support/project.ts';
import { type Running, started } from './support/running.ts';
import { evaluated, type Site, siteOf } from './support/site.ts';

const layout = `
export default function Layout({ children }) {
  return <html lang="en"><body>{children}</body></html>;
}
`;

const page = `
import { Feed } from './feed';

export const dynamic = 'force-dynamic';

export default function Page() {
  return <Feed url={process.env.FEED} />;
}
`;

/** Its module runs on the server, too, where the supervisor is that of Node. */
const feed = `
'use client';
import { createSupervisor, websocketText } from 'holdfast';
import { useConnection, useConnectionState, useMessages } from 'holdfast/react';
import { useEffect, useState } from 'react';

const supervisor = createSupervisor({ heartbeat: { interval: '1s' } });
const protocol = websocketText({ ping: 'ping', pong: 'pong' });

export function Feed({ url }) {
  const connection = useConnection(supervisor, { url, protocol });
  const state = useConnectionState(connection);
  const [heard, setHeard] = useState([]);
  useMessages(connection, (text) => setHeard((before) => [...before, text + ' ' + connection.incarnation]));
  useEffect(() => {
    if (state === 'alive') connection.send('hello');
  }, [connection, state]);
  useEffect(() => {
    if (heard.length === 1) connection.send('cut');
  }, [connection, heard.length]);
  return <p id="heard">{heard.length < 2 ? '' : heard.join(', ')}</p>;
}
`;

const route = `
import { createSupervisor } from 'holdfast';
import { visit } from '../../visit.mjs';

export const dynamic = 'force-dynamic';

export async function GET() {
  return Response.json([await visit(process.env.FEED), typeof createSupervisor().listen]);
}
`;

/** The text of the page once the component has heard twice. */
const told = `new Promise((resolve) => {
  const look = () => {
    const text = document.querySelector('#heard')?.textContent;
    if (text) resolve(text);
    else requestAnimationFrame(look);
  };
  look();
})`;

const heard = 'hello 1, hello 2';

describe('Next.js', () => {
  const project = new Project();
  let site: Site;
  let app: Running;
  let origin: string;

  beforeAll(async () => {
    await project.install(['next@16.4.6', 'react@19.3.1', 'react-dom@19.3.1'], 'module');
    project.copy('visit.mjs');
    project.write('app/layout.js', layout);
    project.write('app/page.js', page);
    project.write('app/feed.js', feed);
    project.write('app/talk/route.js', route);
    site = await siteOf(project.folder);
    const env = { NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1', FEED: site.socket } as const;
    const set = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    await project.output('env', ...set, 'node_modules/.bin/next', 'build');
    const port = await freePort();
    origin = `http://127.0.0.1:${port}`;
    const args = ['node_modules/next/dist/bin/next', 'start', '--hostname', '127.0.0.1', '--port', `${port}`];
    app = await started(project, args, /Ready/, env);
  }, 250_000);
  afterAll(() => {
    app?.stop();
    site?.close();
    project.remove();
  }, 60_000);

  test('environments: a route handler of Next.js has the half for Node, with ws and lines of pino', async () => {
    const response = await fetch(`${origin}/talk`);
    expect(await response.json()).toEqual([heard, 'function']);
    const lines = app.printed().split('\n');
    expect(lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line))).toContainEqual(
      expect.objectContaining({ level: 30, url: site.socket }),
    );
  });

  describe.skipIf(chromiumMissing !== undefined)('in Chromium', () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await launch();
    });
    afterAll(() => browser?.close());

    test('environments: a client component of Next.js says hello, and again after its socket was cut', async () => {
      expect(await (await fetch(origin)).text()).toContain('<p id="heard"></p>');
      expect(await evaluated(browser, origin, told)).toBe(heard);
    });
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
