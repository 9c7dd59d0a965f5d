/** The built demo, and its page. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, test, vi } from 'vitest';
import { chromiumMissing } from '../../support/chromium.ts';
import { later } from '../../transport/peers.ts';
import { idsOf, lit, noteLights, open } from './browser.ts';

vi.setConfig({ testTimeout: 60_000 });

const executable = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));

/** Starts a demo, and returns the URL of its first line. */
async function demoUrl(): Promise<string> {
  const demo = spawn(process.execPath, [executable, 'demo', '--inspect', '--json']);
  later(async () => {
    const ended = once(demo, 'exit');
    demo.kill('SIGINT');
    await ended;
  });
  const [first] = (await once(createInterface(demo.stdout), 'line')) as [string];
  demo.stdout.resume();
  const { event, url } = JSON.parse(first) as { event: string; url: string };
  expect(event).toBe('inspector');
  return url;
}

describe.skipIf(chromiumMissing !== undefined)('demo page', () => {
  test('demo page: lists all connections of the demo', async () => {
    const page = await open(await demoUrl());
    const names = ['line', 'framed', 'ws', 'redis'];
    const ids = names.flatMap((name) => [1, 2, 3].map((n) => `${name}-${n}`));
    await expect.poll(() => idsOf(page)).toEqual([...ids, 'session-1']);
    await expect.poll(() => page.locator('.row[data-phase="alive"]').count()).toBeGreaterThan(6);
    await page.click('[data-id="ws-2"]');
    expect(await page.locator('.heading').textContent()).toMatch(/^ws-2.*ws:\/\/127\.0\.0\.1:\d+/);
    await expect.poll(() => page.locator('.log .entry').count()).toBeGreaterThan(2);
  });

  test('demo page: shows a frozen peer until the next incarnation, and a gate', async () => {
    const page = await open(await demoUrl());
    // The third fault freezes it, the fourth takes the server of the lines down.
    await page.click('[data-id="ws-3"]');
    await lit(page, 'connection.alive').waitFor();
    const lights = await noteLights(page);
    const course = async () => (await lights()).join(' ');
    const life =
      /alive connection.suspect.silent connection.closing.aborting connection.closed .*connection.alive$/;
    await expect.poll(course, { timeout: 30_000 }).toMatch(life);
    const waiting = page.locator('.row .row-pulse', { hasText: 'gate' });
    await expect.poll(() => waiting.count(), { timeout: 30_000, interval: 20 }).toBeGreaterThan(1);
    await page.locator('.gate[data-endpoint*="://127.0.0.1:"]').first().waitFor();
    expect(await page.locator('.entry[data-unhandled="true"]').count()).toBe(0);
  });
});
