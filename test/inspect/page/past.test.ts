/** Rows of the past, as the page shows them when it steps back. */
import { expect, test } from 'vitest';
import { Detail } from '../../../src/inspect/page/model/detail.ts';
import { rowAt } from '../../../src/inspect/page/model/past.ts';
import type { Row } from '../../../src/inspect/rows.ts';

const row = { id: 'feed', state: 'alive', incarnation: 1, rttMs: 9 } as Row;
const sample = (at: number, smoothedMs?: number) => ({
  at,
  silenceMs: 0,
  rtoMs: 500,
  probes: 0,
  queuedBytes: 0,
  ...(smoothedMs !== undefined && { rttMs: smoothedMs, smoothedMs }),
});

test('stepping back: the round-trip time is that of the time, and none before the first answer', () => {
  const detail = new Detail('feed', {} as never);
  detail.addSamples([sample(10), sample(20, 4), sample(30), sample(40, 9)]);
  expect([15, 20, 39, 40].map((t) => rowAt(row, detail, t).rttMs)).toEqual([undefined, 4, 4, 9]);
});

test('stepping back: a connection that was not watched keeps the last round-trip time that is known', () => {
  expect(rowAt(row, undefined, 15).rttMs).toBe(9);
});
