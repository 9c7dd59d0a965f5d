/** The filter's query language, and the orders of the list. */
import { describe, expect, test } from 'vitest';
import { phaseOf } from '../../../src/inspect/counts.ts';
import { type Order, sorted, testOf } from '../../../src/inspect/page/model/query.ts';
import type { Row } from '../../../src/inspect/rows.ts';

const NOW = 1_000_000;

function row(id: string, fields: Partial<Row> = {}): Row {
  const common = { machine: 'connection', url: 'tcp://feed:1', side: 'dial', protocol: 'line' } as const;
  const alive = { status: 'running', state: 'alive', node: 'connection.alive', incarnation: 1 } as const;
  return { ...common, ...alive, since: NOW - 5000, stateSince: NOW, ...fields, id };
}

const suspect = { state: 'suspect', node: 'connection.suspect.silent' } as const;
const waiting = { state: 'closed', status: 'waiting', node: 'connection.closed', dueAt: NOW + 500 } as const;
const rows = [
  row('alpha', { rttMs: 12 }),
  row('beta', { rttMs: 250, ...suspect }),
  row('gamma', { ...waiting, attempt: 3, reason: 'refused', code: 'ECONNREFUSED', url: 'ws://shop:2' }),
  row('delta-10', { side: 'accept', protocol: 'framed', since: NOW - 90_000 }),
  row('delta-9', { rttMs: 3 }),
];

describe('the filter', () => {
  test.each<[query: string, ids: string]>([
    ['', 'alpha beta gamma delta-10 delta-9'],
    ['DELTA', 'delta-10 delta-9'],
    ['shop', 'gamma'],
    ['refused', 'gamma'],
    ['state:suspect', 'beta'],
    ['state:silent', 'beta'],
    ['state:waiting', 'gamma'],
    ['state:closed', 'gamma'],
    ['status:running -state:alive', 'beta'],
    ['-state:alive', 'beta gamma'],
    ['rtt>200', 'beta'],
    ['rtt<13', 'alpha delta-9'],
    ['rtt:12', 'alpha'],
    ['attempt=3', 'gamma'],
    ['age>60', 'delta-10'],
    ['side:accept protocol:framed', 'delta-10'],
    ['reason:econn', 'gamma'],
    ['delta rtt>1', 'delta-9'],
    ['nosuch:field', ''],
    ['rtt>', ''],
  ])('filter: %j leaves %j', (query, ids) => {
    const matches = testOf(query);
    const found = rows.filter((each) => matches(each, NOW)).map(({ id }) => id);
    expect(found.join(' ')).toBe(ids);
  });
});

test('filter: a word that looks like a field and is the name of a member of all objects is text', () => {
  const matches = testOf('constructor:7');
  expect(matches(row('feed'), NOW)).toBe(false);
  expect(matches(row('constructor:7'), NOW)).toBe(true);
});

describe('the orders', () => {
  test.each<[order: Order, ids: string]>([
    [{ key: 'id', descending: false }, 'alpha beta delta-9 delta-10 gamma'],
    [{ key: 'id', descending: true }, 'gamma delta-10 delta-9 beta alpha'],
    [{ key: 'state', descending: false }, 'beta gamma alpha delta-10 delta-9'],
    [{ key: 'rtt', descending: false }, 'delta-9 alpha beta gamma delta-10'],
    [{ key: 'rtt', descending: true }, 'beta alpha delta-9 gamma delta-10'],
    [{ key: 'next', descending: true }, 'gamma alpha beta delta-10 delta-9'],
    [{ key: 'age', descending: true }, 'delta-10 alpha beta gamma delta-9'],
  ])('order: %j', (order, ids) => {
    const found = sorted(rows, order, ({ dueAt }) => dueAt).map(({ id }) => id);
    expect(found.join(' ')).toBe(ids);
  });
});

test('phaseOf: a waiting row is waiting, not closed', () => {
  expect(rows.map(phaseOf)).toEqual(['alive', 'suspect', 'waiting', 'alive', 'alive']);
});
