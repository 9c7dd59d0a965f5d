import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AmqpFrame, amqp } from '../../../src/amqp.ts';
import { speak } from '../conversation.ts';
import { anyCuts, beat, bytes, flood } from '../decoding.ts';
import { frame, openOk, start, tune, u32 } from './peer.ts';

const types = ['method', 'header', 'body'] as const;
const any = fc.record({
  type: fc.constantFrom(...types),
  channel: fc.integer({ min: 1, max: 0xffff }),
  payload: fc.uint8Array({ maxLength: 40 }),
});

function wireOf(each: AmqpFrame | typeof beat): Uint8Array {
  if ('kind' in each) return frame(8, 0, []);
  return frame(types.indexOf(each.type) + 1, each.channel, each.payload);
}

async function opened(maxFrameBytes?: number) {
  const spoken = speak(amqp(maxFrameBytes === undefined ? {} : { maxFrameBytes }));
  await spoken.greet(start(), tune(2047, 0), Buffer.alloc(0), openOk);
  return spoken;
}

describe('amqp: the decoder', () => {
  test('amqp: frames and heartbeats are decoded in order, for any cut of the stream', async () => {
    const arbitrary = fc.array(fc.oneof(any, fc.constant(beat)));
    await fc.assert(
      fc.asyncProperty(arbitrary, anyCuts, async (expected, cuts) => {
        const { dialogue, hear, frames } = await opened();
        expect(hear(...cuts(bytes(...expected.map(wireOf))))).toBeUndefined();
        expect(frames).toEqual(expected);
        expect(dialogue.decoder.midFrame).toBe(false);
      }),
    );
  });

  test('amqp: midFrame is true from the type of a frame to its end', async () => {
    const { dialogue, hear } = await opened();
    const inside = [[3], [0, 1, 0, 0, 0], [1], [9], [0xce]].map((part) => {
      hear(bytes(part));
      return dialogue.decoder.midFrame;
    });
    expect(inside).toEqual([true, true, true, true, false]);
  });

  test.each([
    ['an unknown type', [4, 0, 1, 0, 0, 0, 0, 0xce]],
    ['another end than CE', [3, 0, 1, 0, 0, 0, 1, 9, 0]],
    ['the text of an HTTP server', [...Buffer.from('HTTP/1.1 400')]],
  ])('amqp: %s is a protocol-error', async (_, wire) => {
    expect((await opened()).hear(bytes(wire))).toMatchObject({ reason: 'protocol-error' });
  });

  test('amqp: a frame over frame-max is refused by its length, before its payload arrives', async () => {
    const { hear } = await opened(4096);
    expect(hear(frame(3, 1, new Uint8Array(4088)))).toBeUndefined();
    expect(hear(bytes([3, 0, 1], u32(4089)))).toMatchObject({ reason: 'message-too-big' });
  });

  test('amqp: 48 MB of one frame in pieces cost at most twice its length', async () => {
    const { dialogue, hear } = await opened(48e6 + 8);
    hear(bytes([3, 0, 1], u32(48e6)));
    expect(flood(dialogue, Buffer.alloc(60_000), 47e6).most).toBeLessThan(2 * 48e6);
  });
});
