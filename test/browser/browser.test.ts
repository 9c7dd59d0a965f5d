/** The browser's face in a browser, against servers of `ws` and of holdfast in Node. */
import { once } from 'node:events';
import { setTimeout as passing } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { silentLogger } from '../../src/base/log.ts';
import { createSupervisor } from '../../src/presets/node.ts';
import { websocketText } from '../../src/protocols/websocket-text.ts';
import { chromiumMissing, launch } from '../support/chromium.ts';
import { upgradeServer } from '../support/upgrade-server.ts';
import { Watch } from '../support/watch.ts';
import { later } from '../transport/peers.ts';
import { urlOf } from '../transport/websocket-peers.ts';
import { type Bundle, bundle, show, site } from './site.ts';

/** A name that is not local for the rule about `offline`; Chromium resolves it to this machine. */
const REMOTE = 'remote.example';

/** The messages that a server received. */
class Heard extends Watch {
  readonly all: string[] = [];

  add(text: string): void {
    this.all.push(text);
    this.happened();
  }

  count(text: string, times: number): Promise<void> {
    return this.until(() => this.all.filter((each) => each === text).length >= times);
  }
}

/** A server of `ws` that answers the text heartbeat and echoes the rest. */
async function pongServer(): Promise<{ url: string; sockets: WebSocket[]; heard: Heard }> {
  const sockets: WebSocket[] = [];
  const heard = new Heard();
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  server.on('connection', (ws) => {
    sockets.push(ws);
    ws.on('message', (data) => {
      heard.add(String(data));
      ws.send(String(data) === 'ping' ? 'pong' : String(data));
    });
  });
  await once(server, 'listening');
  later(() => {
    for (const ws of server.clients) ws.terminate();
    server.close();
  });
  return { url: urlOf(server).href, sockets, heard };
}

/** A server of holdfast that echoes; on a port of its choice, or that of the one before. */
async function gateway(url = 'ws://127.0.0.1:0') {
  const supervisor = createSupervisor({ logger: silentLogger });
  later(() => supervisor.stop());
  const listener = await supervisor.listen({
    url,
    protocol: websocketText({ ping: 'ping', pong: 'pong' }),
    onMessage: (message, connection) => connection.send(message),
  });
  return { supervisor, url: listener.url };
}

