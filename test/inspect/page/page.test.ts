/** The page in a browser, with a simulated network and a virtual clock on the server's side. */
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { describe, expect, test, vi } from 'vitest';
import { flightRecorder } from '../../../src/actors/incarnation/flight-recorder.ts';
import type { Supervisor } from '../../../src/actors/supervisor/supervisor.ts';
import { parseRecording } from '../../../src/inspect/recording.ts';
import { actorOf, connectionOf } from '../../../src/inspect/supervisor-view.ts';
import { chromiumMissing } from '../../support/chromium.ts';
import { lineServer, world } from '../../support/world.ts';
import { later } from '../../transport/peers.ts';
import { idsOf, inspect, lit, noteLights, open, openOffline, phase } from './browser.ts';

vi.setConfig({ testTimeout: 60_000 });

const url = 'memory://feed';
const steady = {
  heartbeat: { interval: 1000, suspectAfter: { min: 500, max: 500 }, condemnAfter: 3000 },
  reconnect: { backoff: { base: 5000, jitter: 'none' } },
} as const;

/** Sends an event to the running chart. */
function raise(supervisor: Supervisor, id: string, type: string): void {
  const connection = connectionOf(supervisor, id);
  if (connection !== undefined) actorOf(connection)?.send({ type });
}

/** Texts of a drawing, each with the room right of it in the smallest box around its beginning. */
function textsOf(page: Page, drawing: string, boxes: string, texts: string) {
  return page.locator(drawing).evaluate(
    (root, [boxes, texts]) => {
      const frames = [...root.querySelectorAll<SVGRectElement>(boxes)].map((frame) => frame.getBBox());
      frames.sort((a, b) => a.width - b.width);
      return [...root.querySelectorAll<SVGTextElement>(texts)].map((word) => {
        const { x, y, width, height } = word.getBBox();
        const middle = y + height / 2;
        const own = frames.find(
          (box) => x > box.x && x < box.x + box.width && middle > box.y && middle < box.y + box.height,
        );
        return { text: word.textContent, left: own && own.x + own.width - x - width };
      });
    },
    [boxes, texts] as const,
  );
}

async function show(ids: readonly string[]) {
  const here = world({ recorder: flightRecorder(), ...steady });
  here.network.serve('feed', lineServer);
  later(() => here.supervisor.actor.stop());
  for (const id of ids) here.supervisor.connect({ id, url });
  await here.clock.run(3000);
  const inspector = await inspect(here.supervisor);
  /** Moves the time in steps of 100 ms, so that the page sees every delta. */
  const run = async (ms: number) => {
    for (let at = 0; at < ms; at += 100) await here.clock.run(100);
  };
  return { ...here, inspector, run };
}

