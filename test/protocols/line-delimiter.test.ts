import * as fc from 'fast-check';
import { expect, test } from 'vitest';
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

const latin1 = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** What a receiver that knows only the text makes of a stream. */
function linesIn(stream: string, delimiter: string): string[] {
  return stream.split(delimiter).slice(0, -1);
}

const carriable = (protocol: ReturnType<typeof line>, text: string) => {
  try {
    return protocol.encode(text);
  } catch {
    return undefined;
  }
};

test('line delimiter: a stream is split as its text is, for any delimiter and any cut', () => {
  const few = fc.string({ unit: fc.constantFrom('a', 'b', '\r', '\n'), maxLength: 40 });
  const delimiters = fc.string({ unit: fc.constantFrom('a', 'b', '\r'), minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(few, delimiters, anyCuts, (stream, delimiter, cuts) => {
      const protocol = line({ delimiter, ping: 'x', pong: 'y' });
      const { frames, violation, midFrame } = decode(protocol, cuts(bytes(stream)));
      expect({ frames, violation }).toEqual({ frames: linesIn(stream, delimiter), violation: undefined });
      expect(midFrame).toBe(stream.split(delimiter).at(-1) !== '');
    }),
    { numRuns: 500 },
  );
});

test('line delimiter: what can be sent arrives as it is, and nothing else is refused, for any delimiter', () => {
  const unit = fc.constantFrom('a', 'b', 'é', '\u{1f600}');
  const text = fc.string({ unit, maxLength: 12 });
  const delimiters = fc
    .string({ unit, minLength: 1, maxLength: 8 })
    .filter((delimiter) => bytes(delimiter).length <= 8);
  fc.assert(
    fc.property(fc.array(text, { maxLength: 4 }), delimiters, anyCuts, (texts, delimiter, cuts) => {
      const protocol = line({ delimiter, ping: 'x', pong: 'y' });
      const sent = texts.filter((each) => carriable(protocol, each) !== undefined);
      const whole = texts.filter((each) => (each + delimiter).indexOf(delimiter) === each.length);
      expect(sent).toEqual(whole);
      const stream = bytes(...sent.map((each) => protocol.encode(each)));
      expect(decode(protocol, cuts(stream)).frames).toEqual(sent);
    }),
    { numRuns: 500 },
  );
});

test.each(everyCut(bytes('PING\r\na\nb\rc\r\r\n\r\nPONG\r\n')).map((chunks) => ({ chunks })))(
  'line delimiter: with CRLF a lone CR or LF is text, cut %#',
  ({ chunks }) => {
    expect(decode(line({ delimiter: '\r\n' }), chunks)).toMatchObject({
      frames: [ping, 'a\nb\rc\r', '', pong],
      midFrame: false,
    });
  },
);

test('line delimiter: messages, pings and pongs end with it', () => {
  const protocol = line({ delimiter: '\0' });
  expect(protocol.encode('a\r\n')).toEqual(bytes('a\r\n\0'));
  expect(dialogueOf(protocol).ping?.(1)).toEqual(bytes('PING\0'));
  expect(dialogueOf(protocol).pong?.(ping)).toEqual(bytes('PONG\0'));
  expectBadMessage(protocol, 'a\0b');
  expectBadMessage(protocol, 'PING');
});

test('line delimiter: a start of it at the end of a chunk is no part of the line, nor of its limit', () => {
  const protocol = line({ delimiter: '--end--', ping: 'a', pong: 'b', maxMessageBytes: 4 });
  const chunks = [bytes('1234--end-'), bytes('-')];
  expect(decode(protocol, chunks)).toMatchObject({ frames: ['1234'], midFrame: false });
});

test.each(['\n', '\r\n', '12345678'])(
  'line delimiter: an endless line costs the limit and the length of the delimiter %j',
  (delimiter) => {
    const protocol = line({ delimiter, maxMessageBytes: 100 });
    const pushed = decode(protocol, singleBytes(new Uint8Array(1000).fill(0x31)));
    expect(pushed).toMatchObject({
      violation: { reason: 'message-too-big' },
      pushed: 100 + delimiter.length,
    });
  },
);

test('line delimiter: a complete line over the limit is refused at any cut', () => {
  const protocol = line({ delimiter: '\r\n', ping: 'a', pong: 'b', maxMessageBytes: 5 });
  for (const chunks of everyCut(bytes('12345\r\n123456\r\n'))) {
    expect(decode(protocol, chunks)).toMatchObject({
      frames: ['12345'],
      violation: { reason: 'message-too-big' },
    });
  }
});

test.each(['', '123456789', 'é€€€', '\ud800', '\ufffd', 7, null])(
  'line delimiter: %o is refused',
  (delimiter) => {
    expectRefused(() => line({ delimiter: delimiter as never }), 'line.delimiter');
  },
);

test('line delimiter: tokens that contain it, or that it would cut, are refused', () => {
  expectRefused(() => line({ delimiter: 'I' }), 'line.ping');
  expectRefused(() => line({ delimiter: 'GG' }), 'line.ping', 'line.pong');
});

test('line delimiter: the error names field, value and expectation', () => {
  expect(() => line({ delimiter: '123456789' })).toThrow(
    'line.delimiter: "123456789" is not valid; expected text of 1 to 8 bytes in its encoding',
  );
  expect(() => line({ encoding: 'utf16' as never })).toThrow(
    'line.encoding: "utf16" is not valid; expected utf8 or latin1',
  );
});

test('line delimiter: protocols with other options have other identities', () => {
  const identities = [{}, { delimiter: '\r\n' }, { encoding: 'latin1' }, { ping: 'x' }] as const;
  expect(new Set(identities.map((options) => line(options).identity)).size).toBe(4);
  expect(line({ delimiter: '\n', encoding: 'utf8' }).identity).toBe(line().identity);
});

test('line encoding: with latin1 each byte is a character, for any bytes and any cut', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), anyCuts, (stream, cuts) => {
      const protocol = line({ encoding: 'latin1', delimiter: '\n' });
      const expected = linesIn(String.fromCharCode(...stream), '\n').map((text) => text.replace(/\r$/, ''));
      expect(decode(protocol, cuts(stream)).frames).toEqual(expected);
    }),
  );
});

test('line encoding: with latin1 every character up to U+00FF comes back, over any length', () => {
  const protocol = line({ encoding: 'latin1', delimiter: '\xff\n' });
  const text = Array.from({ length: 10_000 }, (_, at) => String.fromCharCode(at % 251)).join('');
  expect(protocol.encode('\x80é')).toEqual(latin1('\x80é\xff\n'));
  expect(decode(protocol, [protocol.encode(text)]).frames).toEqual([text]);
});

test('line encoding: with latin1 limits count characters, and others are refused', () => {
  const protocol = line({ encoding: 'latin1', ping: 'é', pong: 'ö', maxMessageBytes: 4 });
  expect(decode(protocol, [latin1('éééé\né\n')]).frames).toEqual(['éééé', ping]);
  expectBadMessage(protocol, 'ééééé');
  expectBadMessage(protocol, '€');
  expectBadMessage(protocol, '\ud800');
  expectRefused(() => line({ encoding: 'latin1', ping: '€', delimiter: '€' }), 'line.delimiter', 'line.ping');
});

test.each(['ascii', 'utf-8', '', null, 'toString'])('line encoding: %o is refused', (encoding) => {
  expectRefused(() => line({ encoding: encoding as never }), 'line.encoding');
});
