import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LifecycleEvent } from '../../src/actors/supervisor/events.ts';
import { Board, type Row, troubleFirst } from '../../src/cli/board.ts';
import { clip, widthOf } from '../../src/cli/cell.ts';
import { drawTable, drawTotals } from '../../src/cli/table.ts';

const row = (fields: Partial<Row> = {}): Row => ({
  id: 'feed',
  url: 'tcp://feed.example:7000',
  incarnation: 1,
  state: 'alive',
  ...fields,
});
const draw = (rows: readonly Row[], width = 100, now = 0) =>
  drawTable(rows, { width, height: 50, now, colors: false })
    .split('\n')
    .map((line) => line.trimEnd());

test('a board that forgets keeps no row of a connection that is over', () => {
  const dialled = { connection: 'up', url: 'tcp://h:1', incarnation: 1 } as const;
  const boards = [new Board(), new Board(true)];
  for (const board of boards) {
    board.apply({ event: 'state', ...dialled, to: 'connecting' }, 0);
    board.apply({ event: 'left', ...dialled, reason: 'refused' } as LifecycleEvent, 0);
  }
  expect(boards.map(({ rows }) => rows.length)).toEqual([1, 0]);
});

describe('the table', () => {
  test('shows a connection per line', () => {
    const rows = [
      row({ rttMs: 1.234 }),
      row({ id: 'log', state: 'closed', incarnation: 12, attempt: 3, dueAt: 900, reason: 'refused' }),
    ];
    expect(draw(rows)).toEqual([
      'id        url                      state       #    rtt    attempt     last reason',
      'feed      tcp://feed.example:7000  alive       1    1.2ms',
      'log       tcp://feed.example:7000  closed      12          3 in 0.9s   refused',
    ]);
  });

  test('omits the URL column when ids are the URLs', () => {
    expect(draw([row({ id: 'tcp://h:1', url: 'tcp://h:1' })])[0]).not.toContain('url');
  });

  test('keeps the end of a long URL', () => {
    const url = `wss://feed.example/${'long/'.repeat(30)}end`;
    expect(draw([row({ url })], 80)[1]).toMatch(/wss:\/\/\S*…\S*\/end/);
  });

  test.each<[left: number, shown: string]>([
    [9990, '2 in 10.0s'],
    [12_345, '2 in 12s'],
    [-5, '2 queued'],
  ])('a next attempt in %i ms reads "%s"', (left, shown) => {
    expect(draw([row({ attempt: 2, dueAt: 1000 + left })], 100, 1000)[1]).toContain(shown);
  });

  test('has labels from a width of 100 on', () => {
    const rows = [row({ labels: { dc: 'eu', tier: '1' } }), row({ id: 'log' })];
    expect(draw(rows, 100)[1]).toMatch(/dc=eu tie…$/);
    expect(draw(rows, 120)[1]).toMatch(/dc=eu tier=1$/);
    expect(draw(rows, 99)[0]).not.toContain('labels');
    expect(draw([row()], 120)[0]).not.toContain('labels');
  });

  test('characters of two columns are not wider than the terminal', () => {
    const lines = draw([row({ id: '行情'.repeat(20), url: 'tcp://h:1' })], 80);
    expect(lines[1]).toContain('行情行');
    expect(lines[1]).toMatch(/…/);
    for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(80);
  });

  test('control and format characters of an id are escaped', () => {
    expect(draw([row({ id: 'a\u202e\u001b[31m', url: 'u' })], 120)[1]).toMatch(/^a\\u202e\\u001b\[31m/);
  });

  test('has trouble first, where that is asked for', () => {
    const states: Row['state'][] = ['alive', 'connecting', 'suspect', 'left', 'closed', 'gave-up', 'alive'];
    const rows = states.map((state, index) => row({ state, id: `${index}` }));
    const again = row({ state: 'connecting', id: 'again', incarnation: 2 });
    expect(troubleFirst([...rows, again]).map(({ id }) => id)).toEqual([
      '5',
      '4',
      'again',
      '2',
      '1',
      '3',
      '0',
      '6',
    ]);
  });

  test('draws at most as many rows as fit', () => {
    const rows = Array.from({ length: 40 }, (_, index) => row({ id: `feed-${index}` }));
    expect(drawTable(rows, { width: 80, height: 10, now: 0, colors: false }).split('\n')).toHaveLength(11);
  });

  test('no line is wider than the terminal, or broken, for any content', () => {
    const rows = fc.array(
      fc.record({
        id: fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 300 }),
        url: fc.string({ unit: 'grapheme-ascii', maxLength: 300 }),
        state: fc.constantFrom<Row['state']>(
          'connecting',
          'alive',
          'suspect',
          'closing',
          'closed',
          'gave-up',
        ),
        incarnation: fc.nat(),
        rttMs: fc.double({ min: 0, max: 1e6, noNaN: true }),
        attempt: fc.nat(),
        dueAt: fc.nat(),
        reason: fc.string({ unit: fc.constantFrom('a', '-', ' ') }),
      }),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(rows, fc.integer({ min: 40, max: 250 }), (drawn, width) => {
        const lines = drawTable(drawn, { width, height: 50, now: 0, colors: true }).split('\n');
        expect(lines).toHaveLength(drawn.length + 1);
        for (const line of lines) expect(stripVTControlCharacters(line).length).toBeLessThanOrEqual(width);
      }),
    );
  });

  test('totals are in a fixed order', () => {
    const rows = [row({ state: 'closed' }), row({ state: 'suspect' }), row(), row()];
    expect(drawTotals(rows, false)).toBe('2 alive, 1 suspect, 1 closed');
    expect(drawTotals([], false)).toBe('no connections');
  });

  test('text is cut with an ellipsis', () => {
    expect([clip('abcdef', 6), clip('abcdef', 5), clip('abcdef', 1)]).toEqual(['abcdef', 'abcd…', '…']);
  });
});

