/** The hooks of `holdfast/react` in Chromium: one socket for three components under StrictMode, over restarts and other URLs. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { chromiumMissing, launch } from '../support/chromium.ts';
import { echoServer } from './echo-server.ts';
import { type Bundle, bundle, show } from './site.ts';

vi.setConfig({ testTimeout: 60_000 });

const send = (page: Page, text: string) => page.evaluate(`void supervisor.get('feed').send('${text}')`);
const names = JSON.stringify(['one', 'two', 'three']);
const shows = (page: Page, text: string) =>
  page.waitForFunction(`document.body.innerText.includes('${text}')`);

describe.skipIf(chromiumMissing !== undefined)('react in Chromium', () => {
  let browser: Browser;
  let page: Bundle;
  beforeAll(async () => {
    browser = await launch();
    page = await bundle('test/browser/pages/react.ts');
  });
  afterAll(() => browser.close());

  test('react: three components under StrictMode have one socket, and lose no message over a restart', async () => {
    const first = await echoServer();
    const shown = await show(browser, page.code);
    await shown.page.evaluate(`show('${first.url}', ${names}, 'a')`);
    await shows(shown.page, 'three a alive 0');
    await send(shown.page, '1');
    await shows(shown.page, 'three a alive 1');
    expect(first.seen.sockets).toBe(1);
    await first.stop();
    await shows(shown.page, 'waiting');
    await send(shown.page, '2');
    const second = await echoServer(first.port);
    await shows(shown.page, 'three a alive 2');
    await send(shown.page, '3');
    await shows(shown.page, 'three a alive 3');
    expect([second.seen.sockets, first.received, second.received]).toEqual([1, ['1'], ['2', '3']]);
    const echoes = ['echo 1', 'echo 2', 'echo 3'];
    expect(await shown.page.evaluate('heard')).toEqual({ one: echoes, two: echoes, three: echoes });
    expect(await shown.page.evaluate('called.slice(-3)')).toEqual(
      ['one', 'two', 'three'].map((name) => `${name} a: echo 3`),
    );
    expect(shown.complaints).toEqual([]);
  });

  test('react: new functions in each render are called without another dial, and the last unmount closes the socket', async () => {
    const server = await echoServer();
    const shown = await show(browser, page.code);
    await shown.page.evaluate(`show('${server.url}', ${names}, 'a')`);
    await shows(shown.page, 'three a alive');
    await shown.page.evaluate(`show('${server.url}', ['one'], 'b')`);
    await shows(shown.page, 'one b alive');
    await send(shown.page, 'hello');
    await shows(shown.page, 'one b alive 1');
    expect(await shown.page.evaluate('called')).toEqual(['one b: echo hello']);
    await shown.page.evaluate(`show('${server.url}', [], 'b')`);
    await shown.page.evaluate(`show('${server.url}', ['two'], 'c')`);
    await shows(shown.page, 'two c alive');
    expect(server.seen.sockets).toBe(1);
    await shown.page.evaluate('root.unmount()');
    await shown.page.waitForFunction('[...supervisor.connections].length === 0');
    await expect.poll(() => server.server.clients.size).toBe(0);
    expect(shown.complaints).toEqual([]);
  });

  test('react: another URL closes the socket of all components, and dials the other', async () => {
    const [first, second] = [await echoServer(), await echoServer()];
    const shown = await show(browser, page.code);
    await shown.page.evaluate(`show('${first.url}', ${names}, 'a')`);
    await shows(shown.page, 'three a alive');
    await shown.page.evaluate(`show('${second.url}', ${names}, 'b')`);
    await shows(shown.page, 'three b alive');
    await expect.poll(() => first.server.clients.size).toBe(0);
    expect([first.seen.sockets, second.seen.sockets]).toEqual([1, 1]);
    expect(shown.complaints).toEqual([]);
  });

  test('react: a component follows a connection that was closed and is dialled again', async () => {
    const server = await echoServer();
    const shown = await show(browser, page.code);
    await shown.page.evaluate(`show('${server.url}', ['one'], 'a')`);
    await shows(shown.page, 'one a alive');
    await shown.page.evaluate(`globalThis.feed = supervisor.get('feed'); void feed.close()`);
    await shows(shown.page, 'one a left');
    await shown.page.evaluate('feed.reconnect()');
    await shows(shown.page, 'one a alive');
    expect(shown.complaints).toEqual([]);
  });
});
