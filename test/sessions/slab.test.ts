import { expect, test } from 'vitest';
import { slab } from '../../src/sessions/slab.ts';

test('frames of a slab share buffers of 16 KiB and no byte', () => {
  const room = slab();
  const sizes = [1, 1025, 4096, 17, 2048];
  const frames = Array.from({ length: 100 }, (_, n) => room(sizes[n % sizes.length] as number));
  for (const frame of frames) expect(frame.every((byte) => byte === 0)).toBe(true);

  for (const [n, frame] of frames.entries()) frame.fill(n + 1);

  for (const [n, frame] of frames.entries()) expect(frame.every((byte) => byte === n + 1)).toBe(true);
  const buffers = new Set(frames.map((frame) => frame.buffer));
  expect(buffers.size).toBeLessThan(frames.length / 5);
  for (const { byteLength } of buffers) expect(byteLength).toBe(16 * 1024);
});

test('a frame above a quarter of a slab has a buffer of its own', () => {
  const room = slab();
  room(1);

  expect(room(4097).buffer.byteLength).toBe(4097);
  expect(room(1).byteOffset).toBe(1);
});
