import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { framed } from '../../src/protocols/framed.ts';
import { dialogueOf } from '../../src/testing/dialogue.ts';
import {
  anyCuts,
  beat,
  bytes,
  decode,
  everyCut,
  expectBadMessage,
  expectRefused,
  singleBytes,
} from './decoding.ts';

const beatBytes = [0x00, 0x01];

function header(length: number): Uint8Array {
  const head = Buffer.from([0, 2, 0, 0, 0, 0]);
  head.writeUInt32BE(length, 2);
  return head;
}

/** Payloads that look like frames themselves. */
const payload = fc.oneof(
  fc.uint8Array({ maxLength: 600 }),
  fc.array(fc.constantFrom(0, 1, 2), { maxLength: 40 }).map((data) => Uint8Array.from(data)),
  fc.constantFrom(bytes(beatBytes), bytes(header(3)), new Uint8Array(0)),
);

describe('framed', () => {
  test('every message and heartbeat is decoded in order, for any cut of the stream', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(payload, fc.constant(beat))), anyCuts, (frames, cuts) => {
        const wire = frames.map((frame) =>
          frame instanceof Uint8Array ? framed().encode(frame) : beatBytes,
        );
        expect(decode(framed(), cuts(bytes(...wire)))).toEqual({
          frames,
          violation: undefined,
          pushed: expect.any(Number),
          midFrame: false,
        });
      }),
    );
  });

  test.each(
    everyCut(bytes(beatBytes, header(2), beatBytes, header(0), beatBytes, header(6), header(9))).map(
      (chunks) => ({
        chunks,
      }),
    ),
  )('a payload that looks like a frame is a payload, cut %#', ({ chunks }) => {
    expect(decode(framed(), chunks).frames).toEqual([
      beat,
      bytes(beatBytes),
      new Uint8Array(0),
      beat,
      bytes(header(9)),
    ]);
  });

  test('a frame starts with its type and length', () => {
    expect(framed().encode('hé')).toEqual(Uint8Array.of(0, 2, 0, 0, 0, 3, 0x68, 0xc3, 0xa9));
    expect(framed().encode(new Uint8Array(0x010203)).subarray(0, 6)).toEqual(Uint8Array.of(0, 2, 0, 1, 2, 3));
    expect(framed().encode('')).toEqual(Uint8Array.of(0, 2, 0, 0, 0, 0));
  });

  test('any text is encoded as by TextEncoder', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\ud800', '\udc00')) }),
        (text) => {
          expect(decode(framed(), [framed().encode(text)]).frames).toEqual([bytes(text)]);
        },
      ),
    );
  });

  test('midFrame is true from the first byte of a frame to its last but one', () => {
    const stream = bytes(header(2), 'ab');
    for (let length = 0; length <= stream.length; length++) {
      const inside = length > 0 && length < stream.length;
      expect(decode(framed(), [stream.subarray(0, length)]).midFrame).toBe(inside);
    }
  });

  test.each([[[0, 0]], [[0, 3]], [[1, 1]], [[1, 2]], [[0x48, 0x54]], [[0xff, 0xff]]])(
    'a frame that starts with %o is a protocol error after the frames before it',
    (garbage) => {
      const stream = bytes(header(1), 'a', garbage, header(1), 'b');
      for (const chunks of [[stream], singleBytes(stream)]) {
        expect(decode(framed(), chunks)).toMatchObject({
          frames: [bytes('a')],
          violation: { reason: 'protocol-error' },
        });
      }
    },
  );

  test.each([2 ** 32 - 1, 2 ** 31, 16 * 1024 * 1024 + 1])(
    'a header with the length %i is refused before any payload',
    (length) => {
      expect(decode(framed(), [header(length)])).toMatchObject({
        frames: [],
        violation: { reason: 'message-too-big' },
      });
    },
  );

  test('a payload of exactly the limit is accepted, of one byte more refused', () => {
    const protocol = framed({ maxMessageBytes: 3 });
    expect(decode(protocol, [bytes(header(3), 'abc', header(4))])).toMatchObject({
      frames: [bytes('abc')],
      violation: { reason: 'message-too-big' },
    });
    expect(protocol.encode('abc')).toHaveLength(9);
    expectBadMessage(protocol, 'abcd');
    expectBadMessage(protocol, '€a');
    expectBadMessage(protocol, new Uint8Array(4));
  });

  test('each payload covers its whole buffer', () => {
    const stream = bytes(header(3), 'abc', header(2), 'de');
    for (const chunks of [[stream], singleBytes(stream)]) {
      const sizes = decode(framed(), chunks).frames.map((frame) => (frame as Uint8Array).buffer.byteLength);
      expect(sizes).toEqual([3, 2]);
    }
  });

  test('a payload of 16 MiB in chunks of 64 KiB is decoded', () => {
    const whole = new Uint8Array(16 * 1024 * 1024).map((_, at) => at % 251);
    const stream = framed().encode(whole);
    const pieces = Array.from({ length: 257 }, (_, at) => stream.subarray(at * 65_536, (at + 1) * 65_536));
    const { frames, midFrame } = decode(framed(), pieces);
    expect(Buffer.compare(frames[0] as Uint8Array, whole)).toBe(0);
    expect([frames.length, midFrame]).toEqual([1, false]);
  });

  test.each([7, null, undefined, {}, [1, 2], new Blob([])])('encode(%o) throws bad-message', (message) => {
    expectBadMessage(framed(), message);
  });

  test('both sides exchange heartbeats, and none is answered', () => {
    const protocol = framed();
    expect(protocol.modes).toEqual({ dial: 'exchange', accept: 'exchange' });
    expect(dialogueOf(protocol).ping?.(9)).toEqual(Uint8Array.of(0, 1));
    expect(dialogueOf(protocol).pong).toBeUndefined();
  });

  test('with another heartbeat the default one is a protocol error', () => {
    const protocol = framed({ heartbeat: Uint8Array.of(0xbe, 0xa7) });
    expect(dialogueOf(protocol).ping?.(0)).toEqual(Uint8Array.of(0xbe, 0xa7));
    expect(decode(protocol, [bytes([0xbe, 0xa7], header(1), 'a', beatBytes)])).toMatchObject({
      frames: [beat, bytes('a')],
      violation: { reason: 'protocol-error' },
    });
  });

  test('the array of the heartbeat option is copied', () => {
    const heartbeat = Uint8Array.of(7, 7);
    const protocol = framed({ heartbeat });
    heartbeat.fill(0);
    expect(dialogueOf(protocol).ping?.(0)).toEqual(Uint8Array.of(7, 7));
  });

  test.each([[bytes([0, 2])], [bytes([1])], [bytes([0, 1, 2])], ['ab'], [null]])(
    'the heartbeat option %o is refused',
    (token) => {
      expectRefused(() => framed({ heartbeat: token as never }), 'framed.heartbeat');
    },
  );

  test('all bad options are named in one error', () => {
    expectRefused(
      () => framed({ maxMessageBytes: 0, heartbeat: new Uint8Array(0) }),
      'framed.maxMessageBytes',
      'framed.heartbeat',
    );
  });
});
