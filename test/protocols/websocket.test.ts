import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ControlFrame, type WebSocketChunk } from '../../src/ports/websocket-chunk.ts';
import { websocket } from '../../src/protocols/websocket.ts';
import { dialogueOf } from '../../src/testing/dialogue.ts';
import { bytes, decode, expectBadMessage, expectRefused } from './decoding.ts';

const control = (kind: 'ping' | 'pong', ...payload: number[]) => new ControlFrame(kind, bytes(payload));
const framesOf = (...chunks: WebSocketChunk[]) => decode(websocket(), chunks).frames;

describe('websocket', () => {
  test('every message and control frame is decoded in order', () => {
    const message = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.uint8Array(),
      fc.constantFrom('', 'ping', 'pong'),
    );
    const id = fc.integer({ min: 0, max: 0xffff_ffff });
    const frame = fc.oneof(
      message,
      fc.record({ kind: fc.constantFrom('ping' as const, 'pong' as const), id }),
    );
    const protocol = websocket();
    fc.assert(
      fc.property(fc.array(frame), (frames) => {
        const chunks = frames.map((sent) => {
          if (typeof sent === 'string' || sent instanceof Uint8Array) return protocol.encode(sent);
          const ping = dialogueOf(protocol).ping?.(sent.id) as ControlFrame;
          return sent.kind === 'ping'
            ? ping
            : dialogueOf(protocol).pong?.({ kind: 'ping', payload: ping.payload });
        });
        const got = decode(protocol, chunks as WebSocketChunk[]).frames;
        expect(got).toEqual(
          frames.map((sent) => ('id' in Object(sent) ? expect.objectContaining(sent) : sent)),
        );
      }),
    );
  });

  test('a ping carries its id as a big-endian u32', () => {
    expect(dialogueOf(websocket()).ping?.(0x01020304)).toEqual(control('ping', 1, 2, 3, 4));
    expect(dialogueOf(websocket()).ping?.(0xffff_ffff)).toEqual(control('ping', 255, 255, 255, 255));
  });

  test('a pong repeats the payload of its ping', () => {
    const protocol = websocket();
    for (const payload of [[], [7], [0, 0, 0, 9], [1, 2, 3, 4, 5]]) {
      const [ping] = framesOf(control('ping', ...payload));
      expect(dialogueOf(protocol).pong?.(ping as never)).toEqual(control('pong', ...payload));
    }
  });

  test('an unsolicited pong answers no ping: its id is 0', () => {
    expect(framesOf(control('pong'), control('pong', 1), control('pong', 0, 0, 0, 0, 7))).toEqual([
      { kind: 'pong', payload: bytes([]), id: 0 },
      { kind: 'pong', payload: bytes([1]), id: 0 },
      { kind: 'pong', payload: bytes([0, 0, 0, 0, 7]), id: 0 },
    ]);
  });

  test('the id is read from a payload that is a view of a larger buffer', () => {
    const payload = bytes([9, 9, 9, 0, 0, 1, 0, 9]).subarray(3, 7);
    expect(dialogueOf(websocket()).isHeartbeat(new ControlFrame('pong', payload))).toMatchObject({
      kind: 'pong',
      id: 256,
    });
  });

  test('a message that looks like a heartbeat is a message', () => {
    for (const message of ['ping', '', bytes('pong'), { kind: 'ping' }, null, undefined]) {
      expect(dialogueOf(websocket()).isHeartbeat(message)).toBe(false);
    }
  });

  test('binary messages are plain Uint8Arrays with buffers of their own', () => {
    const [message] = framesOf(Buffer.from('hello'));
    expect(message).toEqual(bytes('hello'));
    expect(message).not.toBeInstanceOf(Buffer);
  });

  test('a message over the limit in bytes is refused', () => {
    const protocol = websocket({ maxMessageBytes: 4 });
    for (const message of ['12345', '€é', new Uint8Array(5)]) {
      expect(decode(protocol, ['1234', message])).toMatchObject({
        frames: ['1234'],
        violation: { reason: 'message-too-big' },
      });
      expectBadMessage(protocol, message);
    }
    expect(decode(protocol, ['éé', bytes('1234')]).violation).toBeUndefined();
    expect(protocol.encode('éé')).toBe('éé');
  });

  test('the default limit is 16 MiB', () => {
    const largest = new Uint8Array(16 * 1024 * 1024);
    expect(decode(websocket(), [largest]).violation).toBeUndefined();
    expectBadMessage(websocket(), new Uint8Array(largest.length + 1));
  });

  test.each([7, null, undefined, {}, new ControlFrame('ping', bytes([]))])(
    'encode(%o) throws bad-message',
    (message) => {
      expectBadMessage(websocket(), message);
    },
  );

  test('both sides probe, and midFrame is always false', () => {
    expect(websocket().modes).toEqual({ dial: 'probe', accept: 'probe' });
    expect(dialogueOf(websocket()).decoder.midFrame).toBe(false);
  });

  test('an invalid maxMessageBytes is refused', () => {
    expectRefused(() => websocket({ maxMessageBytes: 0.5 }), 'websocket.maxMessageBytes');
  });
});
