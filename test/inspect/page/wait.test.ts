/** The reason of a wait, in the words of the page. */
import { expect, test } from 'vitest';
import { waitOf } from '../../../src/inspect/page/model/wait.ts';
import type { Gate, Row } from '../../../src/inspect/rows.ts';

const T = 1_700_000_000_000;
const url = 'tcp://127.0.0.1:7000';
const gate: Gate = { endpoint: url, state: 'failed', window: 1, inFlight: 0, waiting: 3, until: T + 500 };

function row(state: string, fields: Partial<Row> = {}): Row {
  const node = { supervision: `supervision.${state}`, supervisionSince: T };
  return { id: 'feed', url: `${url}/path`, status: 'waiting', stateSince: 0, ...node, ...fields } as Row;
}

test.each<[reason: string, row: Row, gate?: Gate]>([
  ['waiting at the gate of tcp://127.0.0.1:7000, with 2 more', row('queued.at-gate', { gate: url }), gate],
  ['waiting at the gate of tcp://127.0.0.1:7000', row('queued.at-gate')],
  ['waiting for its turn to dial', row('queued.asking')],
  ['offline: the platform reports no network', row('queued.offline')],
  ['backing off before attempt 3', row('backing-off.delay', { attempt: 3, dueAt: T + 100 })],
  ['peer asked for 30 s', row('backing-off.hint', { dueAt: T + 30_000 })],
])('wait: %s', (reason, waiting, at) => {
  expect(waitOf(waiting, at)).toMatchObject({ reason, since: T });
});

test('wait: at a gate the countdown is that of the gate, otherwise that of the row', () => {
  expect(waitOf(row('queued.at-gate', { gate: url }), gate)?.until).toBe(T + 500);
  expect(waitOf(row('backing-off.delay', { dueAt: T + 100 }), undefined)?.until).toBe(T + 100);
  expect(waitOf(row('queued.offline', { dueAt: T + 100 }), undefined)?.until).toBe(T + 100);
});

test('wait: a row of an old recording has the reason of its `because`', () => {
  const {
    supervision: _node,
    supervisionSince: _since,
    ...old
  } = row('queued.at-gate', { because: 'backoff' });
  expect(waitOf(old, undefined)).toEqual({ reason: 'backing off', since: 0 });
});

test('wait: a running row has none', () => {
  expect(waitOf(row('running.kept', { status: 'running' }), undefined)).toBeUndefined();
});
