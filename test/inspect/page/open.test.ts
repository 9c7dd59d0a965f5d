/** Recordings that the page opens: those of its server, and large ones. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test, vi } from 'vitest';
import { flightRecorder } from '../../../src/actors/incarnation/flight-recorder.ts';
import { recordingOf } from '../../../src/inspect/export.ts';
import type { RecordedConnection, Recording } from '../../../src/inspect/recording-format.ts';
import { serveRecording } from '../../../src/inspect/server.ts';
import type { TransitionMessage } from '../../../src/inspect/wire.ts';
import { chromiumMissing } from '../../support/chromium.ts';
import { lineServer, world } from '../../support/world.ts';
import { later } from '../../transport/peers.ts';
import { idsOf, open, openOffline } from './browser.ts';

vi.setConfig({ testTimeout: 120_000 });

const page = fileURLToPath(new URL('../../../dist/inspect/page/', import.meta.url));

async function recorded(): Promise<Recording> {
  const { supervisor, clock, network } = world({ recorder: flightRecorder() });
  network.serve('feed', lineServer);
  supervisor.connect({ id: 'feed', url: 'memory://feed' });
  await clock.run(20_000);
  network.host('feed').freeze();
  await clock.run(5000);
  return recordingOf(supervisor);
}

const nodes = ['connecting.handshaking', 'alive', 'suspect.silent', 'alive'];

/** 12 connections of 5,000 moves each, and 2,500 lines of the log. */
async function large(): Promise<Recording> {
  const recording = await recorded();
  const [{ row }] = recording.connections as [RecordedConnection];
  const transitions = Array.from(
    { length: 5000 },
    (_, index): TransitionMessage => ({
      type: '@xstate.transition',
      connection: 'feed',
      at: recording.at + index * 50,
      seq: index + 1,
      source: 'timekeeper',
      actor: 'feed#1',
      incarnation: 1,
      event: { type: 'deadline-expired', deadline: 'suspect' },
      from: `connection.${nodes[index % 4]}`,
      to: `connection.${nodes[(index + 1) % 4]}`,
      microsteps: [{ edges: ['connection.alive/deadline-expired/1'], actions: ['probe', 'startDeadlines'] }],
      snapshot: { status: 'active', value: { suspect: 'silent' }, context: { proved: true, probes: 3 } },
    }),
  );
  const lifecycle = transitions.slice(0, 2500).map(({ at }) => ({
    type: 'lifecycle' as const,
    connection: 'feed',
    at,
    incarnation: 1,
    event: { type: 'reconnect-scheduled', attempt: 1 },
  }));
  const connections = Array.from({ length: 12 }, (_, index) => ({
    ...(recording.connections[0] as RecordedConnection),
    row: { ...row, id: `feed-${index}` },
    transitions,
    lifecycle,
  }));
  return { ...recording, connections };
}

function fileWith(recording: Recording): string {
  const file = join(mkdtempSync(join(tmpdir(), 'holdfast-')), 'large.json');
  writeFileSync(file, JSON.stringify(recording));
  return file;
}

describe.skipIf(chromiumMissing !== undefined)('inspector page', () => {
  test('opens the recording that its server has, under its name', async () => {
    const json = JSON.stringify(await recorded());
    const name = 'the "incident" <b>.json';
    const inspector = await serveRecording({ name, json }, { page });
    later(() => inspector.close());
    const window = await open(inspector.url);
    await window.locator('.row[data-id="feed"]').waitFor();
    expect(await window.locator('.about-recording').getAttribute('title')).toBe(name);
  });

  test('says so when the recording of its server cannot be read', async () => {
    const inspector = await serveRecording({ name: 'old.json', json: '{"format":"another"}' }, { page });
    later(() => inspector.close());
    const window = await open(inspector.url);
    await window.getByText(/old\.json is not a recording: .*format/).waitFor();
  });

  test('shows the progress of opening 60,000 moves, is drawn meanwhile, and has all of them', async () => {
    const file = fileWith(await large());
    const window = await openOffline();
    await window.evaluate(() => {
      const seen = { shares: [] as number[], frames: 0, over: false };
      Object.assign(globalThis, { seen });
      new MutationObserver(() => {
        const share = document.querySelector<HTMLProgressElement>('.opening progress')?.value;
        if (share !== undefined && seen.shares.at(-1) !== share) seen.shares.push(share);
        if (share === undefined && seen.shares.length > 0) seen.over = true;
      }).observe(document, { subtree: true, childList: true, attributes: true });
    });
    await window.setInputFiles('#open', file);
    await window.locator('.row[data-id="feed-11"]').waitFor();
    const { shares, over } = await window.evaluate(
      () => (globalThis as unknown as { seen: { shares: number[]; over: boolean } }).seen,
    );
    expect(shares[0]).toBe(0);
    expect(shares.length).toBeGreaterThan(3);
    expect(over).toBe(true);
    expect(await idsOf(window)).toHaveLength(12);
    // Each step is there: the newest 5,000 of a connection.
    await window.locator('.row[data-id="feed-3"]').click();
    await window.locator('.row[data-id="feed-3"][aria-current="true"]').waitFor();
  });

  test('shows the later one of two that are opened at once, also where the earlier one takes longer', async () => {
    const [slow, quick] = [fileWith(await large()), fileWith(await recorded())];
    const window = await openOffline();
    await window.setInputFiles('#open', slow);
    await window.locator('.opening progress').waitFor();
    await window.setInputFiles('#open', quick);
    await window.locator('.row[data-id="feed"]').waitFor();
    // The slow one takes more than a second: it would say how far it is.
    const names = await window.evaluate(async () => {
      const seen = new Set<string | undefined>();
      for (let frame = 0; frame < 120; frame++) {
        await new Promise(requestAnimationFrame);
        seen.add(document.querySelector('.opening')?.textContent ?? undefined);
      }
      return [...seen];
    });
    expect(names).toEqual([undefined]);
    expect(await idsOf(window)).toEqual(['feed']);
  });
});
