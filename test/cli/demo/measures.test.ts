import { expect, test } from 'vitest';
import { Measures } from '../../../src/cli/demo/measures.ts';
import type { ConnectionState } from '../../../src/machines/connection.ts';

function measuring() {
  const measures = new Measures();
  return {
    measures,
    fault: (kind: 'freeze' | 'flaky', at: number, ...victims: string[]) =>
      measures.begin({ kind, title: kind, victims }, at),
    moved: (connection: string, from: ConnectionState, to: ConnectionState, at: number) =>
      measures.observe({ event: 'state', connection, url: '', incarnation: 1, from, to }, at),
  };
}

test('demo measures: medians over the hit connections, counted from the fault', () => {
  const { measures, fault, moved } = measuring();
  fault('freeze', 1000, 'a', 'b', 'c');
  for (const [id, late] of [
    ['a', 0],
    ['b', 100],
    ['c', 500],
  ] as const) {
    moved(id, 'alive', 'suspect', 1200 + late);
    moved(id, 'closing', 'closed', 2000 + late);
    moved(id, 'connecting', 'alive', 2100 + late);
  }
  const medians = { suspectedMs: 300, closedMs: 1100, aliveMs: 1200 };
  expect(measures.summary()).toEqual([{ fault: 'freeze', played: 1, hits: 3, survived: 3, ...medians }]);
});

test('demo measures: aliveMs is of the last recovery', () => {
  const { measures, fault, moved } = measuring();
  fault('flaky', 0, 'a');
  moved('a', 'alive', 'closed', 5);
  moved('a', 'connecting', 'alive', 10);
  moved('a', 'closing', 'closed', 11);
  moved('a', 'connecting', 'alive', 1600);
  expect(measures.summary()).toMatchObject([{ closedMs: 5, aliveMs: 1600 }]);
});

test('demo measures: a connection that did not recover has not survived, and a state not reached has no time', () => {
  const { measures, fault, moved } = measuring();
  fault('flaky', 0, 'a', 'b');
  moved('a', 'connecting', 'alive', 7);
  moved('bystander', 'alive', 'suspect', 8);
  expect(measures.summary()).toEqual([{ fault: 'flaky', played: 1, hits: 2, survived: 1, aliveMs: 7 }]);
});

test('demo measures: a later fault of a connection replaces the earlier one', () => {
  const { measures, fault, moved } = measuring();
  fault('flaky', 0, 'a');
  fault('freeze', 100, 'a');
  moved('a', 'connecting', 'alive', 130);
  expect(measures.summary()).toEqual([
    { fault: 'flaky', played: 1, hits: 1, survived: 0 },
    { fault: 'freeze', played: 1, hits: 1, survived: 1, aliveMs: 30 },
  ]);
});
