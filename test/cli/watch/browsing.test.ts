import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { Subject } from 'rxjs';
import { expect, test } from 'vitest';
import type { Row } from '../../../src/cli/board.ts';
import { Browser } from '../../../src/cli/keys/browser.ts';
import { arranged, type Browsing, press, untouched } from '../../../src/cli/keys/browsing.ts';
import type { Key } from '../../../src/cli/keys/terminal.ts';
import { drawTable } from '../../../src/cli/table.ts';

const named = ['up', 'down', 'pageup', 'pagedown', 'home', 'end', 'return', 'escape', 'backspace', 's'];
const keyOf = (name: string): Key => ({ name, text: name.length === 1 ? name : undefined });
const ids = ['a', 'b', 'c', 'd', 'e'];

function after(keys: readonly string[], from: Browsing = untouched): Browsing {
  return keys.reduce<Browsing>((browsing, key) => press(browsing, keyOf(key), ids, 2) ?? browsing, from);
}

test.each<[keys: string[], selected: string]>([
  [['down'], 'a'],
  [['j', 'j'], 'b'],
  [['down', 'down', 'up', 'up'], 'a'],
  [['pagedown', 'pagedown', 'pagedown'], 'e'],
  [['end'], 'e'],
  [['end', 'k'], 'd'],
  [['end', 'pageup', 'home'], 'a'],
  [['return'], 'a'],
])('after %j the row %s is selected', (keys, selected) => {
  expect(after(keys).selected).toBe(selected);
});

test('escape undoes the last of: exits, selection, filter', () => {
  const open = after(['/', 'x', 'return', 'down', 'return']);
  expect(open).toEqual({ filter: 'x', isTyping: false, selected: 'a', isOpen: true });
  expect(after(['escape'], open).isOpen).toBe(false);
  expect(after(['escape', 'escape'], open).selected).toBeUndefined();
  expect(after(['escape', 'escape', 'escape'], open).filter).toBe('');
});

test('a filter takes keys as characters, also those that mean something elsewhere', () => {
  expect(after(['/', 'q', 's', '/', 'backspace'])).toMatchObject({ filter: 'qs', isTyping: true });
  expect(after(['/', 'q', 'escape'])).toMatchObject({ filter: '', isTyping: false });
  const typing = after(['/', 'q']);
  for (const text of ['\u0007', '\u202e', undefined]) expect(press(typing, { text }, ids, 2)).toEqual(typing);
  expect(press(typing, { name: 'u', ctrl: true }, ids, 2)?.filter).toBe('');
});

test('q ends the command, and control keys do nothing', () => {
  expect(press(untouched, keyOf('q'), ids, 2)).toBeUndefined();
  expect(press(untouched, { name: 's', ctrl: true }, ids, 2)).toBe(untouched);
});

const row = (fields: Partial<Row>): Row => ({
  id: 'x',
  url: 'tcp://h:1',
  incarnation: 1,
  state: 'alive',
  ...fields,
});
const rows = [
  row({ id: 'b', rttMs: 5, incarnation: 3 }),
  row({ id: 'a', rttMs: 9, labels: { dc: 'Eu' } }),
  row({ id: 'c', state: 'closed', reason: 'refused' }),
];
const idsOf = (browsing: Partial<Browsing>, ranked = false) =>
  arranged(rows, { ...untouched, ...browsing }, ranked)
    .map(({ id }) => id)
    .join('');

test('rows are in the order of the key, and those that fit the filter', () => {
  expect(idsOf({})).toBe('bac');
  expect(idsOf({}, true)).toBe('cba');
  const orders = [1, 2, 3, 4, 5].map((times) => after(Array(times).fill('s')).order);
  expect(orders).toEqual(['trouble', 'id', 'rtt', 'sockets', 'list']);
  expect(orders.map((order) => idsOf({ order }, true))).toEqual(['cba', 'abc', 'abc', 'bac', 'bac']);
  expect(['EU', 'refus', 'tcp', 'closed', 'nothing'].map((filter) => idsOf({ filter }))).toEqual([
    'a',
    'c',
    'bac',
    'c',
    '',
  ]);
});

test('whichever keys are pressed, the table fits, and the selected row of the filter is in it', () => {
  const many = Array.from({ length: 40 }, (_, n) =>
    row({
      id: `feed-${n}`,
      state: n % 7 === 0 ? 'closed' : 'alive',
      exits: Array.from({ length: n % 6 }, () => ({ at: 0, reason: 'refused', livedMs: n })),
    }),
  );
  const keys = fc.array(fc.constantFrom(...named, 'j', 'k', '/', '1', 'f'), { maxLength: 30 });
  fc.assert(
    fc.property(keys, fc.integer({ min: 1, max: 50 }), (pressed, height) => {
      const keys$ = new Subject<Key>();
      const browser = new Browser(false);
      browser.follow(
        keys$,
        () => {},
        () => {},
      );
      browser.page(many, height, 0);
      for (const key of pressed) {
        keys$.next(keyOf(key));
        const page = browser.page(many, height, 0);
        const lines = drawTable(page.rows, { width: 80, height, now: 0, colors: false, ...page }).split('\n');
        expect(lines.length).toBeLessThanOrEqual(Math.max(height, 7) + 1);
        for (const line of lines) expect(stripVTControlCharacters(line).length).toBeLessThanOrEqual(80);
        const isThere = page.rows.some(({ id }) => id === page.selected);
        const isTyping = page.note.includes('█');
        if (!isTyping && (key === 'down' || key === 'up')) expect(isThere).toBe(page.rows.length > 0);
      }
    }),
  );
});

test('the selected row is marked, with its exits below it', () => {
  const exits = [
    { at: 9000, reason: 'reset', livedMs: 63_000, detail: 'read\nECONNRESET' },
    { at: 1000, reason: 'refused', livedMs: 0 },
  ];
  const view = { width: 80, height: 9, now: 10_000, colors: false, selected: 'x', isOpen: true };
  expect(
    drawTable([row({ exits })], view)
      .split('\n')
      .slice(1)
      .map((line) => line.trimEnd()),
  ).toEqual([
    expect.stringMatching(/^> x /),
    '  1s ago: reset, after 63s (read ECONNRESET)',
    '  9s ago: refused, never usable',
  ]);
  expect(drawTable([row({})], view)).toContain('  no socket was lost');
});
