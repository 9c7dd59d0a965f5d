/** Tools of the page in a browser: groups, the way to trouble, search, differences, comparison, links, alerts. */
import type { Page } from 'playwright-core';
import { describe, expect, test, vi } from 'vitest';
import { flightRecorder } from '../../../src/actors/incarnation/flight-recorder.ts';
import type { InspectorOptions } from '../../../src/inspect/options.ts';
import { SORT_KEYS } from '../../../src/inspect/page/model/query.ts';
import { chromiumMissing } from '../../support/chromium.ts';
import { lineServer, world } from '../../support/world.ts';
import { later } from '../../transport/peers.ts';
import { idsOf, inspect, lit, open, phase } from './browser.ts';

vi.setConfig({ testTimeout: 60_000 });

const steady = {
  heartbeat: { interval: 1000, suspectAfter: { min: 500, max: 500 }, condemnAfter: 60_000 },
  reconnect: { backoff: { base: 5000, jitter: 'none' } },
} as const;

/** Two endpoints with two connections each, of which one may freeze. */
async function show(options: InspectorOptions = {}) {
  const here = world({ recorder: flightRecorder(), ...steady });
  later(() => here.supervisor.actor.stop());
  for (const host of ['feed', 'orders']) here.network.serve(host, lineServer);
  for (const id of ['feed-1', 'orders-1', 'feed-2', 'orders-2'])
    here.supervisor.connect({ id, url: `memory://${id.split('-')[0]}` });
  await here.clock.run(3000);
  const inspector = await inspect(here.supervisor, options);
  const run = async (ms: number) => {
    for (let at = 0; at < ms; at += 100) await here.clock.run(100);
  };
  return { ...here, inspector, run };
}

const selected = (page: Page) => page.locator('.row[aria-current="true"]').getAttribute('data-id');
const heading = (page: Page) => page.locator('.heading h1').textContent();

