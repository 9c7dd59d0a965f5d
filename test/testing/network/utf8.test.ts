import * as fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { bytesOfText, textOfBytes } from '../../../src/testing/network/utf8.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

test('utf8: without coders of the platform, as in jsdom under Jest, any text has the bytes of TextEncoder', () => {
  const encoder = new TextEncoder();
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const expected = encoder.encode(text);
      vi.stubGlobal('TextEncoder', undefined);
      vi.stubGlobal('TextDecoder', undefined);
      const bytes = bytesOfText(text);
      const back = textOfBytes(bytes);
      vi.unstubAllGlobals();
      expect([bytes, back]).toEqual([
        expected,
        new TextDecoder('utf-8', { ignoreBOM: true }).decode(expected),
      ]);
    }),
  );
});
