/** What the page says about its own server: alive, frozen, gone, or another one. */
import type { Locator } from 'playwright-core';
import { describe, expect, test, vi } from 'vitest';
import { chromiumMissing } from '../../support/chromium.ts';
import { lineServer, type World, world } from '../../support/world.ts';
import { later } from '../../transport/peers.ts';
import { inspect, open } from './browser.ts';

vi.setConfig({ testTimeout: 120_000 });

const token = 'a-token-for-this-test';
const failures = /WebSocket connection|Failed to load resource/;

/** Time goes on, with real input and output in between, until the page shows it. */
async function goOn({ clock }: World, shown: Locator): Promise<void> {
  for (let step = 0; (await shown.count()) === 0; step++) {
    if (step > 200) throw new Error('the page never showed it');
    await clock.run(500);
  }
}

describe.skipIf(chromiumMissing !== undefined)('inspector page', () => {
  test('says that a frozen process does not answer, and that it is live when it goes on', async () => {
    const { supervisor, clock } = world();
    later(() => supervisor.actor.stop());
    const page = await open((await inspect(supervisor)).url);
    const about = page.locator('.brand small');
    await about.getByText('live').waitFor();
    await about.getByText(/no answer for \d+ s/).waitFor({ timeout: 30_000 });
    await clock.run(1100);
    await about.getByText('live').waitFor();
  });

  test('says gone for a process that ended, refused for one with another token, and live for one with its own', async () => {
    const { supervisor } = world();
    later(() => supervisor.actor.stop());
    const first = await inspect(supervisor, { token });
    const page = await open(first.url, undefined, failures);
    const about = page.locator('.brand small');
    await about.getByText('live').waitFor();
    const port = Number(new URL(first.url).port);
    await first.close();
    await about.getByText('process gone').waitFor({ timeout: 30_000 });
    const other = await inspect(supervisor, { port });
    await about.getByText('token refused').waitFor({ timeout: 30_000 });
    await other.close();
    const again = await inspect(supervisor, { port, token });
    expect(again.url).toBe(first.url);
    await about.getByText('live').waitFor({ timeout: 30_000 });
  });

  test('follows the selected connection in the process that took the place of one that ended, as soon as it is there', async () => {
    const [before, after] = [world(), world()];
    for (const { network, supervisor } of [before, after]) {
      network.serve('feed', lineServer);
      later(() => supervisor.actor.stop());
    }
    before.supervisor.connect({ id: 'feed', url: 'memory://feed' });
    const first = await inspect(before.supervisor, { token });
    const page = await open(first.url, undefined, failures);
    const entries = page.locator('.events .entry');
    await page.locator('.row[data-id="feed"]').waitFor();
    await goOn(before, entries.first());
    const port = Number(new URL(first.url).port);
    await first.close();
    const about = page.locator('.brand small');
    await about.getByText('process gone').waitFor({ timeout: 30_000 });
    await inspect(after.supervisor, { port, token });
    await about.getByText('live').waitFor({ timeout: 30_000 });
    await after.clock.run(200);
    await page.getByText('No connections yet.').waitFor();
    const known = await entries.count();
    after.supervisor.connect({ id: 'feed', url: 'memory://feed' });
    await after.clock.run(200);
    await page.locator('.row[data-id="feed"]').waitFor();
    after.network.host('feed').freeze();
    await goOn(after, page.locator('.events .entry', { hasText: 'deadline-expired' }).first());
    expect(await entries.count()).toBeGreaterThan(known);
    expect(await page.getByText('The server refused').count()).toBe(0);
  });
});
