/** The connections of a page in the inspector of another process, in a tab of its own. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import { parseRecording } from '../../src/inspect/recording.ts';
import { createInspector } from '../../src/inspect/server.ts';
import { chromiumMissing, launch } from '../support/chromium.ts';
import { later } from '../transport/peers.ts';
import { type Bundle, bundle, site } from './site.ts';

vi.setConfig({ testTimeout: 60_000 });

const inspectorPage = fileURLToPath(new URL('../../dist/inspect/page/', import.meta.url));

/** Answers the text heartbeat. Returns what ends it. */
async function serve(port = 0) {
  const server = new WebSocketServer({ host: '127.0.0.1', port });
  server.on('connection', (ws) =>
    ws.on('message', (data) => ws.send(String(data) === 'ping' ? 'pong' : data)),
  );
  await once(server, 'listening');
  const stop = () => {
    for (const ws of server.clients) ws.close(1012);
    server.close();
  };
  later(stop);
  return { port: (server.address() as AddressInfo).port, stop };
}

describe.skipIf(chromiumMissing !== undefined)('a page in the inspector of another process', () => {
  let browser: Browser;
  let code: Bundle;

  beforeAll(async () => {
    [browser, code] = await Promise.all([launch(), bundle('test/browser/pages/reporting.ts')]);
  });
  afterAll(() => browser?.close());

  /** Two tabs: the page that reports, and the inspector, in the colours of the system. */
  async function tabs(colorScheme: 'dark' | 'light' = 'dark') {
    const server = await serve();
    const inspector = await createInspector(undefined, { page: inspectorPage, reports: true });
    later(() => inspector.close());
    const context = await browser.newContext({ colorScheme, viewport: { width: 1280, height: 800 } });
    later(() => context.close());
    const { address } = await site(code.code);
    const [page, view] = [await context.newPage(), await context.newPage()];
    const complaints: string[] = [];
    for (const tab of [page, view]) tab.on('pageerror', (error) => complaints.push(String(error)));
    later(() => expect(complaints).toEqual([]));
    const query = new URLSearchParams({
      feed: `ws://127.0.0.1:${server.port}`,
      report: inspector.reportUrl ?? '',
    });
    await page.goto(`${address}?${query}`);
    await view.goto(inspector.url);
    await view.locator('.row[data-phase="alive"]').waitFor();
    return { server, page, view };
  }

  test('inspector: shows the connection of a page live, its charts lit, also while its server restarts', async () => {
    const { server, view } = await tabs();
    const row = view.locator('.row');
    expect(await row.locator('b').first().textContent()).toBe('feed');
    expect(await row.locator('.row-reporter').textContent()).toBe('shop');
    expect(await view.locator('.brand small').textContent()).toContain('1 reporter');
    await lit(view, 'connection.alive').waitFor();
    await lit(view, 'supervision.running.kept').waitFor();
    server.stop();
    await view.locator('.row[data-phase="waiting"]').waitFor();
    await lit(view, 'supervision.backing-off.delay').waitFor();
    await serve(server.port);
    await view.locator('.row[data-phase="alive"]').waitFor();
    await lit(view, 'connection.alive').waitFor();
    await view.locator('.heading', { hasText: 'reported by' }).waitFor();
    await shoot(view, 'report-dark');
  });

  test('inspector: shows a page that is frozen, and one that is closed, within 5 s', async () => {
    const { page, view } = await tabs('light');
    const frozen = page.evaluate('freeze(8000)');
    const unknown = view.locator('.row[data-phase="unknown"]');
    await unknown.waitFor({ timeout: 5000 });
    expect(await unknown.textContent()).toContain('was alive');
    await view.getByText(/stopped reporting \d.* ago: frozen/).waitFor();
    await shoot(view, 'report-light');
    await frozen;
    await view.locator('.row[data-phase="alive"]').waitFor({ timeout: 5000 });
    await page.close();
    await unknown.waitFor({ timeout: 5000 });
    await view.getByText(/stopped reporting .* ago: closed/).waitFor();
  });

  test('recordingOf: makes a recording in a page', async () => {
    const { page } = await tabs();
    const { connections, madeBy } = parseRecording(await page.evaluate<string>('recording()'));
    expect(madeBy).toMatch(/^holdfast \d/);
    expect(connections).toMatchObject([{ row: { id: 'feed', state: 'alive' }, history: expect.any(Array) }]);
    expect(connections[0]?.history.length).toBeGreaterThan(2);
  });
});

/** The active state of either chart. */
function lit(view: Page, node: string) {
  return view.locator(`[data-chart] [data-node="${node}"][data-active="true"]`);
}

/** A picture for people, where `SHOTS` names a folder. */
async function shoot(view: Page, name: string): Promise<void> {
  const folder = process.env.SHOTS;
  if (folder !== undefined) await view.screenshot({ path: `${folder}/${name}.png` });
}