describe.skipIf(chromiumMissing !== undefined)(
  `tools of the page${chromiumMissing ? ` (${chromiumMissing})` : ''}`,
  () => {
    test('inspector page: groups rows by endpoint or label, folds groups, and counts their trouble', async () => {
      const labels = ({ id }: { id: string }) => ({ shard: id.split('-')[1] ?? '' });
      const { inspector, network, run } = await show({ labels });
      const page = await open(inspector.url);
      await page.locator('.row').first().waitFor();
      await page.selectOption('#group', 'endpoint');
      expect(await idsOf(page)).toEqual(['feed-1', 'feed-2', 'orders-1', 'orders-2']);
      network.host('orders').freeze();
      await run(2500);
      const trouble = page.locator('[data-group="memory://orders"] .group-trouble');
      await expect.poll(() => trouble.textContent()).toContain('2 suspect');
      await page.click('[data-group="memory://orders"]');
      expect(await idsOf(page)).toEqual(['feed-1', 'feed-2']);
      await page.selectOption('#group', 'label:shard');
      expect(await idsOf(page)).toEqual(['feed-1', 'orders-1', 'feed-2', 'orders-2']);
      await page.fill('#filter', 'label:shard=2');
      expect(await idsOf(page)).toEqual(['feed-2', 'orders-2']);
    });

    test('inspector page: N and a button go from one suspect to the next, also into a folded group', async () => {
      const { inspector, network, run } = await show();
      const page = await open(inspector.url);
      await page.click('[data-id="feed-1"]');
      expect(await page.getByRole('button', { name: 'Next suspect' }).isDisabled()).toBe(true);
      network.host('orders').freeze();
      await run(2500);
      await expect.poll(() => phase(page, 'orders-2')).toBe('suspect');
      await page.keyboard.press('n');
      expect(await selected(page)).toBe('orders-1');
      await page.getByRole('button', { name: 'Next suspect' }).click();
      expect(await selected(page)).toBe('orders-2');
      await page.keyboard.press('n');
      expect(await selected(page)).toBe('orders-1');
      await page.keyboard.press('p');
      expect(await selected(page)).toBe('orders-2');
      await page.click('[data-id="feed-1"]');
      await page.selectOption('#group', 'endpoint');
      await page.click('[data-group="memory://orders"]');
      await page.locator('.columns').click();
      await page.keyboard.press('n');
      expect(await selected(page)).toBe('orders-1');
    });

    test('inspector page: the title, the icon and a live region tell of trouble', async () => {
      const { inspector, network, run } = await show();
      const page = await open(inspector.url);
      await page.locator('.row').first().waitFor();
      expect(await page.title()).toBe('holdfast inspector');
      const heard = () => page.locator('[aria-live="polite"]').textContent();
      const icon = () => page.locator('link[rel="icon"]').getAttribute('href');
      const calm = await icon();
      network.host('feed').freeze();
      await run(2500);
      await expect.poll(() => page.title()).toBe('(2) 2 suspect · holdfast');
      expect(await icon()).not.toBe(calm);
      await expect.poll(heard, { timeout: 8000 }).toBe('feed-1, feed-2 are suspect.');
      network.host('feed').thaw();
      await run(2500);
      await expect.poll(() => page.title()).toBe('holdfast inspector');
      await expect.poll(heard, { timeout: 8000 }).toBe('feed-1, feed-2 are alive.');
      expect(await icon()).toBe(calm);
    });

    test('inspector page: the last hour is a band of all connections, and a strip of the selected one', async () => {
      const { inspector, network, run } = await show();
      network.host('feed').freeze();
      await run(3000);
      const page = await open(inspector.url);
      await page.click('[data-id="feed-1"]');
      await lit(page, 'connection.suspect.silent').waitFor();
      const band = page.locator('.toolbar .band');
      expect(await band.locator('.s-suspect').count()).toBeGreaterThan(0);
      expect(await band.getAttribute('aria-label')).toMatch(
        /^last hour, all connections: known for .*some suspect in/,
      );
      await expect.poll(() => page.locator('.heading .hour .s-suspect').count()).toBe(1);
      expect(await page.locator('.heading .hour').getAttribute('aria-label')).toMatch(
        /^last hour: alive \d\.\d s, suspect \d\.\d s/,
      );
    });

    test('inspector page: searches in events, and shows what differs between two steps', async () => {
      const { inspector, network, run } = await show();
      const page = await open(inspector.url);
      await page.click('[data-id="feed-1"]');
      await lit(page, 'connection.alive').waitFor();
      network.host('feed').freeze();
      await run(2500);
      await lit(page, 'connection.suspect.silent').waitFor();
      network.host('feed').thaw();
      await run(1500);
      await lit(page, 'connection.alive').waitFor();
      await page.keyboard.press('s');
      await page.keyboard.type('timer deadline-expired');
      await expect.poll(() => page.locator('.entry').count()).toBe(1);
      expect(await page.locator('.panel-note').first().textContent()).toMatch(/^1 of \d+$/);
      await page.locator('.entry').click();
      await page.keyboard.press('m');
      await page.fill('#search', 'nothing has this');
      await page.getByText('No event matches.').waitFor();
      await page.locator('#search').press('Escape');
      await page.locator('.entry', { hasText: '→ alive' }).last().click();
      const diff = page.locator('.diff');
      await diff.waitFor();
      expect(await diff.locator('[data-path="event"]').textContent()).toBe(
        'eventdeadline-expired → bytes-received',
      );
      expect(await diff.locator('[data-path="to"]').textContent()).toBe(
        'toconnection.suspect.silent → connection.alive',
      );
      expect(await diff.locator('[data-path="incarnation"]').count()).toBe(0);
      await page.locator('.inspect').getByRole('button', { name: 'clear' }).click();
      await diff.waitFor({ state: 'detached' });
    });

    test('inspector page: compares two connections, and marks what differs', async () => {
      const { inspector } = await show();
      const page = await open(inspector.url);
      await page.click('[data-id="feed-1"]');
      await page.keyboard.press('c');
      await page.getByText('select another to compare').waitFor();
      await page.click('[data-id="orders-2"]');
      await page.getByText('marked: feed-1').waitFor();
      await page.keyboard.press('c');
      const table = page.getByRole('dialog', { name: 'comparison' });
      await table.waitFor();
      expect(await table.locator('[data-fact="endpoint"]').textContent()).toBe(
        'endpointmemory://feedmemory://orders',
      );
      expect(await table.locator('[data-fact="endpoint"]').getAttribute('data-differs')).toBe('true');
      expect(await table.locator('[data-fact="protocol"]').getAttribute('data-differs')).toBe('false');
      await page.keyboard.press('Escape');
      await table.waitFor({ state: 'detached' });
      await page.locator('.compare-mark').getByRole('button').click();
      await page.locator('.compare-mark').waitFor({ state: 'detached' });
    });

    test('inspector page: what is shown survives a reload, by the fragment of the URL', async () => {
      const { inspector, network, run } = await show();
      network.host('orders').freeze();
      await run(2500);
      const page = await open(inspector.url);
      await page.click('[data-id="orders-2"]');
      await lit(page, 'connection.suspect.silent').waitFor();
      await page.fill('#filter', 'orders');
      await page.selectOption('#group', 'endpoint');
      await page.click('.column-id');
      await page.click('.column-id');
      await page.locator('.entry', { hasText: '→ alive' }).click();
      await expect.poll(() => page.url()).toMatch(/#.*id=orders-2.*q=orders.*sort=-id.*group=endpoint.*at=/);
      expect(page.url()).toContain('?token=');
      await page.reload();
      await lit(page, 'connection.alive').waitFor();
      expect(await heading(page)).toBe('orders-2');
      expect(await idsOf(page)).toEqual(['orders-2', 'orders-1']);
      expect(await page.inputValue('#group')).toBe('endpoint');
      await page.getByText('back to now').waitFor();
      const plain = await open(`${inspector.url}#id=feed-2&sort=nonsense&group=&panel=x&at=-3`);
      await expect.poll(() => heading(plain)).toBe('feed-2');
      expect(await plain.locator('.past').count()).toBe(0);
    });

    test('inspector page: a link with each order of the list keeps it', async () => {
      const { inspector } = await show();
      for (const key of SORT_KEYS) {
        const page = await open(`${inspector.url}#sort=-${key}`);
        await page.locator('.row').first().waitFor();
        await page.fill('#filter', 'feed');
        await expect.poll(() => page.url()).toMatch(/#.*q=feed/);
        expect(page.url()).toContain(`sort=-${key}`);
      }
    });

    test('inspector page: a link to a connection that is not there shows the first one, and that one when it comes', async () => {
      const { inspector, supervisor, run } = await show();
      const page = await open(`${inspector.url}#id=feed-9`);
      await expect.poll(() => heading(page)).toBe('feed-1');
      supervisor.connect({ id: 'feed-9', url: 'memory://feed' });
      await run(500);
      await expect.poll(() => heading(page)).toBe('feed-9');
    });

    test('inspector page: follows the theme of the system, until another one is chosen', async () => {
      const { inspector } = await show();
      const page = await open(inspector.url);
      const theme = () => page.locator('html').getAttribute('data-theme');
      await expect.poll(theme).toBe('dark');
      await page.emulateMedia({ colorScheme: 'light' });
      await expect.poll(theme).toBe('light');
      await page.keyboard.press('t');
      await expect.poll(theme).toBe('dark');
      await page.emulateMedia({ colorScheme: 'dark' });
      await page.emulateMedia({ colorScheme: 'light' });
      expect(await theme()).toBe('dark');
      await page.keyboard.press('t');
      await page.emulateMedia({ colorScheme: 'dark' });
      await expect.poll(theme).toBe('dark');
    });

    test.each([
      { width: 1280, height: 800 },
      { width: 390, height: 844 },
    ])('inspector page: chips, filter, band and groups are whole at $width px', async (viewport) => {
      const { inspector, network, supervisor, run } = await show();
      network.host('orders').freeze();
      supervisor.connect({ id: 'lost', url: 'memory://nobody', reconnect: { maxAttempts: 1 } });
      supervisor.connect({ id: 'late', url: 'memory://nobody' });
      await run(8000);
      const page = await open(inspector.url, viewport);
      await page.locator('.row').first().waitFor();
      const parts = [
        '.chip:visible',
        '.filter input',
        '.band',
        '.group-by',
        '.toolbar .button',
        '.columns button',
      ];
      for (const part of parts) {
        for (const each of await page.locator(part).all()) {
          const box = await each.boundingBox();
          expect(box?.x, part).toBeGreaterThanOrEqual(0);
          expect((box?.x ?? 0) + (box?.width ?? 0), part).toBeLessThanOrEqual(viewport.width);
        }
      }
      await page.locator('.chip', { hasText: 'suspect' }).click();
      expect(await idsOf(page)).toEqual(['orders-1', 'orders-2']);
    });
  },
);

describe.skipIf(chromiumMissing !== undefined)('actions of the page', () => {
  test('inspector page: has no actions unless they are on', async () => {
    const { inspector } = await show();
    const page = await open(inspector.url);
    await page.click('[data-id="feed-1"]');
    await lit(page, 'connection.alive').waitFor();
    expect(await page.locator('.act').count()).toBe(0);
  });

  test('inspector page: acts after a confirmation alone, and tells what came of it', async () => {
    const { inspector, supervisor, run } = await show({ actions: true });
    const page = await open(inspector.url);
    await page.click('[data-id="feed-1"]');
    const dialog = page.getByRole('dialog', { name: 'confirmation' });
    await page.locator('.act-close').click();
    await dialog.getByText('ends the connection for good').waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await page.locator('.act-close').click();
    await dialog.getByRole('button', { name: 'cancel' }).click();
    await dialog.waitFor({ state: 'detached' });
    await run(500);
    expect(supervisor.get('feed-1')?.state).toBe('alive');
    await page.locator('.act-reconnect').click();
    await dialog.locator('[data-confirm="reconnect"]').click();
    await page.getByText('reconnect of feed-1: a new incarnation begins').waitFor();
    await run(2000);
    expect(supervisor.get('feed-1')?.incarnation).toBe(2);
    await page.locator('.act-close').click();
    await dialog.locator('[data-confirm="close"]').click();
    await expect.poll(() => supervisor.get('feed-1')?.state).not.toBe('alive');
    await run(2000);
    await page.getByText('close of feed-1: closed: closed-by-us').waitFor();
    await expect.poll(() => page.locator('.act').count()).toBe(0);
  });
});
