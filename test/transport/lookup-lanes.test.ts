/** Which lookups run at once: the pure part, without a resolver. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { LookupLanes } from '../../src/transport/lookup-lanes.ts';

/** Begins all lookups that may begin. */
function begin(lanes: LookupLanes, now: number): string[] {
  const begun: string[] = [];
  for (let name = lanes.next(now); name !== undefined; name = lanes.next(now)) begun.push(name);
  return begun;
}

/** Lanes of two lookups in which these names were slow once; returns the time. */
function slow(lanes: LookupLanes, names: readonly string[]): number {
  let now = 0;
  for (const name of names) {
    lanes.want(name);
    begin(lanes, now);
    now += 10_000;
    lanes.ended(name, now);
  }
  return now;
}

test('lookups: no more than the limit run at once, in the order in which they were wanted', () => {
  const lanes = new LookupLanes(2);
  for (const name of ['a', 'b', 'c', 'd']) lanes.want(name);
  expect(begin(lanes, 0)).toEqual(['a', 'b']);
  lanes.ended('b', 10);
  expect(begin(lanes, 10)).toEqual(['c']);
  lanes.forget('d');
  lanes.ended('a', 20);
  expect(begin(lanes, 20)).toEqual([]);
});

test('lookups: a name that is wanted again while its lookup runs is not looked up twice', () => {
  const lanes = new LookupLanes(2);
  lanes.want('a');
  begin(lanes, 0);
  lanes.want('a');
  expect(begin(lanes, 1)).toEqual([]);
  lanes.ended('a', 2);
  expect(begin(lanes, 2)).toEqual([]);
});

test.each([4, 20])(
  'lookups: %i names that were slow share one lane, and another name begins at once',
  (count) => {
    const lanes = new LookupLanes(2);
    const dead = Array.from({ length: count }, (_, at) => `dead-${at}`);
    const now = slow(lanes, dead);
    for (const name of dead) lanes.want(name);
    expect(begin(lanes, now)).toEqual(['dead-0']);
    lanes.want('healthy');
    expect(begin(lanes, now + 1)).toEqual(['healthy']);
  },
);

test('lookups: slow names take turns, also those whose dials gave up meanwhile', () => {
  const lanes = new LookupLanes(2);
  let now = slow(lanes, ['a', 'b', 'c']);
  const turns: string[] = [];
  for (let turn = 0; turn < 6; turn++) {
    for (const name of ['c', 'a', 'b']) lanes.want(name);
    turns.push(...begin(lanes, now));
    for (const name of ['a', 'b', 'c']) lanes.forget(name);
    now += 10_000;
    lanes.ended(turns.at(-1) as string, now);
  }
  expect(turns).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
});

test('lookups: a name that was slow and then fast leaves the lane', () => {
  const lanes = new LookupLanes(2);
  const now = slow(lanes, ['a', 'b']);
  lanes.want('a');
  begin(lanes, now);
  lanes.ended('a', now + 10);
  for (const name of ['a', 'b']) lanes.want(name);
  expect(begin(lanes, now + 10)).toEqual(['a', 'b']);
});

test('lookups: while the first lookup of a name takes over 1 s, no slow one begins beside it', () => {
  const lanes = new LookupLanes(2);
  const now = slow(lanes, ['a']);
  lanes.want('new');
  expect(begin(lanes, now)).toEqual(['new']);
  lanes.want('a');
  expect(begin(lanes, now + 1001)).toEqual([]);
  lanes.ended('new', now + 2000);
  expect(begin(lanes, now + 2000)).toEqual(['a']);
});

test('lookups: in any order of events, at most one name that was slow is under way, and at most the limit', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'd', 'e');
  const event = fc.record({ kind: fc.constantFrom('want', 'forget', 'end'), name, ms: fc.nat(3000) });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      const lanes = new LookupLanes(2);
      const running = new Map<string, number>();
      const wasSlow = new Set<string>();
      let now = 0;
      for (const { kind, name, ms } of events) {
        now += ms;
        if (kind === 'want') lanes.want(name);
        if (kind === 'forget') lanes.forget(name);
        const since = running.get(name);
        if (kind === 'end' && since !== undefined) {
          lanes.ended(name, now);
          running.delete(name);
          if (now - since > 1000) wasSlow.add(name);
          else wasSlow.delete(name);
        }
        for (const begun of begin(lanes, now)) {
          expect(running.has(begun)).toBe(false);
          running.set(begun, now);
        }
        expect(running.size).toBeLessThanOrEqual(2);
        expect([...running.keys()].filter((each) => wasSlow.has(each)).length).toBeLessThanOrEqual(1);
      }
    }),
  );
});
