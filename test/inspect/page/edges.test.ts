/** Recordings with absurd contents, opened in the page: refused with a notice, or shown and usable. */
import type { Page } from 'playwright-core';
import { describe, expect, test, vi } from 'vitest';
import { flightRecorder } from '../../../src/actors/incarnation/flight-recorder.ts';
import { recordingOf } from '../../../src/inspect/export.ts';
import type { RecordedConnection, Recording } from '../../../src/inspect/recording-format.ts';
import { chromiumMissing } from '../../support/chromium.ts';
import { lineServer, world } from '../../support/world.ts';
import { idsOf, openOffline } from './browser.ts';

vi.setConfig({ testTimeout: 60_000 });

/** Everything in a recording can be written to. */
type Draft<Part> = Part extends readonly (infer Item)[]
  ? Draft<Item>[]
  : Part extends object
    ? { -readonly [Key in keyof Part]: Draft<Part[Key]> }
    : Part;
type Change = (connection: Draft<RecordedConnection>, recording: Draft<Recording>) => void;

async function recorded(): Promise<Recording> {
  const { supervisor, clock, network } = world({ recorder: flightRecorder() });
  network.serve('feed', lineServer);
  supervisor.connect({ id: 'feed', url: 'memory://feed' });
  supervisor.connect({ id: 'gone', url: 'memory://nobody' });
  await clock.run(5000);
  const recording = recordingOf(supervisor);
  supervisor.actor.stop();
  return recording;
}

async function opened(page: Page, change: Change): Promise<Recording> {
  const recording = structuredClone(await recorded()) as Draft<Recording>;
  change(recording.connections[0] as Draft<RecordedConnection>, recording);
  const buffer = Buffer.from(JSON.stringify(recording));
  await page.setInputFiles('#open', { name: 'odd.json', mimeType: 'application/json', buffer });
  return recording as Recording;
}

const measured = { silenceMs: 1, rtoMs: 5, probes: 0, queuedBytes: 0 };
const transition = {
  type: '@xstate.transition',
  connection: 'feed',
  seq: 1,
  source: '__proto__',
  actor: 'feed#1',
  incarnation: 1,
  microsteps: [{ edges: ['no/such/edge', '__proto__', ''], actions: [] }],
} as const;

describe.skipIf(chromiumMissing !== undefined)(
  `a recording with odd contents${chromiumMissing ? ` (${chromiumMissing})` : ''}`,
  () => {
    test.each<[kind: string, notice: string, change: Change]>([
      [
        'a time that no date has',
        'connections.0.row.since: 9000000000000000',
        ({ row }) => (row.since = 9e15),
      ],
      [
        'an id that comes twice',
        'connections.1.row.id: "same"',
        (_, { connections }) => {
          for (const { row } of connections) row.id = 'same';
        },
      ],
    ])(
      'inspector page: a recording with %s is refused with a notice that names field and value',
      async (_, notice, change) => {
        const page = await openOffline();
        await opened(page, change);
        const shown = page.getByRole('alert');
        await shown.waitFor();
        expect(await shown.textContent()).toContain(`odd.json is not a recording: `);
        expect(await shown.textContent()).toContain(notice);
        expect(await page.getByRole('heading', { name: 'Open a recording' }).count()).toBe(1);
      },
    );

    test.each<[kind: string, change: Change]>([
      [
        'states and edges that no chart has',
        ({ row, transitions }) => {
          row.node = 'connection.nowhere';
          for (const to of ['__proto__', 'constructor', 'nowhere'])
            transitions.push({
              ...transition,
              microsteps: [],
              at: row.since,
              event: { type: 'x' },
              from: '__proto__',
              to,
            });
        },
      ],
      [
        'event fields that hide methods of objects',
        ({ row, transitions }) => {
          const event = JSON.parse(
            '{"type":"x","toString":1,"constructor":{"prototype":{"polluted":1}},"delayMs":1e300}',
          );
          transitions.push({ ...transition, microsteps: [], at: row.since, event });
        },
      ],
      [
        'the earliest and the latest time there is',
        ({ row, history }) => {
          row.since = 0;
          row.stateSince = 16_725_225_599_999;
          for (const [index, entry] of history.entries()) entry.at = index % 2 ? 16_725_225_599_999 : 0;
        },
      ],
      [
        'the largest numbers',
        ({ row, samples }, { at }) => {
          row.incarnation = Number.MAX_SAFE_INTEGER;
          row.rttMs = 1e13;
          row.rtts = [1e13, 0, 1e13];
          samples.push({ ...measured, at: at - 50, silenceMs: 1e13, rtoMs: 1e13, rttMs: 1e13 });
        },
      ],
      [
        '200,000 samples out of order',
        ({ samples }, { at }) => {
          for (let index = 0; index < 200_000; index++)
            samples.push({ ...measured, at: at - ((index * 7919) % 200_000) });
        },
      ],
      [
        '10,000 moves at one time',
        ({ history }) => {
          const first = history[0];
          if (first) for (let index = 0; index < 10_000; index++) history.push(first);
        },
      ],
    ])('inspector page: a recording with %s is shown, and can be stepped through', async (_, change) => {
      const page = await openOffline();
      const { connections } = await opened(page, change);
      await expect.poll(() => idsOf(page)).toEqual(connections.map(({ row }) => row.id));
      await page.click('[data-id="feed"]');
      for (let presses = 0; presses < 4; presses++) await page.keyboard.press('ArrowLeft');
      await page.getByText('to the end').waitFor();
      expect(await page.locator('.log .entry').count()).toBeGreaterThan(0);
      const html = await page.locator('#page').innerHTML();
      expect(html).not.toMatch(/NaN|undefined|Invalid Date|Infinity/);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(1280);
    });
  },
);
