/** What can be read on the page: contrast, forced colours, numbers that are not cut. */
import { describe, expect, test, vi } from 'vitest';
import { flightRecorder } from '../../../src/actors/incarnation/flight-recorder.ts';
import { chromiumMissing } from '../../support/chromium.ts';
import { lineServer, world } from '../../support/world.ts';
import { later } from '../../transport/peers.ts';
import { inspect, lit, open } from './browser.ts';
import { lowContrasts } from './contrast.ts';

vi.setConfig({ testTimeout: 90_000 });

/** A connection that is suspect, and two that wait at a gate. */
async function troubled(viewport?: { width: number; height: number }) {
  const here = world({ recorder: flightRecorder(), heartbeat: { interval: 1000, condemnAfter: 60_000 } });
  later(() => here.supervisor.actor.stop());
  here.network.serve('feed', lineServer);
  here.supervisor.connect({ id: 'feed', url: 'memory://feed' });
  for (const id of ['one', 'two']) here.supervisor.connect({ id, url: 'memory://nobody' });
  await here.clock.run(3000);
  const inspector = await inspect(here.supervisor);
  const page = await open(inspector.url, viewport);
  await page.click('[data-id="feed"]');
  await lit(page, 'connection.alive').waitFor();
  here.network.host('feed').freeze();
  for (let at = 0; at < 4000; at += 100) await here.clock.run(100);
  await lit(page, 'connection.suspect.silent').waitFor();
  return { ...here, page };
}

describe.skipIf(chromiumMissing !== undefined)(
  `the page is legible${chromiumMissing ? ` (${chromiumMissing})` : ''}`,
  () => {
    test.each(['dark', 'light'] as const)(
      'inspector page: every text has a contrast of at least 4.5:1, %s',
      async (theme) => {
        const { page } = await troubled();
        await page.emulateMedia({ reducedMotion: 'reduce' });
        if (theme === 'light') await page.keyboard.press('t');
        expect(await lowContrasts(page)).toEqual([]);
        await page.locator('.entry').nth(1).click();
        expect(await lowContrasts(page)).toEqual([]);
        await page.keyboard.press('Escape');
        await page.click('[data-id="two"]');
        await lit(page, 'supervision.queued.at-gate').waitFor();
        expect(await lowContrasts(page)).toEqual([]);
        await page.keyboard.press('f');
        await page.locator('.canvas[data-chart="supervision"]').waitFor();
        expect(await lowContrasts(page)).toEqual([]);
      },
    );

    test.each(['dark', 'light'] as const)(
      'inspector page: forced colours keep dots, the strip of states and the selection, %s',
      async (colorScheme) => {
        const { page } = await troubled();
        await page.emulateMedia({ forcedColors: 'active', colorScheme, reducedMotion: 'reduce' });
        const style = (selector: string, property: string) =>
          page
            .locator(selector)
            .first()
            .evaluate((element, name) => getComputedStyle(element).getPropertyValue(name), property);
        const ground = await style('body', 'background-color');
        for (const mark of ['.row .dot', '.chip .dot', '.strip-track i', '.strip-cursor'])
          expect(await style(mark, 'background-color'), mark).not.toBe(ground);
        expect(await style('.row .dot', 'box-shadow')).not.toBe('none');
        expect(await style('.row[aria-current="true"]', 'outline-style')).toBe('solid');
        expect(await style('.row[aria-current="false"]', 'outline-style')).toBe('none');
        await page.locator('.entry').nth(1).click();
        expect(await style('.entry[aria-current="true"]', 'outline-style')).toBe('solid');
      },
    );

    test.each([
      { width: 1280, height: 800 },
      { width: 390, height: 844 },
    ])('inspector page: the number of an incarnation is never cut, at $width px', async (viewport) => {
      const { page, network, clock } = await troubled(viewport);
      network.host('feed').thaw();
      await clock.run(1000);
      if (viewport.width < 980) await page.locator('.tabs button', { hasText: 'events' }).click();
      const cut = await page
        .locator('.entry-who')
        .first()
        .evaluate((who) => {
          const [sender, , receiver] = [...who.children] as HTMLElement[];
          if (sender === undefined || receiver === undefined) return ['no receiver'];
          sender.textContent = 'supervisor of many';
          receiver.textContent = '#1234567';
          receiver.dataset.number = '';
          const { right } = who.getBoundingClientRect();
          return (
            receiver.scrollWidth > receiver.clientWidth ||
            receiver.getBoundingClientRect().right > right + 0.5
          );
        });
      expect(cut).toBe(false);
      expect(await page.locator('.entry-who [data-number]', { hasText: /^#1$/ }).count()).toBeGreaterThan(0);
    });

    test('inspector page: in three rows, at 390 px, lines of the supervision chart pass below its boxes', async () => {
      const { page } = await troubled({ width: 390, height: 844 });
      const kinds = await page
        .locator('.overview svg > g')
        .evaluateAll((groups) => groups.map((group) => group.classList[0]));
      expect(kinds.indexOf('state')).toBeGreaterThan(0);
      expect(kinds.lastIndexOf('line')).toBeLessThan(kinds.indexOf('state'));
      const tops = await page
        .locator('.overview .state > rect[rx="9"]')
        .evaluateAll((boxes) => boxes.map((box) => box.getAttribute('y')));
      expect(new Set(tops).size).toBe(3);
    });

    test.each([
      [1600, 'probe timeout'],
      [1440, 'rto'],
      [1280, 'rto'],
      [390, 'rto'],
    ])(
      'inspector page: the legend of liveness takes one line of a page %d px wide, with the timeout of a probe as %s',
      async (width, name) => {
        const { page } = await troubled({ width: 1280, height: 800 });
        await page.setViewportSize({ width, height: 800 });
        if (width < 400) await page.getByRole('button', { name: 'liveness' }).click();
        const line = page.locator('.legend-rto');
        const shown = line.locator('span:visible');
        expect(await shown.textContent()).toBe(name);
        expect(await line.getAttribute('title')).toContain('No limit of silence');
        const legend = await page
          .locator('.legend')
          .evaluate(({ scrollWidth, clientWidth, clientHeight }) => [
            scrollWidth <= clientWidth,
            clientHeight < 20,
          ]);
        expect(legend).toEqual([true, true]);
      },
    );
  },
);
