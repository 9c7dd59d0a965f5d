import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ControlFrame, type WebSocketChunk } from '../../src/ports/websocket-chunk.ts';
import { type TextMatcher, websocketText } from '../../src/protocols/websocket-text.ts';
import { dialogueOf } from '../../src/testing/dialogue.ts';
import { beat, bytes, decode, expectBadMessage, expectRefused, ping, pong } from './decoding.ts';

const withPong = (matcher: TextMatcher) => websocketText({ ping: 'hey', pong: matcher });
const framesOf = (matcher: TextMatcher, ...chunks: WebSocketChunk[]) =>
  decode(withPong(matcher), chunks).frames;

describe('websocket-text', () => {
  test('every message and heartbeat is decoded in order', () => {
    const message = fc
      .oneof(fc.string({ unit: 'binary' }), fc.uint8Array(), fc.constant(bytes('hey')))
      .filter((text) => text !== 'hey' && text !== 'ho');
    const protocol = withPong('ho');
    fc.assert(
      fc.property(fc.array(fc.oneof(message, fc.constantFrom(ping, pong))), (frames) => {
        const chunks = frames.map((frame) => {
          if (frame === ping) return 'hey';
          return frame === pong ? 'ho' : protocol.encode(frame as string);
        });
        expect(decode(protocol, chunks)).toMatchObject({ frames, violation: undefined });
      }),
    );
  });

  test('the ping text is sent, and answered with the pong text', () => {
    expect(dialogueOf(withPong('ho')).ping?.(4)).toBe('hey');
    expect(dialogueOf(withPong('ho')).pong?.(ping)).toBe('ho');
  });

  test.each<[string, TextMatcher]>([
    ['equal text', '{"op":"pong"}'],
    ['a pattern', /"op":"pong"/],
    ['a global pattern, in successive messages', /"pong"/g],
    ['a function', (text) => JSON.parse(text).op === 'pong'],
  ])('pongs are recognised by %s', (_, matcher) => {
    const answer = '{"op":"pong"}';
    const data = '{"op":"data"}';
    expect(framesOf(matcher, answer, answer, data, answer)).toEqual([pong, pong, data, pong]);
  });

  test('the lastIndex of a pattern is not changed', () => {
    const pattern = /o/g;
    pattern.lastIndex = 1;
    expect(framesOf(pattern, 'ho', 'ho')).toEqual([pong, pong]);
    expect(pattern.lastIndex).toBe(1);
  });

  test('binary messages are never heartbeats', () => {
    const shown: unknown[] = [];
    const matcher = (text: string) => shown.push(text) > 0;
    expect(framesOf(matcher, bytes('hey'), 'text')).toEqual([bytes('hey'), pong]);
    expect(shown).toEqual(['text']);
  });

  test('an error of a pong function passes through', () => {
    const failing = () => {
      throw new Error('a bug of the user');
    };
    expect(() => framesOf(failing, 'x')).toThrow('a bug of the user');
  });

  test('a received ping without a sendable pong is a beat', () => {
    expect(framesOf(/ho/, 'hey', 'ho')).toEqual([beat, pong]);
  });

  test('with equal ping and pong texts an echo counts as the answer', () => {
    expect(framesOf('hey', 'hey', 'x')).toEqual([pong, 'x']);
  });

  test.each<TextMatcher>(['ho', /ho/])(
    'a ping frame is answered, a pong frame is a beat, with pong %o',
    (matcher) => {
      const protocol = withPong(matcher);
      const control = [new ControlFrame('ping', bytes('1234')), new ControlFrame('pong', bytes('1234'))];
      const { frames } = decode(protocol, control);
      const answer = new ControlFrame('pong', bytes('1234'));
      expect(frames).toEqual([{ kind: 'ping', payload: bytes('1234'), answer }, beat]);
      expect(dialogueOf(protocol).pong?.(frames[0] as typeof ping)).toEqual(answer);
    },
  );

  test('messages equal to a heartbeat are refused', () => {
    for (const forged of ['hey', 'ho', { kind: 'pong' }, { asHeartbeat: ping }, null]) {
      expect(dialogueOf(withPong('ho')).isHeartbeat(forged)).toBe(false);
    }
  });

  test('the dialling side probes and the accepting side listens', () => {
    expect(withPong('ho').modes).toEqual({ dial: 'probe', accept: 'listen' });
  });

  test.each(['hey', 'ho', 7, null, undefined, {}])('encode(%o) throws bad-message', (message) => {
    expectBadMessage(withPong('ho'), message);
  });

  test('messages over the limit are refused', () => {
    const protocol = websocketText({ ping: 'a', pong: 'b', maxMessageBytes: 4 });
    expect(decode(protocol, ['€a', '€é'])).toMatchObject({
      frames: ['€a'],
      violation: { reason: 'message-too-big' },
    });
    expectBadMessage(protocol, '€é');
  });

  test('all bad options are named in one error', () => {
    expectRefused(
      () => websocketText({ ping: '', pong: 3 as never, maxMessageBytes: -1 }),
      'websocket-text.maxMessageBytes',
      'websocket-text.ping',
      'websocket-text.pong',
    );
    expectRefused(
      () => websocketText({ ping: 'long', pong: 'longer', maxMessageBytes: 3 }),
      'websocket-text.ping',
      'websocket-text.pong',
    );
    expectRefused(() => websocketText({} as never), 'websocket-text.ping', 'websocket-text.pong');
  });
});
