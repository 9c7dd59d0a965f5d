import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { line } from '../../src/protocols/line.ts';
import { dialogueOf } from '../../src/testing/dialogue.ts';
import {
  anyCuts,
  bytes,
  decode,
  everyCut,
  expectBadMessage,
  expectRefused,
  ping,
  pong,
  singleBytes,
} from './decoding.ts';

const message = fc
  .string({ unit: 'binary', maxLength: 30 })
  .map((text) => text.replaceAll('\n', '\r\r').replace(/\r+$/, ''))
  .filter((text) => text !== 'PING' && text !== 'PONG');

function wireOf(frame: unknown): Uint8Array {
  if (frame === ping) return bytes('PING\n');
  return frame === pong ? bytes('PONG\n') : line().encode(frame as string);
}

const framesOf = (...parts: readonly (string | readonly number[])[]) =>
  decode(line(), [bytes(...parts)]).frames;

describe('line', () => {
  test('every message and heartbeat is decoded in order, for any cut of the stream', () => {
    const frame = fc.oneof(
      message,
      fc.constantFrom('', 'PINGS', 'a PING', '\ufeffPONG'),
      fc.constantFrom(ping, pong),
    );
    fc.assert(
      fc.property(fc.array(frame), anyCuts, (frames, cuts) => {
        expect(decode(line(), cuts(bytes(...frames.map(wireOf))))).toMatchObject({
          frames,
          violation: undefined,
          midFrame: false,
        });
      }),
    );
  });

  test.each(everyCut(bytes('PING\nhé€\u{1f600}\r\n\nPONG\n')).map((chunks) => ({ chunks })))(
    'a character, line break or token cut in two is decoded, cut %#',
    ({ chunks }) => {
      expect(decode(line(), chunks).frames).toEqual([ping, 'hé€\u{1f600}', '', pong]);
    },
  );

  test('a CRLF is accepted as the end of a line, and further carriage returns are text', () => {
    expect(framesOf('a\r\n', 'PING\r\n', '\r\n', 'b\r\r\n', 'c\rd\n')).toEqual([
      'a',
      ping,
      '',
      'b\r',
      'c\rd',
    ]);
  });

  test('midFrame is true until the newline', () => {
    expect(decode(line(), [bytes('a\nb')])).toMatchObject({ frames: ['a'], midFrame: true });
    expect(decode(line(), [bytes('a\nb'), bytes('\n')])).toMatchObject({
      frames: ['a', 'b'],
      midFrame: false,
    });
  });

  test('a byte order mark is kept as text', () => {
    expect(framesOf('\ufeffa\n\ufeffb\n')).toEqual(['\ufeffa', '\ufeffb']);
  });

  test.each([[[0xff]], [[0xe2, 0x82]], [[0xc0, 0x80]], [[0xed, 0xa0, 0x80]], [[0x41, 0x80, 0x41]]])(
    'a line with the invalid UTF-8 %o is a protocol error',
    (garbage) => {
      const stream = bytes('first\n', garbage, '\nlast\n');
      for (const chunks of [[stream], singleBytes(stream)]) {
        expect(decode(line(), chunks)).toMatchObject({
          frames: ['first'],
          violation: { reason: 'protocol-error' },
        });
        expect(framesOf('the next connection is well: €\n')).toEqual(['the next connection is well: €']);
      }
    },
  );

  test('10 MB without a newline are refused when the limit is passed', () => {
    const chunks = Array.from({ length: 160 }, () => new Uint8Array(64 * 1024).fill(0x61));
    expect(decode(line(), chunks)).toMatchObject({ violation: { reason: 'message-too-big' }, pushed: 2 });
  });

  test('a complete line over the limit is refused', () => {
    const protocol = line({ maxMessageBytes: 5 });
    const tooBig = { frames: ['12345'], violation: { reason: 'message-too-big' } };
    expect(decode(protocol, [bytes('12345\n123456\n')])).toMatchObject(tooBig);
    expect(decode(protocol, [bytes('12345\n123'), bytes('456\n')])).toMatchObject(tooBig);
  });

  test('a line sent byte by byte is refused at the first byte over the limit', () => {
    const stream = singleBytes(new Uint8Array(70_000).fill(0x61));
    expect(decode(line(), stream)).toMatchObject({
      violation: { reason: 'message-too-big' },
      pushed: 64 * 1024 + 1,
    });
  });

  test('the limit counts bytes, not characters', () => {
    const protocol = line({ maxMessageBytes: 6 });
    expect(decode(protocol, [protocol.encode('€€')]).frames).toEqual(['€€']);
    expectBadMessage(protocol, '€€a');
    expectBadMessage(protocol, 'éééé');
  });

  test.each(['a\nb', '\n', 'a\r', 'PING', 'PONG', 'x'.repeat(64 * 1024 + 1), 7, null, undefined, bytes('a')])(
    'encode throws bad-message for bad message %#',
    (bad) => expectBadMessage(line(), bad),
  );

  test('a message of exactly the limit is carried', () => {
    const largest = 'x'.repeat(64 * 1024);
    expect(decode(line(), [line().encode(largest)]).frames).toEqual([largest]);
  });

  test('with other tokens PING and PONG are messages', () => {
    const protocol = line({ ping: 'are you there?', pong: 'yes' });
    expect(dialogueOf(protocol).ping?.(1)).toEqual(bytes('are you there?\n'));
    expect(dialogueOf(protocol).pong?.(ping)).toEqual(bytes('yes\n'));
    expect(decode(protocol, [bytes('are you there?\nyes\nPING\n')]).frames).toEqual([ping, pong, 'PING']);
    expectBadMessage(protocol, 'yes');
  });

  test('the dialling side probes and the accepting side listens', () => {
    expect(line().modes).toEqual({ dial: 'probe', accept: 'listen' });
  });

  test.each(['', 'a\nb', 'a\r', '\ud800', 7, null])('the token option %o is refused', (token) => {
    expectRefused(() => line({ ping: token as never, pong: token as never }), 'line.ping', 'line.pong');
  });

  test('equal tokens and tokens over the limit are refused', () => {
    expectRefused(() => line({ ping: 'x', pong: 'x' }), 'line.pong');
    expectRefused(() => line({ pong: 'PANG!', maxMessageBytes: 4 }), 'line.pong');
  });

  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 32, '5'])(
    'maxMessageBytes %o is refused',
    (limit) => {
      expectRefused(
        () => line({ ping: 'a', pong: 'b', maxMessageBytes: limit as never }),
        'line.maxMessageBytes',
      );
    },
  );
});
