/** Pictures of the inspector for the documentation: `npm run build && npm run screenshots`. */
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { createInspector } from '../src/inspect/server.ts';
import { launch } from '../test/support/chromium.ts';
import { fleet } from './fleet.ts';
import { smallPng } from './small-png.ts';

const docs = fileURLToPath(new URL('../docs/', import.meta.url));
const offline = new URL('../dist/inspect/page/index.html', import.meta.url).href;
const SUBJECT = 'orders-sgp-3';
const narrow = { width: 390, height: 844 };

async function open(browser: Browser, url: string, colorScheme: 'dark' | 'light', viewport: typeof narrow) {
  const page = await browser.newPage({ colorScheme, viewport });
  await page.goto(url);
  return page;
}

async function watch(page: Page, id: string): Promise<void> {
  await page.click(`[data-id="${id}"]`);
}

const pictures = new Map<string, Buffer>();

/** The heading and the supervision chart of a connection, without the rest of the page. */
async function shootSupervision(
  page: Page,
  id: string,
  node: string,
  name: string,
  waits = false,
): Promise<void> {
  // The filter brings rows into sight that the list does not draw.
  await page.fill('#filter', id);
  await watch(page, id);
  await page.locator(`.overview [data-node="supervision.${node}"][data-active="true"]`).waitFor();
  if (waits) await page.locator('.wait-left', { hasText: /^([3-9]\.|\d\d)/ }).waitFor();
  await page.mouse.move(0, 0);
  await sleep(900);
  const top = await page.locator('.heading').boundingBox();
  const end = await page.locator('.wait-line').boundingBox();
  if (top === null || end === null) throw new Error(`${name}: the page shows no supervision chart`);
  const clip = { ...top, height: end.y + end.height - top.y };
  pictures.set(`${docs}inspector-${name}.png`, await page.screenshot({ clip }));
}

/** Takes a picture after animations have ended. Files are written at the end: compression would stall the peers. */
async function shoot(page: Page, name: string): Promise<void> {
  await page.mouse.move(0, 0);
  await sleep(900);
  pictures.set(`${docs}inspector-${name}.png`, await page.screenshot());
}

const here = await fleet();
const { url } = await createInspector(here.supervisor);
const browser = await launch();
const dark = await open(browser, url, 'dark', { width: 1440, height: 900 });
const light = await open(browser, url, 'light', { width: 1280, height: 800 });
const list = await open(browser, url, 'dark', narrow);
const chart = await open(browser, url, 'light', narrow);
await watch(dark, SUBJECT);
await watch(light, 'prices-nyc-2');
await watch(chart, 'telemetry-3');
await sleep(25_000);

for (const site of ['telemetry', 'billing', 'legacy']) here.down(site);
await sleep(3000);
for (const [site, n] of [
  ['orders-sgp', 2],
  ['prices-nyc', 1],
  ['prices-nyc', 3],
  ['prices-fra', 2],
] as const) {
  const peer = here.peers(site)[n];
  if (peer !== undefined) peer.frozen = true;
}
await dark.locator(`.row[data-id="${SUBJECT}"][data-phase="suspect"]`).waitFor();
await sleep(600);
await dark.locator('.entry', { hasText: '→ silent' }).click();
await Promise.all([
  shoot(dark, 'dark'),
  shoot(light, 'light'),
  shoot(chart, 'narrow-chart'),
  shoot(list, 'narrow-list'),
]);

const scenes = await open(browser, url, 'light', { width: 1280, height: 800 });
here.supervisor.get('ledger-1')?.reconnect();
await shootSupervision(scenes, 'ledger-1', 'running.replacing', 'replaced');
await shootSupervision(scenes, 'telemetry-2', 'queued.at-gate', 'gate', true);
await shootSupervision(scenes, 'billing-1', 'backing-off.delay', 'backoff', true);
await shootSupervision(scenes, 'legacy-1', 'gave-up', 'gave-up');
await scenes.close();

await dark.locator(`.row[data-id="${SUBJECT}"][data-phase="alive"]`).waitFor();
await sleep(4000);
await dark.keyboard.press('Escape');
await dark.keyboard.press('f');
await shoot(dark, 'chart');

const download = dark.waitForEvent('download');
await dark.keyboard.press('e');
const replay = await open(browser, offline, 'light', { width: 1280, height: 800 });
await replay.setInputFiles('#open', await (await download).path());
await watch(replay, SUBJECT);
await replay.getByRole('button', { name: 'First step' }).click();
for (let step = 0; step < 200; step++) {
  if ((await replay.locator('.caption-way').textContent())?.endsWith('closing.aborting')) break;
  await replay.keyboard.press('ArrowRight');
}
await shoot(replay, 'replay');

await browser.close();
await here.end();
for (const [file, picture] of pictures) writeFileSync(file, smallPng(picture));
