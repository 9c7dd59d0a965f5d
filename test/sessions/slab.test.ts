import fc from 'fast-check';
import { expect, test } from 'vitest';
import { frameRoom, keep, slabOf } from '../../src/sessions/slab.ts';

const slab = 16 * 1024;

test('a frame above a quarter of a slab has a buffer of its own', () => {
  expect(frameRoom(slab / 4).buffer.byteLength).toBe(slab);
  expect(frameRoom(slab / 4 + 1).buffer.byteLength).toBe(slab / 4 + 1);
});

test('frames that are in use share no byte, whatever is given back meanwhile', () => {
  const steps = fc.array(fc.record({ bytes: fc.integer({ min: 1, max: 5000 }), back: fc.nat(8) }), {
    minLength: 1,
    maxLength: 200,
  });
  fc.assert(
    fc.property(steps, (all) => {
      const inUse: { frame: Uint8Array; value: number }[] = [];
      for (const [n, { bytes, back }] of all.entries()) {
        const value = n % 256;
        inUse.push({ frame: frameRoom(bytes).fill(value), value });
        for (const { frame } of inUse.splice(0, back > 4 ? 0 : back)) slabOf(frame)?.giveBack();
      }
      for (const { frame, value } of inUse)
        expect([frame[0], frame.at(-1), frame.indexOf(value ^ 1)]).toEqual([value, value, -1]);
      for (const { frame } of inUse) slabOf(frame)?.giveBack();
    }),
  );
});

test('memory of frames that were given back is used again', () => {
  const buffers = new Set<unknown>();
  for (let round = 0; round < 50; round++) {
    const frames = Array.from({ length: 30 }, () => frameRoom(1025));
    for (const frame of frames) {
      buffers.add(frame.buffer);
      slabOf(frame)?.giveBack();
    }
  }

  expect(buffers.size).toBeLessThan(10);
});

test('a slab with a frame that was not given back is not used again', () => {
  const held = frameRoom(1000).fill(7);
  for (let n = 0; n < 500; n++) slabOf(frameRoom(1000).fill(9))?.giveBack();

  expect(held.every((byte) => byte === 7)).toBe(true);
});

test('what is kept of some bytes is their rest, and does not change with them', () => {
  const lengths = fc.integer({ min: 1, max: 5000 });
  fc.assert(
    fc.property(fc.array(fc.tuple(lengths, fc.nat(255)), { minLength: 1, maxLength: 20 }), (chunks) => {
      const kept = chunks.map(([length, byte]) => {
        const chunk = new Uint8Array(length).fill(byte);
        const rest = keep(chunk, 1);
        chunk.fill(byte ^ 1);
        return rest;
      });

      for (const [n, [length, byte]] of chunks.entries()) {
        expect(kept[n]).toHaveLength(length - 1);
        expect(kept[n]?.includes(byte ^ 1)).toBe(false);
      }
    }),
  );
});
