/** The hooks of `holdfast/react` in Chromium: one socket for three components under StrictMode, over restarts and other URLs. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Project } from '../environments/support/project.ts';
import { chromiumMissing, launch } from '../support/chromium.ts';
import { later } from '../transport/peers.ts';
import { echoServer } from './echo-server.ts';
import { type Bundle, bundle, show } from './site.ts';

vi.setConfig({ testTimeout: 60_000 });

const send = (page: Page, text: string) => page.evaluate(`void supervisor.get('feed').send('${text}')`);
const names = JSON.stringify(['one', 'two', 'three']);
const shows = (page: Page, text: string) =>
  page.waitForFunction(`document.body.innerText.includes('${text}')`);

/** An inspector in a process of its own, until the end of the test. */
async function inspectorProcess(): Promise<{ readonly url: string; readonly reportUrl: string }> {
  const child = fork(fileURLToPath(new URL('../fixtures/inspector.mjs', import.meta.url)));
  later(() => child.kill());
  const [urls] = await once(child, 'message');
  return urls;
}

/** The copies of the repository; and the oldest version of the peer range, as npm has it. */
const copies: Readonly<Record<string, () => Promise<Readonly<Record<string, string>>>>> = {
  '19': async () => ({}),
  '18.0.0': async () => {
    const project = new Project();
    onEnd.push(() => project.remove());
    await project.install(['react@18.0.0', 'react-dom@18.0.0']);
    return { react: project.path('node_modules/react'), 'react-dom': project.path('node_modules/react-dom') };
  },
};
const onEnd: (() => void)[] = [];

describe.skipIf(chromiumMissing !== undefined).each(Object.entries(copies))(
  'react %s in Chromium',
  (version, copy) => {
    let browser: Browser;
    let page: Bundle;
    beforeAll(async () => {
      const alias = await copy();
      [browser, page] = [await launch(), await bundle('test/browser/pages/react.ts', false, alias)];
    }, 250_000);
    afterAll(async () => {
      await browser?.close();
      for (const end of onEnd.splice(0)) end();
    }, 60_000);

    test('react: the page has this version', async () => {
      const shown = await show(browser, page.code);
      expect(await shown.page.evaluate('version')).toMatch(new RegExp(`^${version}`));
    });

    test('react: three components under StrictMode have one socket, lose no message over a restart, and are seen live in the inspector of another process', async () => {
      const [first, inspector] = [await echoServer(), await inspectorProcess()];
      const shown = await show(browser, page.code);
      const view = await shown.page.context().newPage();
      await view.goto(inspector.url);
      const row = (phase: string) =>
        view.locator(`.row[data-phase="${phase}"]`, { hasText: 'feed' }).waitFor();
      const lit = (node: string) =>
        view.locator(`[data-chart] [data-node="${node}"][data-active="true"]`).waitFor();
      await shown.page.evaluate(`report('${inspector.reportUrl}')`);
      await shown.page.evaluate(`show('${first.url}', ${names}, 'a')`);
      await shows(shown.page, 'three a alive 0');
      await send(shown.page, '1');
      await shows(shown.page, 'three a alive 1');
      await row('alive');
      await view.locator('.row').click();
      await lit('connection.alive');
      expect([await view.locator('.row').count(), first.seen.sockets]).toEqual([1, 1]);
      await first.stop();
      await shows(shown.page, 'waiting');
      await row('waiting');
      await lit('supervision.backing-off.delay');
      await send(shown.page, '2');
      const second = await echoServer(first.port);
      await shows(shown.page, 'three a alive 2');
      await row('alive');
      await lit('connection.alive');
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
  },
);
