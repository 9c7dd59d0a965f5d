/** The order of the addresses of a name, over the dials of one connection. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { AddressMemory, memoryOf } from '../../src/transport/addresses.ts';

/** A dial that tries the first `count` addresses, without success. */
function dial(memory: AddressMemory, found: readonly string[], count: number): string[] {
  const tried = memory.order(found).slice(0, count);
  for (const address of tried) memory.began(address);
  return tried;
}

const eleven = Array.from({ length: 11 }, (_, at) => `10.0.0.${at + 1}`);

test('addresses: the next dial goes on where the last one stopped, and a round ends when all were tried', () => {
  const memory = new AddressMemory();
  expect(dial(memory, eleven, 6)).toEqual(eleven.slice(0, 6));
  expect(memory.untried).toBe(5);
  expect(dial(memory, eleven, 6)).toEqual([...eleven.slice(6), '10.0.0.1']);
  expect(memory.untried).toBe(0);
  expect(dial(memory, eleven, 2)).toEqual(['10.0.0.2', '10.0.0.3']);
  expect(memory.untried).toBe(9);
});

test('addresses: an address that opened and then failed comes last at the next dial', () => {
  const memory = new AddressMemory();
  dial(memory, ['a', 'b', 'c'], 1);
  memory.opened();
  expect([memory.untried, memory.order(['a', 'b', 'c'])]).toEqual([0, ['b', 'c', 'a']]);
});

test('addresses: an address that served to a proper end comes first at the next dial, and at no other', () => {
  const memory = new AddressMemory();
  dial(memory, ['a', 'b', 'c'], 2);
  memory.opened();
  memory.served('b');
  expect(dial(memory, ['a', 'b', 'c'], 1)).toEqual(['b']);
  expect(memory.order(['a', 'b', 'c'])).toEqual(['c', 'a', 'b']);
});

test('addresses: the families take turns, in the order of the resolver', () => {
  expect(new AddressMemory().order(['::1', '::2', '::3', '10.0.0.1', '::1'])).toEqual([
    '::1',
    '10.0.0.1',
    '::2',
    '::3',
  ]);
});

test('addresses: connections do not share what they learned, and a dial without a connection learns nothing', () => {
  const [one, other] = [{}, {}];
  expect(memoryOf(one, 'feed')).toBe(memoryOf(one, 'feed'));
  expect(memoryOf(one, 'feed')).not.toBe(memoryOf(other, 'feed'));
  expect(memoryOf(one, 'feed')).not.toBe(memoryOf(one, 'ticker'));
  expect(memoryOf(undefined, 'feed')).not.toBe(memoryOf(undefined, 'feed'));
});

test('addresses: whatever the resolver answers and however far dials come, none is left out for ever', () => {
  const answer = fc.shuffledSubarray(['a', 'b', 'c', 'd', 'e'], { minLength: 5 });
  fc.assert(
    fc.property(fc.array(fc.tuple(answer, fc.integer({ min: 1, max: 5 })), { minLength: 1 }), (dials) => {
      const memory = new AddressMemory();
      const tried: string[] = [];
      for (const [found, count] of dials) {
        expect([...memory.order(found)].sort()).toEqual([...found].sort());
        tried.push(...dial(memory, found, count));
      }
      // Any five in a row are the five addresses.
      for (let at = 0; at + 5 <= tried.length; at++) expect(new Set(tried.slice(at, at + 5)).size).toBe(5);
    }),
  );
});

test('addresses: an address that a deadline cut short is the first of the next dial', () => {
  const memory = new AddressMemory();
  const found = ['a', 'b', 'c'];
  expect(dial(memory, found, 2)).toEqual(['a', 'b']);
  memory.cut();
  expect(memory.untried).toBe(2);
  expect(dial(memory, found, 3)).toEqual(['b', 'c', 'a']);
});
