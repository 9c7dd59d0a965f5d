import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Timed, TimeHeap } from '../../src/time/heap.ts';

class Item implements Timed {
  at: number;
  slot = -1;

  constructor(at: number) {
    this.at = at;
  }
}

function heapOf(...times: number[]): { heap: TimeHeap<Item>; items: Item[] } {
  const heap = new TimeHeap<Item>();
  const items = times.map((at) => new Item(at));
  for (const item of items) heap.push(item);
  return { heap, items };
}

function drain(heap: TimeHeap<Item>): number[] {
  const times: number[] = [];
  for (let item = heap.pop(); item !== undefined; item = heap.pop()) times.push(item.at);
  return times;
}

describe('time heap', () => {
  test('gives the earliest first', () => {
    expect(drain(heapOf(5, 1, 4, 1, 3).heap)).toEqual([1, 1, 3, 4, 5]);
  });

  test('is empty until something is pushed', () => {
    const { heap } = heapOf();
    expect([heap.size, heap.peek(), heap.pop()]).toEqual([0, undefined, undefined]);
  });

  test('sets the slot of a popped item to -1', () => {
    const { heap, items } = heapOf(1, 2, 3);
    heap.pop();
    expect(items.map(({ slot }) => slot === -1)).toEqual([true, false, false]);
  });

  test('drops a removed item, and ignores a second removal', () => {
    const { heap, items } = heapOf(1, 2, 3);
    for (const item of [items[0], items[0]]) heap.remove(item as Item);
    expect(drain(heap)).toEqual([2, 3]);
  });

  test('an update of an item outside adds nothing', () => {
    const { heap } = heapOf(2);
    heap.update(new Item(1));
    expect(drain(heap)).toEqual([2]);
  });
});

type Model = { heap: TimeHeap<Item>; items: Item[] };
type Step = { does: 'push' | 'pop' | 'remove' | 'update'; pick: number; at: number };

const step: fc.Arbitrary<Step> = fc.record({
  does: fc.constantFrom('push', 'push', 'pop', 'remove', 'update'),
  pick: fc.nat(),
  at: fc.nat(50),
});

function apply({ heap, items }: Model, { does, pick, at }: Step): void {
  const picked = items[pick % Math.max(1, items.length)];
  if (does === 'push') {
    const item = new Item(at);
    heap.push(item);
    items.push(item);
  } else if (does === 'pop') {
    const popped = heap.pop();
    expect(popped?.at).toBe(items.map((item) => item.at).sort((a, b) => a - b)[0]);
    if (popped !== undefined) items.splice(items.indexOf(popped), 1);
  } else if (picked !== undefined && does === 'remove') {
    heap.remove(picked);
    items.splice(items.indexOf(picked), 1);
  } else if (picked !== undefined) {
    picked.at = at;
    heap.update(picked);
  }
}

test('time heap: random operations give the results of a sorted list', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const model: Model = { heap: new TimeHeap<Item>(), items: [] };
      for (const each of steps) apply(model, each);
      expect(model.heap.size).toBe(model.items.length);
      expect(new Set(model.items.map(({ slot }) => slot)).size).toBe(model.items.length);
      expect(drain(model.heap)).toEqual(model.items.map(({ at }) => at).sort((a, b) => a - b));
      expect(model.items.every(({ slot }) => slot === -1)).toBe(true);
    }),
  );
});
