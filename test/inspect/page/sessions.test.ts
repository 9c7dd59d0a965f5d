/** Sessions on the page in a browser, with a simulated network and a virtual clock on the server's side. */
import { describe, expect, test, vi } from 'vitest';
import { recordingOf } from '../../../src/inspect/export.ts';
import { chromiumMissing } from '../../support/chromium.ts';
import { sessionSides } from '../session-sides.ts';
import { inspect, lit, open, openOffline } from './browser.ts';

vi.setConfig({ testTimeout: 60_000 });

describe.skipIf(chromiumMissing !== undefined)(
  `sessions on the page${chromiumMissing ? ` (${chromiumMissing})` : ''}`,
  () => {
    test('inspector page: the chart of a session follows a cut and a resume, with what is on its way', async () => {
      const { client, clock, network, id } = await sessionSides();
      const run = async (ms: number) => {
        for (let at = 0; at < ms; at += 100) await clock.run(100);
      };
      const page = await open((await inspect(client)).url);
      await lit(page, 'session.attached').waitFor();
      const line = page.locator('.session-line');
      expect(await line.textContent()).toContain(`session ${id.slice(0, 8)}`);
      expect(await line.textContent()).toContain('unacknowledged out 3 · 6 B');
      expect(await page.locator('.row[data-id="feed"] .row-state').textContent()).toContain('3 unacked');
      network.host('server').down();
      await run(25_000);
      await lit(page, 'session.detached').waitFor();
      network.host('server').up();
      await run(3000);
      await lit(page, 'session.attached').waitFor();
      await page.locator('[data-edge="session.detached/greeted/0"]').first().waitFor();
      await page.locator('.session-line', { hasText: 'resumed' }).waitFor();
      expect(await page.content()).not.toContain(id.slice(0, 9));
    });

    test('inspector page: an accepted session without a socket is a row with the time that it is kept, live and replayed', async () => {
      const { server, clock, network } = await sessionSides();
      network.host('server').down();
      await clock.run(25_000);
      const page = await open((await inspect(server)).url);
      await lit(page, 'session.detached').waitFor();
      expect(await page.locator('.row .row-state').textContent()).toMatch(/left\s*kept \d+ s/);
      expect(await page.locator('.session-line').textContent()).toContain('in 3 · 6 B');
      const replay = await openOffline();
      const buffer = Buffer.from(JSON.stringify(recordingOf(server)));
      const file = { name: 'sessions.json', mimeType: 'application/json', buffer };
      await replay.locator('#open').setInputFiles(file);
      await lit(replay, 'session.detached').waitFor();
    });

    test('inspector page: all three charts in full, and nothing wider than a phone', async () => {
      const { client } = await sessionSides();
      const { url } = await inspect(client);
      const page = await open(url);
      await lit(page, 'session.attached').waitFor();
      await page.keyboard.press('f');
      await page.locator('.pair [data-chart="session"] [data-node="session.detached"]').waitFor();
      const phone = await open(url, { width: 390, height: 844 });
      await phone.locator('.row[data-id="feed"]').click();
      await lit(phone, 'session.attached').waitFor();
      expect(await phone.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
    });
  },
);
