import { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { gather, hold } from '../../src/transport/gather.ts';

/** Writes of these sizes in one turn; for each, whether it is held back for the end of the turn. */
function held(...sizes: number[]): boolean[] {
  const socket = new Socket();
  return sizes.map((bytes, n) => {
    gather(socket, bytes, n);
    return socket.writableCorked > 0;
  });
}

test.each<[string, number[], boolean[]]>([
  ['gather: a single small write leaves at once', [64], [false]],
  ['gather: further small writes of the same turn leave together', [64, 64, 1000], [false, true, true]],
  [
    'gather: a large write leaves at once, with the writes held before it',
    [64, 64, 20_000],
    [false, true, false],
  ],
  [
    'gather: small writes after a large one are held again',
    [20_000, 64, 20_000, 64],
    [false, true, false, true],
  ],
])('%s', (_title, sizes, expected) => {
  expect(held(...sizes)).toEqual(expected);
});

test('gather: at most 256 writes are held', () => {
  const holds = held(...Array.from({ length: 1000 }, () => 10));
  expect(holds.flatMap((hold, n) => (hold ? [] : [n]))).toEqual([0, 256, 512, 768]);
});

test('gather: held writes leave at the end of the turn', async () => {
  const socket = new Socket();
  for (const bytes of [64, 64, 20_000, 64]) gather(socket, bytes, 1);
  expect(socket.writableCorked).toBe(1);
  await nextTurn();
  expect(socket.writableCorked).toBe(0);
});

test('gather: the first write of several that were announced is held with the others', async () => {
  const socket = new Socket();
  hold(socket);
  const holds = [64, 64].map((bytes, n) => {
    gather(socket, bytes, n);
    return socket.writableCorked;
  });
  expect(holds).toEqual([1, 1]);
  await nextTurn();
  expect(socket.writableCorked).toBe(0);
});
