import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodedLength, isOver, utf8Length } from '../../src/protocols/utf8.ts';

/** Text of any kind, halves of surrogate pairs in any order included. */
const anyText = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0xd780, max: 0xe080 })))
  .map((units) => String.fromCharCode(...units));

test('utf8Length and encodedLength: count as many bytes as Buffer writes', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect([utf8Length(text), encodedLength(text)]).toEqual([
        Buffer.byteLength(text),
        Buffer.byteLength(text),
      ]);
    }),
  );
});

test('isOver: compares the bytes of a text with the limit', () => {
  fc.assert(
    fc.property(anyText, fc.nat(40), (text, limit) => {
      expect(isOver(text, limit)).toBe(Buffer.byteLength(text) > limit);
    }),
  );
});