describe('the board', () => {
  const of = { connection: 'feed', url: 'tcp://h:1', incarnation: 1 };
  const after = (...events: LifecycleEvent[]) => {
    const board = new Board();
    for (const event of events) board.apply(event, 1000);
    return board;
  };
  const connecting = { event: 'state', ...of, to: 'connecting' } as const;
  const scheduled = {
    event: 'reconnect-scheduled',
    ...of,
    attempt: 2,
    delayMs: 50,
    because: 'backoff',
  } as const;

  test.each<[when: string, events: LifecycleEvent[], row: object]>([
    ['connecting', [connecting], { state: 'connecting', incarnation: 1 }],
    ['waiting for an attempt', [scheduled], { attempt: 2, dueAt: 1050 }],
    ['an attempt under way', [scheduled, { ...connecting, incarnation: 2 }], { attempt: 2, incarnation: 2 }],
    [
      'suspect, with the silence',
      [
        {
          event: 'state',
          ...of,
          to: 'suspect',
          evidence: { silenceMs: 312.4, rtoMs: 1, probes: 1, lateMs: 0, queuedBytes: 0 },
        },
      ],
      { state: 'suspect', reason: 'silent 312 ms' },
    ],
    [
      'closed, with the close code',
      [{ event: 'state', ...of, to: 'closed', reason: 'going-away', code: 1001 }],
      { reason: 'going-away (1001)' },
    ],
    [
      "closed, without a platform's error code",
      [{ event: 'state', ...of, to: 'closed', reason: 'reset', code: 'ECONNRESET' }],
      { reason: 'reset' },
    ],
    [
      'gave up, with the reason',
      [connecting, { event: 'gave-up', ...of, reason: 'refused' }],
      { state: 'gave-up', reason: 'refused' },
    ],
  ])('%s', (_when, events, expected) => {
    expect(after(...events).rows).toEqual([expect.objectContaining({ id: 'feed', ...expected })]);
  });

  test('the attempt is removed when the connection is alive', () => {
    const [shown] = after(scheduled, connecting, { ...connecting, to: 'alive' }).rows;
    expect(shown).not.toHaveProperty('attempt');
    expect(shown).not.toHaveProperty('dueAt');
  });

  test('an ended connection has no countdown', () => {
    const [shown] = after(scheduled, { event: 'left', ...of, reason: 'closed-by-us' }).rows;
    expect(shown).toEqual({
      id: 'feed',
      url: 'tcp://h:1',
      incarnation: 1,
      state: 'left',
      reason: 'closed-by-us',
    });
  });

  test('accepted connections are removed at their end, dialled ones stay', () => {
    const accepted = { event: 'accepted', ...of, connection: 'accepted-1', peer: 'p' } as const;
    const left = { event: 'left', ...of, reason: 'closed-by-us' } as const;
    const board = after(connecting, accepted, { ...left, connection: 'accepted-1' }, left);
    expect(board.rows.map(({ id, state }) => [id, state])).toEqual([['feed', 'left']]);
  });

  test('keeps the URLs of listeners', () => {
    expect(after({ event: 'listening', url: 'tcp://h:2' }).listening).toEqual(['tcp://h:2']);
  });
});
