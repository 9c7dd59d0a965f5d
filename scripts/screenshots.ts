/** Pictures of the inspector for the documentation: `npm run build && npm run screenshots`. */
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import type { ListeningSupervisor } from '../src/actors/supervisor/listening-supervisor.ts';
import { silentLogger } from '../src/base/log.ts';
import { createInspector } from '../src/inspect/server.ts';
import { createSupervisor } from '../src/presets/node.ts';
import { framed } from '../src/protocols/framed.ts';
import { session } from '../src/sessions/both.ts';
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

/** A session that was resumed, with messages that its server is slow to handle. Returns what stops the server. */
async function auditing(supervisor: Pick<ListeningSupervisor, 'connect'>): Promise<() => Promise<void>> {
  const server = createSupervisor({ logger: silentLogger });
  const onSession = (client: { onMessage?: unknown }) => {
    client.onMessage = () => sleep(1200);
  };
  const { url: at } = await server.listen({
    url: 'tcp://127.0.0.1:0',
    protocol: session(framed(), { keepFor: '2m', onSession }),
  });
  const audit = supervisor.connect({ id: 'audit-1', url: at, protocol: session(framed()) });
  await audit.ready();
  const talk = setInterval(() => void audit.send('entry 42: 17.50 EUR'), 1100);
  setTimeout(() => audit.reconnect(), 9000);
  return () => {
    clearInterval(talk);
    return server.stop();
  };
}

const here = await fleet();
const endAudit = await auditing(here.supervisor);
const labels = ({ id }: { readonly id: string }) => ({ team: id.split('-')[0] ?? '' });
const { url } = await createInspector(here.supervisor, { labels });
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

const tools = await open(browser, url, 'light', { width: 1280, height: 800 });
await tools.fill('#filter', 'audit');
await watch(tools, 'audit-1');
await tools.locator('[data-chart="session"] [data-node="session.attached"][data-active="true"]').waitFor();
await sleep(4000);
await shoot(tools, 'session');
await tools.fill('#filter', '');
await tools.selectOption('#group', 'label:team');
await watch(tools, 'orders-sgp-1');
await tools.keyboard.press('c');
await watch(tools, 'orders-sgp-3');
await sleep(3000);
await tools.keyboard.press('c');
await shoot(tools, 'compare');
await tools.close();

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
await endAudit();
for (const [file, picture] of pictures) writeFileSync(file, smallPng(picture));
