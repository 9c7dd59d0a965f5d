/** What the page says about its own server: alive, frozen, gone, or another one. */
import { describe, expect, test, vi } from 'vitest';
import { chromiumMissing } from '../../support/chromium.ts';
import { world } from '../../support/world.ts';
import { later } from '../../transport/peers.ts';
import { inspect, open } from './browser.ts';

vi.setConfig({ testTimeout: 120_000 });

const token = 'a-token-for-this-test';
const failures = /WebSocket connection|Failed to load resource/;

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
});
