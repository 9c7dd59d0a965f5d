/** Hidden tabs under the intensive throttling of Chromium: chained timers run once a minute there. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { clockWorkerSource } from '../../src/time/worker-clock.ts';
import { chromiumMissing, launch } from '../support/chromium.ts';
import { Watch } from '../support/watch.ts';
import { later, serving } from '../transport/peers.ts';
import { urlOf } from '../transport/websocket-peers.ts';
import { type Bundle, bundle } from './site.ts';

class Pings extends Watch {
  readonly at: number[] = [];
  opened = 0;

  add(): void {
    this.at.push(performance.now());
    this.happened();
  }

  more(count: number): Promise<void> {
    const wanted = this.at.length + count;
    return this.until(() => this.at.length >= wanted);
  }
}

/** A server that answers pings and notes when they came. */
async function pingServer() {
  const pings = new Pings();
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  server.on('connection', (ws) => {
    pings.opened++;
    ws.on('message', () => {
      pings.add();
      ws.send('pong');
    });
  });
  await once(server, 'listening');
  later(() => {
    for (const ws of server.clients) ws.terminate();
    server.close();
  });
  return { pings, url: urlOf(server).href };
}

/** The page, with a content security policy if there is one, and the script of the worker. */
async function site(code: string, policy?: string): Promise<string> {
  const server = createServer(({ url = '' }, response) => {
    const script = { '/page.js': code, '/clock.js': clockWorkerSource }[url];
    response.setHeader('content-type', script === undefined ? 'text/html' : 'text/javascript');
    if (policy !== undefined) response.setHeader('content-security-policy', policy);
    response.end(script ?? '<!doctype html><script src="/page.js"></script>');
  });
  await serving(server, { host: '127.0.0.1', port: 0 });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

describe.skipIf(chromiumMissing !== undefined)('hidden tab, throttled to a timer a minute', () => {
  let browser: Browser;
  let page: Bundle;

  beforeAll(async () => {
    const flag = '--enable-features=IntensiveWakeUpThrottling:grace_period_seconds/1';
    [browser, page] = await Promise.all([launch([flag]), bundle('test/browser/pages/hidden-beats.ts')]);
  });
  afterAll(() => browser?.close());

  const strict = "script-src 'self'; worker-src 'self'";

  test.each([
    ['the page', 'page', undefined],
    ['a worker from a blob', 'blob', undefined],
    ['a worker from a script of the site, under a strict policy', '/clock.js', strict],
    ['the page, as its policy permits no blob', 'blob', strict],
  ])('heartbeats of 1 s keep coming with the timers of %s', async (_what, kind, policy) => {
    const { pings, url } = await pingServer();
    const address = await site(page.code, policy);
    // Unknown to Playwright, which makes every page of its own believe that it is in front.
    const session = await browser.newBrowserCDPSession();
    const { browserContextId } = await session.send('Target.createBrowserContext');
    await session.send('Target.createTarget', { url: `${address}?${kind}#${url}`, browserContextId });
    await pings.more(2);
    await session.send('Target.createTarget', { url: 'about:blank', browserContextId });
    await pings.more(8);
    expect(pings.opened).toBe(1);
    await session.send('Target.disposeBrowserContext', { browserContextId });
  });
});
