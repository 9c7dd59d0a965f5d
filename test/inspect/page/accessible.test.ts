/** The page in Chromium under axe: no violation in any theme, in forced colours, on a phone, or in a dialog. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { describe, expect, test, vi } from 'vitest';
import { flightRecorder } from '../../../src/actors/incarnation/flight-recorder.ts';
import { chromiumMissing } from '../../support/chromium.ts';
import { lineServer, world } from '../../support/world.ts';
import { later } from '../../transport/peers.ts';
import { inspect, lit, open, openOffline } from './browser.ts';

vi.setConfig({ testTimeout: 90_000 });

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Each violation as its rule and the elements that break it. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  // Without animations, which pass through colours of too little contrast.
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const { violations: found, passes } = await page.evaluate<AxeResults>(
    'axe.run(document, { preload: false })',
  );
  expect(passes.length).toBeGreaterThan(10);
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary = '' }) => `${id}: ${target} ${failureSummary}`),
  );
}

/** A connection that was suspect, one that waits, one that gave up, and one that is alive and has labels. */
async function troubled(viewport?: { width: number; height: number }) {
  const here = world({ recorder: flightRecorder(), heartbeat: { interval: 1000, condemnAfter: 60_000 } });
  later(() => here.supervisor.actor.stop());
  for (const host of ['feed', 'orders']) here.network.serve(host, lineServer);
  here.supervisor.connect({ id: 'feed', url: 'memory://feed' });
  here.supervisor.connect({ id: 'orders', url: 'memory://orders' });
  here.supervisor.connect({ id: 'late', url: 'memory://nobody' });
  here.supervisor.connect({ id: 'lost', url: 'memory://nowhere', reconnect: { maxAttempts: 1 } });
  await here.clock.run(3000);
  const inspector = await inspect(here.supervisor, { labels: () => ({ team: 'prices' }), actions: true });
  const page = await open(inspector.url, viewport);
  await page.click('[data-id="feed"]');
  here.network.host('feed').freeze();
  for (let at = 0; at < 4000; at += 100) await here.clock.run(100);
  await page.locator('.row[data-id="feed"][data-phase="suspect"]').waitFor({ state: 'attached' });
  return page;
}

describe.skipIf(chromiumMissing !== undefined)(
  `the page under axe${chromiumMissing ? ` (${chromiumMissing})` : ''}`,
  () => {
    test.each([
      ['dark', { colorScheme: 'dark' }],
      ['light', { colorScheme: 'light' }],
      ['forced colours', { forcedColors: 'active', colorScheme: 'dark' }],
      ['light forced colours', { forcedColors: 'active', colorScheme: 'light' }],
    ] as const)('inspector page: axe finds nothing, %s', async (_, media) => {
      const page = await troubled();
      await page.emulateMedia(media);
      await lit(page, 'connection.suspect.silent').waitFor();
      expect(await violations(page)).toEqual([]);
      await page.locator('.act-close').click();
      await page.getByRole('dialog', { name: 'confirmation' }).waitFor();
      expect(await violations(page)).toEqual([]);
      await page.keyboard.press('Escape');
      await page.selectOption('#group', 'endpoint');
      await page.locator('.entry').nth(1).click();
      await page.keyboard.press('m');
      await page.keyboard.press('ArrowRight');
      expect(await violations(page)).toEqual([]);
      await page.keyboard.press('c');
      await page.click('[data-id="late"]');
      await page.keyboard.press('c');
      await page.getByRole('dialog', { name: 'comparison' }).waitFor();
      expect(await violations(page)).toEqual([]);
      await page.keyboard.press('Escape');
      await page.keyboard.press('?');
      await page.getByRole('dialog', { name: 'help' }).waitFor();
      expect(await violations(page)).toEqual([]);
      await page.keyboard.press('Escape');
      await page.keyboard.press('f');
      await page.locator('.canvas[data-chart="supervision"]').waitFor();
      expect(await violations(page)).toEqual([]);
    });

    test('inspector page: axe finds nothing on a phone, in any panel', async () => {
      const page = await troubled({ width: 390, height: 844 });
      for (const panel of ['list', 'chart', 'events', 'liveness']) {
        await page.locator('.tabs button', { hasText: panel }).click();
        expect(await violations(page), panel).toEqual([]);
      }
    });

    test('inspector page: axe finds nothing on the page without a server', async () => {
      expect(await violations(await openOffline())).toEqual([]);
    });
  },
);