describe.skipIf(chromiumMissing !== undefined)('the package in Chromium', () => {
  let browser: Browser;
  let feed: Bundle;

  beforeAll(async () => {
    [browser, feed] = await Promise.all([
      launch([`--host-resolver-rules=MAP ${REMOTE} 127.0.0.1`]),
      bundle('test/browser/pages/feed.ts'),
    ]);
  });
  afterAll(() => browser?.close());

  async function connected(url: string): Promise<Page> {
    const { page } = await show(browser, feed.code);
    await page.evaluate(`globalThis.feed = connect('${url}')`);
    await reached(page, 'alive');
    return page;
  }

  const reached = (page: Page, state: string) => page.waitForFunction(`feed.connection.state === '${state}'`);

  test('loads without a shim, and contains no Node module', async () => {
    const { page, complaints } = await show(browser, feed.code);
    expect(await page.evaluate('typeof supervisor.connect')).toBe('function');
    expect(complaints).toEqual([]);
    expect(feed.modules.filter((name) => /node_modules\/(?!rxjs|xstate|tslib)|node:/.test(name))).toEqual([]);
  });

  test('reconnects after a restart of its server, and sends the messages in between', async () => {
    const first = await gateway();
    const page = await connected(first.url);
    await first.supervisor.stop();
    await page.waitForFunction(`feed.connection.status === 'waiting'`);
    await page.evaluate(`void feed.connection.send('meanwhile')`);
    await gateway(first.url);
    await page.waitForFunction(`feed.heard.includes('meanwhile')`);
    expect(await page.evaluate('feed.connection.state')).toBe('alive');
    expect(await page.evaluate('errors')).toEqual([]);
  });

  test('sends a token with each upgrade, and gives up after close code 1008', async () => {
    const answers = [1008, 101, 401, 1008, 1008];
    const server = await upgradeServer(() => answers.shift() ?? 500);
    const { page } = await show(browser, feed.code);
    await page.evaluate(`globalThis.issued = 0;
      globalThis.feed = supervisor.connect({
        id: 'feed', url: '${server.url}', credentials: async () => ({ query: { token: 'token-' + ++issued } }),
      })`);
    await page.waitForFunction(`feed.state === 'alive' && feed.incarnation === 2`);
    server.drop();
    await page.waitForFunction(`feed.status === 'gave-up'`);
    expect(server.tokens).toEqual([1, 2, 3, 4, 5].map((n) => `token-${n}`));
    const ends = `events.filter(({ to }) => to === 'closed').map((end) => [end.reason, end.class, end.code])`;
    expect(await page.evaluate(ends)).toEqual([
      ['unauthorized', 'retryable', 1008],
      ['cut-off', 'retryable', 1006],
      ['unreachable', 'retryable', 1006],
      ['unauthorized', 'retryable', 1008],
      ['unauthorized', 'fatal', 1008],
    ]);
    expect(await page.evaluate(`JSON.stringify([feed.url, events])`)).not.toContain('token-');
  });

  test('callbacks: what onMessage throws is an uncaught error of the page', async () => {
    const { url } = await pongServer();
    const { page, complaints } = await show(browser, feed.code);
    const reported = page.waitForEvent('pageerror');
    await page.evaluate(`plain.connect({ url: '${url}', onMessage: (text) => { throw new TypeError(text); } })
      .send('a bug of the page')`);
    await reported;
    expect(complaints).toEqual(['TypeError: a bug of the page']);
  });

  test('is suspect offline, and alive again online, on the same socket', async () => {
    const { url, sockets } = await pongServer();
    const page = await connected(url);
    sockets[0]?.pause();
    await page.context().setOffline(true);
    await reached(page, 'suspect');
    sockets[0]?.resume();
    await page.context().setOffline(false);
    await reached(page, 'alive');
    expect(await page.evaluate('states()')).toEqual(['connecting', 'alive', 'suspect', 'alive']);
    expect(sockets).toHaveLength(1);
  });

  test('does not dial a remote host while offline, and dials when online', async () => {
    const first = await gateway();
    const page = await connected(first.url.replace('127.0.0.1', REMOTE));
    await page.context().setOffline(true);
    await first.supervisor.stop();
    await page.waitForFunction(`feed.connection.state === 'closed'`);
    await gateway(first.url);
    // Five times the longest wait of its backoff.
    await passing(500);
    expect(await page.evaluate('feed.connection.incarnation')).toBe(1);
    await page.context().setOffline(false);
    await reached(page, 'alive');
  });

  test('stays connected when its page is frozen for longer than the detection time', async () => {
    const { url, sockets } = await pongServer();
    const page = await connected(url);
    const session = await page.context().newCDPSession(page);
    await session.send('Page.setWebLifecycleState', { state: 'frozen' });
    await passing(4000);
    await session.send('Page.setWebLifecycleState', { state: 'active' });
    await page.waitForFunction(`feed.connection.rtt !== undefined`);
    await page.evaluate('feed.connection.probe()');
    expect(await page.evaluate(`states().includes('closing')`)).toBe(false);
    expect(sockets).toHaveLength(1);
  });

  test('stays connected in a hidden tab, whose timers fire once a second', async () => {
    const { url, sockets, heard } = await pongServer();
    const { address } = await site((await bundle('test/browser/pages/hidden.ts')).code);
    // Unknown to Playwright, which makes every page of its own believe that it is in front.
    const session = await browser.newBrowserCDPSession();
    const { browserContextId } = await session.send('Target.createBrowserContext');
    await session.send('Target.createTarget', { url: `${address}#${url}`, browserContextId });
    await heard.count('ping', 3);
    await session.send('Target.createTarget', { url: 'about:blank', browserContextId });
    await heard.count('hidden', 1);
    await heard.count('ping', heard.all.length + 5);
    expect(sockets).toHaveLength(1);
    await session.send('Target.disposeBrowserContext', { browserContextId });
  });
});
