/** Three processes of the executable and a web page in one `holdfast inspect`, of which one is frozen. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { describe, expect, test, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import { bundle, site } from '../../browser/site.ts';
import { chromiumMissing } from '../../support/chromium.ts';
import { later, serving } from '../../transport/peers.ts';
import { open } from './browser.ts';

vi.setConfig({ testTimeout: 120_000 });

const main = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));

function run(args: readonly string[], env: Record<string, string> = {}): ChildProcessWithoutNullStreams {
  const child = spawn(process.execPath, [main, ...args], { env: { ...process.env, ...env } });
  later(() => void child.kill('SIGKILL'));
  return child;
}

async function line(child: ChildProcessWithoutNullStreams, event: string): Promise<Record<string, string>> {
  for await (const text of createInterface({ input: child.stdout })) {
    const fields = JSON.parse(text) as Record<string, string>;
    if (fields.event === event) return fields;
  }
  throw new Error('the command ended');
}

/** A peer of `line`, and one of a text heartbeat over WebSocket. */
async function peers() {
  const sockets = new Set<Socket>();
  const plain = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    socket.on('data', () => socket.write('PONG\n'));
  });
  later(() => {
    for (const socket of sockets) socket.destroy();
  });
  await serving(plain, { host: '127.0.0.1', port: 0 });
  const web = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  later(() => web.close());
  web.on('connection', (ws) => ws.on('message', () => ws.send('pong')));
  await once(web, 'listening');
  const portOf = (server: { address(): unknown }) => (server.address() as { port: number }).port;
  return { tcp: `tcp://127.0.0.1:${portOf(plain)}`, ws: `ws://127.0.0.1:${portOf(web)}` };
}

const processesIn = (view: Page) =>
  view.locator('.row .row-reporter').evaluateAll((names) => names.map(({ textContent }) => textContent));

async function widthOf(view: Page): Promise<number> {
  return await view.evaluate(() => document.documentElement.scrollWidth);
}

describe.skipIf(chromiumMissing !== undefined)('holdfast inspect', () => {
  test('shows three processes and a page in one list, and one that SIGSTOP froze within 5 s, until it goes on', async () => {
    const { tcp, ws } = await peers();
    const { url = '', reportUrl = '' } = await line(run(['inspect']), 'inspector');
    const env = { HOLDFAST_INSPECT: reportUrl };
    const [, frozen] = ['prices', 'orders', 'chat'].map((name) =>
      run(['watch', tcp, '--report-as', name, '--interval', '1s'], env),
    );
    const { address } = await site((await bundle('test/browser/pages/reporting.ts')).code);
    await open(`${address}?${new URLSearchParams({ feed: ws, report: reportUrl })}`);
    const view = await open(url);
    for (const name of ['prices', 'orders', 'chat', 'shop'])
      await view.locator('.row[data-phase="alive"]', { hasText: name }).waitFor();
    expect(await view.locator('.brand small').textContent()).toContain('4 reporters');
    await view.getByRole('button', { name: 'process' }).click();
    expect(await processesIn(view)).toEqual(['chat', 'orders', 'prices', 'shop']);
    await view.keyboard.press('6');
    await view.locator('.column-age[aria-pressed="true"]').waitFor();
    await view.keyboard.press('2');
    await view.locator('.column-process[aria-pressed="true"]').waitFor();
    const row = view.locator('.row', { hasText: 'orders' });
    expect(await row.locator('.row-process small').textContent()).toBe(`pid ${frozen?.pid}`);

    frozen?.kill('SIGSTOP');
    const at = performance.now();
    await view.locator('.row[data-phase="unknown"]', { hasText: 'orders' }).waitFor({ timeout: 10_000 });
    expect(performance.now() - at).toBeLessThan(5000);
    expect(await row.locator('.row-process small').textContent()).toMatch(/^frozen\? \d\.\d s$/);
    expect(await view.locator('.row[data-phase="alive"]').count()).toBe(3);
    expect(await view.locator('.brand small').textContent()).toContain('4 reporters, 1 stopped');

    frozen?.kill('SIGCONT');
    await view.locator('.row[data-phase="alive"]', { hasText: 'orders' }).waitFor();
    await view.locator('#filter').fill('process:orders');
    expect(await processesIn(view)).toEqual(['orders']);
    await view.locator('#filter').fill('');
    await view.setViewportSize({ width: 390, height: 844 });
    expect(await widthOf(view)).toBeLessThanOrEqual(390);
  });
});
