/** The built page in a real browser. */
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, expect } from 'vitest';
import type { Supervisor } from '../../../src/actors/supervisor/supervisor.ts';
import type { InspectorOptions } from '../../../src/inspect/options.ts';
import { createInspector, type Inspector } from '../../../src/inspect/server.ts';
import { launch } from '../../support/chromium.ts';
import { later } from '../../transport/peers.ts';

const offlinePage = new URL('../../../dist/inspect/page/index.html', import.meta.url);

let browser: Promise<Browser> | undefined;

afterAll(async () => {
  await (await browser)?.close();
});

export async function inspect(supervisor: Supervisor, options: InspectorOptions = {}): Promise<Inspector> {
  const folder = fileURLToPath(new URL('.', offlinePage));
  const inspector = await createInspector(supervisor, { page: folder, ...options });
  later(() => inspector.close());
  return inspector;
}

/** Opens a window. An error in its console fails the test, unless it is `expected`. */
export async function open(
  url: string,
  viewport = { width: 1280, height: 800 },
  expected: RegExp | undefined = undefined,
): Promise<Page> {
  browser ??= launch();
  const context = await (await browser).newContext({ viewport, colorScheme: 'dark' });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  later(async () => {
    await context.close();
    expect(complaints.filter((text) => !expected?.test(text))).toEqual([]);
  });
  await page.goto(url);
  return page;
}

/** The page without a server. */
export function openOffline(): Promise<Page> {
  return open(offlinePage.href);
}

/** Ids of the drawn rows, in their order. */
export function idsOf(page: Page): Promise<(string | null)[]> {
  return page.locator('.rows .row').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-id')));
}

/** The active state of either chart. */
export function lit(page: Page, node: string) {
  return page.locator(`[data-chart] [data-node="${node}"][data-active="true"]`);
}

export function phase(page: Page, id: string) {
  return page.locator(`.row[data-id="${id}"]`).getAttribute('data-phase');
}

/** Collects the active states of the connection chart from now on. */
export async function noteLights(page: Page): Promise<() => Promise<string[]>> {
  await page.evaluate(() => {
    const seen: string[] = [];
    const chart = document.querySelector('[data-chart="connection"]');
    Object.assign(globalThis, { seen });
    const look = () => {
      const node = chart?.querySelector('.frame.leaf')?.getAttribute('data-node') ?? '';
      if (seen.at(-1) !== node) seen.push(node);
    };
    look();
    if (chart !== null)
      new MutationObserver(look).observe(chart, { subtree: true, attributes: true, childList: true });
  });
  return () => page.evaluate(() => (globalThis as unknown as { seen: string[] }).seen);
}
