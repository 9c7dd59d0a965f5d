import { expect, test } from 'vitest';
import { ByteAccumulator } from '../../src/protocols/byte-accumulator.ts';

const limit = 16 * 1024 * 1024;

test('byte accumulator: the store is at most four times the bytes that arrived', () => {
  const collected = new ByteAccumulator(limit);
  for (let pieces = 1; pieces <= 300; pieces++) {
    collected.append(new Uint8Array(7));
    expect(collected.bytes().buffer.byteLength).toBeLessThanOrEqual(4 * 7 * pieces);
  }
});

test('byte accumulator: single-byte pieces are copied in linear time', () => {
  const collected = new ByteAccumulator(limit);
  const stores = new Set<ArrayBufferLike>();
  for (let at = 0; at < 100_000; at++) {
    collected.append(Uint8Array.of(at));
    stores.add(collected.bytes().buffer);
  }
  expect(stores.size).toBeLessThan(12);
  expect(collected.bytes()).toEqual(Uint8Array.from({ length: 100_000 }, (_, at) => at));
});

test('byte accumulator: the store never exceeds its limit', () => {
  const collected = new ByteAccumulator(10);
  collected.append(new Uint8Array(9));
  collected.append(new Uint8Array(1));
  expect(collected.length).toBe(10);
  expect(collected.bytes().buffer.byteLength).toBe(10);
});

test('byte accumulator: appended bytes are copied', () => {
  const piece = Uint8Array.of(1, 2);
  const collected = new ByteAccumulator(10);
  collected.append(piece);
  piece.fill(9);
  expect(collected.bytes()).toEqual(Uint8Array.of(1, 2));
});
