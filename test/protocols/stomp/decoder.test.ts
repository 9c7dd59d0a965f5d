import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type StompIn, stomp } from '../../../src/stomp.ts';
import { speak } from '../conversation.ts';
import { anyCuts, beat, bytes, flood } from '../decoding.ts';

const escaped = (text: string) =>
  text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll(':', '\\c');
const word = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom(':', '\\', '\r\n', '\\c', '__proto__'),
);
const headers = fc
  .dictionary(
    word.filter((name) => !['', 'content-length'].includes(name)),
    word,
    { maxKeys: 4, noNullPrototype: true },
  )
  .map((given) => Object.fromEntries(Object.entries(given)));
const frame = fc.record({
  command: fc.constantFrom('MESSAGE' as const, 'RECEIPT' as const),
  headers,
  body: fc.uint8Array({ maxLength: 30 }),
  sized: fc.boolean(),
  lineBreak: fc.constantFrom('\n', '\r\n'),
});
type Frame = typeof frame extends fc.Arbitrary<infer T> ? T : never;

/** A body without a length has no NUL. */
const bodyOf = ({ body, sized }: Frame) => (sized ? body : body.filter((byte) => byte !== 0));

function wireOf(each: Frame): Uint8Array {
  const body = bodyOf(each);
  const pairs = Object.entries(each.headers).map(([name, value]) => `${escaped(name)}:${escaped(value)}`);
  if (each.sized) pairs.push(`content-length:${body.length}`);
  return bytes([each.command, ...pairs, '', ''].join(each.lineBreak), body, '\0');
}

const plainOf = (each: Frame) => ({
  command: each.command,
  headers: Object.entries(each.headers).toSorted(),
  body: [...bodyOf(each)],
});

function plain(received: unknown) {
  const { command, headers, body } = received as StompIn;
  const pairs = Object.entries(headers).filter(([name]) => name !== 'content-length');
  return { command, headers: pairs.toSorted(), body: [...body] };
}

const hearing = (stream: string | Uint8Array) => speak(stomp()).hear(stream);

describe('stomp: the decoder', () => {
  test('stomp: frames are decoded in order with their escapes, for any cut of the stream', () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 5 }), anyCuts, (expected, cuts) => {
        const { dialogue, hear, frames } = speak(stomp());
        expect(hear(...cuts(bytes(...expected.map(wireOf))))).toBeUndefined();
        expect(frames.map(plain)).toEqual(expected.map(plainOf));
        expect(dialogue.decoder.midFrame).toBe(false);
      }),
    );
  });

  test('stomp: line breaks between frames are heart-beats, CRLF included', () => {
    const { hear, frames } = speak(stomp());
    hear('\n\r\nRECEIPT\nreceipt-id:1\n\n\0\n');
    expect(frames).toEqual([beat, beat, expect.objectContaining({ command: 'RECEIPT' }), beat]);
  });

  test('stomp: of a header that comes twice the first value is kept', () => {
    const { hear, frames } = speak(stomp());
    hear('MESSAGE\na:1\na:2\n\n\0');
    expect(frames).toMatchObject([{ headers: { a: '1' } }]);
  });

  test('stomp: midFrame is true from the command to the NUL', () => {
    const { dialogue, hear } = speak(stomp());
    const inside = ['MESS', 'AGE\n', 'a:1\n', '\n', 'x', '\0', '\n'].map((part) => {
      hear(part);
      return dialogue.decoder.midFrame;
    });
    expect(inside).toEqual([true, true, true, true, true, false, false]);
  });

  test.each([
    ['an HTTP server', 'HTTP/1.1 400 Bad Request\r\n'],
    ['a frame of a client', 'SEND\n\n\0'],
    ['a header without a colon', 'MESSAGE\nabc\n\n\0'],
    ['a header without a name', 'MESSAGE\n:a\n\n\0'],
    ['an escape that does not exist', 'MESSAGE\na:\\t\n\n\0'],
    ['half an escape', 'MESSAGE\na:\\\n\n\0'],
    ['a content-length that is no number', 'MESSAGE\ncontent-length:-1\n\n\0'],
    ['a body longer than its content-length', 'MESSAGE\ncontent-length:1\n\nab\0'],
    ['a header that is not UTF-8', bytes('MESSAGE\na:', [0xff], '\n\n\0')],
  ])('stomp: %s is a protocol-error', (_, stream) => {
    expect(hearing(stream)).toMatchObject({ reason: 'protocol-error' });
  });

  test('stomp: a body over the limit is refused, by its length or as soon as the limit is passed', () => {
    const limited = stomp({ maxMessageBytes: 10 });
    expect(speak(limited).hear('MESSAGE\n\n', '0123456789', '\0')).toBeUndefined();
    for (const parts of [['MESSAGE\ncontent-length:11\n\n'], ['MESSAGE\n\n', '01234', '567890']])
      expect(speak(limited).hear(...parts)).toMatchObject({ reason: 'message-too-big' });
  });

  test.each([
    ['one endless line', 'x', 'MESSAGE\na:'],
    ['endless headers', 'a:\n', 'MESSAGE\n'],
  ])('stomp: 48 MB of %s are refused after 64 KiB', (_, part, start) => {
    const { dialogue, hear } = speak(stomp());
    hear(start);
    const { most, violation } = flood(dialogue, Buffer.alloc(999, part), 48e6);
    expect(violation).toMatchObject({ reason: 'message-too-big' });
    expect(most).toBeLessThan(1e6);
  });

  test.each(['', 'content-length:48000000\n'])(
    'stomp: 48 MB of one body cost at most twice its length, with %j',
    (length) => {
      const { dialogue, hear } = speak(stomp({ maxMessageBytes: 48e6 }));
      hear(`MESSAGE\n${length}\n`);
      expect(flood(dialogue, Buffer.alloc(60_000, 'x'), 47e6).most).toBeLessThan(2 * 48e6);
    },
  );
});
