/** Cost of the list with 5,000 connections in a browser. */
import type { Page } from 'playwright-core';
import { describe, expect, test, vi } from 'vitest';
import { chromiumMissing } from '../../support/chromium.ts';
import { lineServer, world } from '../../support/world.ts';
import { later } from '../../transport/peers.ts';
import { idsOf, inspect, open } from './browser.ts';

vi.setConfig({ testTimeout: 120_000 });

const COUNT = 5000;
/** These are printed. The limits are three times what is wanted, as machines differ: 100 ms, 2 s and 15 %. */
const LIMIT_MS = 300;
/** From the request for the page to its list. */
const FIRST_MS = 6000;
/** Of one core, while nothing but heartbeats happens. */
const IDLE_SHARE = 0.45;
/** Milliseconds for which an idle page is watched. */
const IDLE_MS = 6000;

describe.skipIf(chromiumMissing !== undefined)(`${COUNT} connections`, () => {
  test('inspector page with 5,000 rows: shows its list within seconds, and takes less than half of a core while only heartbeats happen', async () => {
    const { supervisor, clock, network } = world();
    later(() => supervisor.actor.stop());
    network.serve('feed', lineServer);
    for (let n = 0; n < COUNT; n++) supervisor.connect({ id: `conn-${n}`, url: 'memory://feed' });
    await clock.run(20_000);
    const { url } = await inspect(supervisor);
    const firsts: number[] = [];
    let page: Page | undefined;
    // The least of three, as the machine may be shared.
    for (let round = 0; round < 3; round++) {
      await page?.close();
      const begun = performance.now();
      page = await open(url);
      await page.getByText('5,000 connections').waitFor();
      firsts.push(performance.now() - begun);
    }
    const shown = page as Page;
    const [cpuBefore, begun] = [await cpuOf(shown), performance.now()];
    // The virtual time goes as fast as the real one: heartbeats every ten seconds, as by default.
    for (let passed = 0; performance.now() - begun < IDLE_MS; ) {
      const due = performance.now() - begun;
      await clock.run(Math.max(0, due - passed));
      passed = Math.max(passed, due);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const share = ((await cpuOf(shown)) - cpuBefore) / (performance.now() - begun);
    const first = Math.min(...firsts);
    process.stdout.write(
      `${COUNT} connections: list after ${first.toFixed(0)} ms, idle ${(share * 100).toFixed(1)} %\n`,
    );
    expect(first).toBeLessThan(FIRST_MS);
    expect(share).toBeLessThan(IDLE_SHARE);
    expect(await shown.locator('.about-open').count()).toBe(1);
  });

  test('inspector page with 5,000 rows: filters and sorts in less than 300 ms, and draws visible rows only', async () => {
    const { supervisor, network, clock } = world();
    later(() => supervisor.actor.stop());
    network.serve('feed', lineServer);
    for (let n = 0; n < COUNT; n++) {
      supervisor.connect({ id: `conn-${n}`, url: n % 10 === 0 ? 'memory://nobody' : 'memory://feed' });
    }
    await clock.run(5000);
    const page = await open((await inspect(supervisor)).url);
    await page.getByText('5,000 connections').waitFor();
    expect((await idsOf(page)).length).toBeLessThan(60);

    const filtered = await quickest(page, () => {
      const filter = document.querySelector<HTMLInputElement>('#filter');
      if (filter === null) return;
      filter.value = filter.value === '' ? '-state:alive 12' : '';
      filter.dispatchEvent(new InputEvent('input', { bubbles: true }));
    });
    await page.fill('#filter', 'id:conn-77');
    await page.getByText('11 of 5,000').waitFor();
    await page.fill('#filter', '');
    const sorted = await quickest(page, () => document.querySelector<HTMLElement>('.column-id')?.click());
    const byState = await quickest(page, () => document.querySelector<HTMLElement>('.column-state')?.click());
    await page.click('.column-id');
    await page.keyboard.press('1');
    await expect.poll(async () => (await idsOf(page))[0]).toBe('conn-4999');
    const times = Object.entries({ filtered, sorted, byState });
    const line = times.map(([act, ms]) => `${act} ${ms.toFixed(0)} ms`).join(', ');
    process.stdout.write(`${COUNT} connections: ${line}\n`);
    for (const [act, ms] of times) expect(ms, act).toBeLessThan(LIMIT_MS);
  });
});

/** The CPU time of the page's own process, in milliseconds. */
async function cpuOf(page: Page): Promise<number> {
  const session = await page.context().browser()?.newBrowserCDPSession();
  const { processInfo = [] } = (await session?.send('SystemInfo.getProcessInfo')) ?? {};
  await session?.detach();
  const renderers = processInfo.filter(({ type }) => type === 'renderer');
  return renderers.reduce((sum, { cpuTime }) => sum + cpuTime * 1000, 0);
}

/** The shortest of several times from an act to its frame, as the machine may be shared. */
async function quickest(page: Page, act: () => void): Promise<number> {
  // As text: the page itself may not make code of text.
  return page.evaluate<number>(`(async () => {
    let least = Infinity;
    for (let round = 0; round < 6; round++) {
      const begun = performance.now();
      (${act})();
      await new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)));
      least = Math.min(least, performance.now() - begun);
    }
    return least;
  })()`);
}