describe.skipIf(chromiumMissing !== undefined)(
  `the page${chromiumMissing ? ` (${chromiumMissing})` : ''}`,
  () => {
    test('inspector page: lights suspect, closing and closed when a peer freezes, then the next incarnation', async () => {
      const { network, inspector, run } = await show(['feed']);
      const page = await open(inspector.url);
      await page.click('[data-id="feed"]');
      await lit(page, 'connection.alive').waitFor();
      const lights = await noteLights(page);
      network.host('feed').freeze();
      await run(2500);
      await lit(page, 'connection.suspect.silent').waitFor();
      expect(await phase(page, 'feed')).toBe('suspect');
      expect(await page.locator('.caption').textContent()).toContain('[isDeadline(suspect)]');
      await run(3500);
      await lit(page, 'connection.closed').waitFor();
      await expect.poll(() => phase(page, 'feed')).toBe('waiting');
      expect(await page.locator('.row[data-id="feed"] .wait').textContent()).toMatch(/^#1\d\.\d s$/);
      network.host('feed').thaw();
      await run(6000);
      await page.locator('.heading', { hasText: '#2' }).waitFor();
      await lit(page, 'connection.alive').waitFor();
      expect(await lights()).toEqual([
        'connection.alive',
        'connection.suspect.silent',
        'connection.closing.aborting',
        'connection.closed',
        'connection.connecting.dialing',
        'connection.connecting.handshaking',
        'connection.alive',
      ]);
    });

    test('inspector page: a late page shows the same as the first', async () => {
      const { network, inspector, run } = await show(['one', 'two', 'three']);
      const early = await open(inspector.url);
      await early.click('[data-id="two"]');
      await lit(early, 'connection.alive').waitFor();
      network.host('feed').freeze();
      await run(2500);
      await lit(early, 'connection.suspect.silent').waitFor();
      const late = await open(inspector.url);
      await late.click('[data-id="two"]');
      await lit(late, 'connection.suspect.silent').waitFor();
      expect(await idsOf(late)).toEqual(await idsOf(early));
      for (const id of ['one', 'two', 'three']) expect(await phase(late, id)).toBe('suspect');
      expect(await late.locator('.chips').textContent()).toBe(await early.locator('.chips').textContent());
      const way = '.caption-way';
      expect(await late.locator(way).textContent()).toBe(await early.locator(way).textContent());
      expect(await late.locator('.line-lit').getAttribute('data-edge')).toBe(
        'connection.alive/deadline-expired/0',
      );
    });

    test('inspector page: lists events with sender and receiver, and steps back', async () => {
      const { network, inspector, run } = await show(['feed']);
      const page = await open(inspector.url);
      await page.locator('.row').waitFor();
      await page.keyboard.press('ArrowDown');
      await lit(page, 'connection.alive').waitFor();
      network.host('feed').freeze();
      await run(2500);
      await lit(page, 'connection.suspect.silent').waitFor();
      const suspected = page.locator('.entry', { hasText: '→ silent' });
      expect(await suspected.textContent()).toMatch(/timer→#1deadline-expiredsuspect/);
      await suspected.click();
      await page.keyboard.press('ArrowLeft');
      await lit(page, 'connection.alive').waitFor();
      await page.getByText('back to now').waitFor();
      await page.keyboard.press('ArrowRight');
      await lit(page, 'connection.suspect.silent').waitFor();
      expect(await page.locator('.inspect').textContent()).toContain('deadlinesuspect');
      await page.keyboard.press('Escape');
      await page.getByText('back to now').waitFor({ state: 'detached' });
    });

    test('inspector page: marks a dropped event, and no other', async () => {
      const { network, supervisor, inspector, run } = await show(['feed']);
      const page = await open(inspector.url);
      await page.click('[data-id="feed"]');
      await lit(page, 'connection.alive').waitFor();
      network.host('feed').freeze();
      await run(6000);
      network.host('feed').thaw();
      await run(6000);
      await page.locator('.entry', { hasText: 'write-progressed' }).first().waitFor();
      const marks = page.locator('[data-unhandled="true"], .strip-unhandled, .unhandled');
      expect(await marks.count()).toBe(0);
      raise(supervisor, 'feed', 'opened');
      await page.locator('.canvas .unhandled', { hasText: 'opened: unhandled' }).waitFor();
      expect(await page.locator('.entry[data-unhandled="true"]').textContent()).toContain('opened');
      expect(await page.locator('.caption').textContent()).toContain('unhandled');
      expect(await page.locator('.strip-unhandled').count()).toBe(1);
      await lit(page, 'connection.alive').waitFor();
    });

    test('inspector page: lights preparing while a url function runs', async () => {
      const { supervisor, inspector, run } = await show([]);
      let answer = (_url: string) => {};
      const asked = new Promise<string>((resolve) => {
        answer = resolve;
      });
      supervisor.connect({ id: 'asks', url: () => asked });
      const page = await open(inspector.url);
      await run(300);
      await page.click('[data-id="asks"]');
      await lit(page, 'connection.connecting.preparing').waitFor();
      expect(await page.locator('.row[data-id="asks"]').textContent()).toContain('preparing');
      const lights = await noteLights(page);
      answer(url);
      await run(2000);
      await lit(page, 'connection.alive').waitFor();
      expect(await lights()).toEqual([
        'connection.connecting.preparing',
        'connection.connecting.dialing',
        'connection.connecting.handshaking',
        'connection.alive',
      ]);
      await expect.poll(() => page.locator('.row[data-id="asks"]').textContent()).toContain(url);
    });

    test('inspector page: shows a gate, the wait at it, and its lifecycle events', async () => {
      const { supervisor, inspector, run } = await show(['feed']);
      for (const id of ['one', 'two', 'three']) supervisor.connect({ id, url: 'memory://nobody' });
      const page = await open(inspector.url);
      await page.click('[data-id="two"]');
      await page.locator('.gate[data-endpoint="memory://nobody"]').waitFor();
      await run(5500);
      const gate = page.locator('.gate[data-endpoint="memory://nobody"]');
      await expect.poll(() => gate.textContent()).toMatch(/^memory:\/\/nobody3closed \d\.\d s$/);
      await expect
        .poll(() => page.locator('.row[data-id="two"] .row-pulse').textContent())
        .toMatch(/^#\d\d\.\d sgate$/);
      expect(await page.locator('.wait-line').textContent()).toMatch(
        /^waiting at the gate of memory:\/\/nobody, with 2 more\d\.\d s$/,
      );
      const logged = page.locator('.entry-lifecycle');
      await expect.poll(() => logged.allTextContents()).toContainEqual(expect.stringMatching(/gate→log/));
      const scheduled = /supervisor→logreconnect-scheduledgate · attempt \d/;
      expect(await logged.allTextContents()).toContainEqual(expect.stringMatching(scheduled));
      await gate.click();
      await expect.poll(() => idsOf(page)).toEqual(['one', 'two', 'three']);

      const download = page.waitForEvent('download');
      await page.keyboard.press('e');
      const replay = await openOffline();
      await replay.setInputFiles('#open', await (await download).path());
      await expect.poll(() => replay.locator('.gate').textContent()).toContain('memory://nobody3closed');
      await replay.click('[data-id="two"]');
      await expect.poll(() => replay.locator('.entry-lifecycle').count()).toBe(await logged.count());
    });

    test('inspector page: lights a wait at a gate in the supervision chart, with its reason and countdown', async () => {
      const { supervisor, inspector, run } = await show([]);
      for (const id of ['one', 'two']) supervisor.connect({ id, url: 'memory://nobody' });
      const page = await open(inspector.url);
      await page.click('[data-id="two"]');
      await run(1000);
      await lit(page, 'supervision.queued.at-gate').waitFor();
      const line = page.locator('.wait-line');
      await expect
        .poll(() => line.textContent())
        .toMatch(/at the gate of memory:\/\/nobody, with 1 more\d\.\d s$/);
      const queued = page.locator('.overview [data-node="supervision.queued"] .state-left');
      await expect.poll(() => queued.textContent()).toMatch(/^\d\.\d s$/);
      await page.locator('.overview .state-bar').waitFor();
      const late = await open(inspector.url);
      await late.click('[data-id="two"]');
      await lit(late, 'supervision.queued.at-gate').waitFor();
    });

    test('inspector page: steps of a recording move both charts, through backing off and a countdown', async () => {
      const { network, inspector, run } = await show(['feed']);
      const page = await open(inspector.url);
      await page.click('[data-id="feed"]');
      await lit(page, 'supervision.running.kept').waitFor();
      network.host('feed').freeze();
      await run(6000);
      await lit(page, 'supervision.backing-off.delay').waitFor();
      await lit(page, 'connection.closed').waitFor();
      expect(await page.locator('.overview .line-taken').getAttribute('data-edge')).toBe(
        'supervision.running/exited/2',
      );
      expect(await page.locator('.wait-line').textContent()).toMatch(
        /^backing off before attempt 1\d\.\d s$/,
      );
      network.host('feed').thaw();
      await run(6000);
      await lit(page, 'connection.alive').waitFor();
      const download = page.waitForEvent('download');
      await page.keyboard.press('e');
      const replay = await openOffline();
      await replay.setInputFiles('#open', await (await download).path());
      await lit(replay, 'supervision.running.kept').waitFor();
      await replay.fill('#search', 'delay');
      await replay.locator('.entry', { hasText: '→ delay' }).click();
      await replay.locator('#search').press('Escape');
      await lit(replay, 'supervision.backing-off.delay').waitFor();
      await lit(replay, 'connection.closed').waitFor();
      expect(await replay.locator('.wait-line').textContent()).toMatch(
        /^backing off before attempt 1[45]\.\d s$/,
      );
      await replay.keyboard.press('ArrowLeft');
      await lit(replay, 'supervision.running.kept').waitFor();
    });

    test('inspector page: lights a replacement by reconnect(), and the end of an id that gave up', async () => {
      const { supervisor, inspector, run, network } = await show(['feed']);
      const reconnect = { maxAttempts: 1, backoff: { base: 100 } };
      supervisor.connect({ id: 'gone', url: 'memory://nowhere', reconnect });
      const page = await open(inspector.url);
      await page.click('[data-id="feed"]');
      await lit(page, 'connection.alive').waitFor();
      network.host('feed').freeze();
      supervisor.get('feed')?.reconnect();
      await run(200);
      await lit(page, 'supervision.running.replacing').waitFor();
      await page.locator('.entry', { hasText: '→ replacing' }).waitFor();
      await run(5000);
      await page.click('[data-id="gone"]');
      await lit(page, 'supervision.gave-up').waitFor();
      expect(await page.locator('.wait-line').textContent()).toContain('gave-up: Over: a fatal exit');
    });

    test('inspector page: every text of the charts is inside the box of its state', async () => {
      const { inspector } = await show(['feed']);
      const page = await open(inspector.url);
      await lit(page, 'connection.alive').waitFor();
      const connection = await textsOf(page, '.canvas', '.frame > rect:not(.halo, .final)', '.words text');
      const overview = await textsOf(page, '.overview', '.state > rect:not(.state-bar)', '.state > text');
      await page.keyboard.press('f');
      const full = '.canvas[data-chart="supervision"]';
      await page.locator(full).waitFor();
      const supervision = await textsOf(page, full, '.frame > rect:not(.halo, .final)', '.words text');
      expect([connection, overview, supervision].map(({ length }) => length)).toEqual([
        expect.closeTo(70, -2),
        16,
        expect.closeTo(50, -2),
      ]);
      for (const texts of [connection, overview, supervision]) {
        expect(texts.filter(({ left }) => left === undefined || left < 2)).toEqual([]);
      }
    });

    test('inspector page: does not change while it is paused', async () => {
      const { network, inspector, run } = await show(['feed']);
      const page = await open(inspector.url);
      await page.click('[data-id="feed"]');
      await lit(page, 'connection.alive').waitFor();
      // Messages of the server set the page's clock, which goes on while the virtual one stands.
      await run(1000);
      await page.getByRole('button', { name: 'Pause' }).click();
      network.host('feed').freeze();
      await run(2500);
      const watching = await open(inspector.url);
      await expect.poll(() => phase(watching, 'feed')).toBe('suspect');
      expect(await phase(page, 'feed')).toBe('alive');
      expect(await lit(page, 'connection.alive').count()).toBe(1);
      await page.getByRole('button', { name: 'Resume' }).click();
      await lit(page, 'connection.suspect.silent').waitFor();
      await run(300);
      await expect.poll(() => phase(page, 'feed')).toBe('suspect');
    });

    test('inspector page: an exported recording is replayed without a server', async () => {
      const { network, inspector, run } = await show(['one', 'two']);
      const page = await open(inspector.url);
      await page.click('[data-id="one"]');
      await lit(page, 'connection.alive').waitFor();
      network.host('feed').freeze();
      await run(6000);
      network.host('feed').thaw();
      await run(6000);
      await page.locator('.heading', { hasText: '#2' }).waitFor();
      await lit(page, 'connection.alive').waitFor();
      const download = page.waitForEvent('download');
      await page.keyboard.press('e');
      const file = await (await download).path();
      expect(parseRecording(await readFile(file, 'utf8')).connections).toHaveLength(2);

      const replay = await openOffline();
      await replay.getByRole('heading', { name: 'Open a recording' }).waitFor();
      await replay.setInputFiles('#open', file);
      await lit(replay, 'connection.alive').waitFor();
      expect(await idsOf(replay)).toEqual(['one', 'two']);
      const logged = (of: typeof page) => of.locator('.panel-note').textContent();
      expect(await logged(replay)).toBe(await logged(page));
      const lights = await noteLights(replay);
      await replay.getByRole('button', { name: 'First step' }).click();
      await lit(replay, 'connection.connecting').waitFor();
      await lit(replay, 'supervision.running.kept').waitFor();
      for (let step = 0; step < 80 && (await lights()).length < 10; step++)
        await replay.keyboard.press('ArrowRight');
      expect((await lights()).slice(1, 9)).toEqual([
        'connection.connecting',
        'connection.connecting.dialing',
        'connection.connecting.handshaking',
        'connection.alive',
        'connection.suspect.silent',
        'connection.closing.aborting',
        'connection.closed',
        'connection.connecting.dialing',
      ]);
      await replay.getByText('to the end').click();
      await lit(replay, 'connection.alive').waitFor();
    });

    test('inspector page: shows a notice for a file that is no recording', async () => {
      const page = await openOffline();
      const file = {
        name: 'holiday.json',
        mimeType: 'application/json',
        buffer: Buffer.from('{"sun":true}'),
      };
      await page.setInputFiles('#open', file);
      await page.getByText('holiday.json is not a recording').waitFor();
    });

    test('inspector page: shows an id with HTML as text', async () => {
      const id = '<img src=x onerror="document.title=1"><b>bold</b>"\'&amp;';
      const { inspector } = await show([id]);
      const page = await open(inspector.url);
      await page.locator('.row').click();
      await page.locator('.heading h1').waitFor();
      expect(await page.locator('.heading h1').textContent()).toBe(id);
      expect(await page.locator('.row b').first().textContent()).toBe(id);
      expect(await page.locator('.row img, .heading img').count()).toBe(0);
      expect(await page.title()).toBe('holdfast inspector');
    });

    test('inspector page: is usable by keys alone', async () => {
      const { inspector } = await show(['alpha', 'beta', 'gamma']);
      const page = await open(inspector.url);
      await page.locator('.row').first().waitFor();
      const current = () => page.locator('.row[aria-current="true"]').getAttribute('data-id');
      expect(await current()).toBe('alpha');
      await page.keyboard.press('ArrowDown');
      expect(await current()).toBe('beta');
      await page.keyboard.press('End');
      expect(await current()).toBe('gamma');
      await page.keyboard.press('/');
      await page.keyboard.type('alp');
      await expect.poll(() => idsOf(page)).toEqual(['alpha']);
      await page.keyboard.press('Escape');
      await page.keyboard.press('1');
      await page.keyboard.press('1');
      await expect.poll(() => idsOf(page)).toEqual(['gamma', 'beta', 'alpha']);
      const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
      expect(await theme()).toBe('dark');
      await page.keyboard.press('t');
      expect(await theme()).toBe('light');
      await page.keyboard.press('?');
      await page.getByRole('dialog', { name: 'help' }).waitFor();
      await page.keyboard.press('Escape');
      await page.keyboard.press('f');
      await page.locator('[data-chart-alone="true"]').waitFor();
    });

    test.each([
      { width: 1280, height: 800 },
      { width: 390, height: 844 },
    ])('inspector page: fits into $width by $height, and cuts no button', async (viewport) => {
      const { inspector } = await show(['feed']);
      const page = await open(inspector.url, viewport);
      await page.click('[data-id="feed"]');
      await lit(page, 'connection.alive').waitFor();
      const outside = await page.evaluate(() => {
        const buttons = [...document.querySelectorAll('button, input, h1, h2')];
        const boxes = buttons.map((button) => ({
          name: button.outerHTML,
          box: button.getBoundingClientRect(),
        }));
        return boxes.filter(({ box }) => box.width > 0 && (box.left < 0 || box.right > innerWidth + 0.5));
      });
      expect(outside).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(viewport.width);
    });
  },
);
