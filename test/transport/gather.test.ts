import { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { gather } from '../../src/transport/gather.ts';

/** Writes of these sizes in one turn; for each, whether it is held back for the end of the turn. */
function held(...sizes: number[]): boolean[] {
  const socket = new Socket();
  return sizes.map((bytes, n) => {
    gather(socket, bytes, n);
    return socket.writableCorked > 0;
  });
}

test.each<[string, number[], boolean[]]>([
  ['a message alone leaves at once', [64], [false]],
  ['what follows it in the same turn leaves together', [64, 64, 1000], [false, true, true]],
  ['a large one leaves at once, and what was held with it', [64, 64, 20_000], [false, true, false]],
  ['what follows a large one is held again', [20_000, 64, 20_000, 64], [false, true, false, true]],
])('%s', (_title, sizes, expected) => {
  expect(held(...sizes)).toEqual(expected);
});

test('no more is held than the kernel takes in one call', () => {
  const holds = held(...Array.from({ length: 1000 }, () => 10));
  expect(holds.flatMap((hold, n) => (hold ? [] : [n]))).toEqual([0, 256, 512, 768]);
});

test('nothing is held beyond the turn', async () => {
  const socket = new Socket();
  for (const bytes of [64, 64, 20_000, 64]) gather(socket, bytes, 1);
  expect(socket.writableCorked).toBe(1);
  await nextTurn();
  expect(socket.writableCorked).toBe(0);
});
