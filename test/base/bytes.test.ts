import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { bytesOf, tagOf } from '../../src/base/bytes.ts';

const own = Uint8Array.of(1, 2);

test.each<[string, unknown]>([
  ['an array of this realm', own],
  ['a Buffer', Buffer.from([1, 2])],
  ['a DataView on a part of a buffer', new DataView(Uint8Array.of(9, 1, 2, 9).buffer, 1, 2)],
  ['an array of wider elements', Uint16Array.of(0x0201)],
  ['an ArrayBuffer', own.buffer],
  ['an array of another realm', runInNewContext('new Uint8Array([1, 2])')],
  ['a DataView of another realm', runInNewContext('new DataView(new Uint8Array([1, 2]).buffer)')],
  ['an ArrayBuffer of another realm', runInNewContext('new Uint8Array([1, 2]).buffer')],
])('bytes: the bytes of %s are those of this realm', (_what, value) => {
  const bytes = bytesOf(value);
  expect(bytes).toBeInstanceOf(Uint8Array);
  expect([...(bytes ?? [])]).toEqual([1, 2]);
});

test.each([undefined, null, 7, 'text', [1, 2], {}, new SharedArrayBuffer(2)])(
  'bytes: %o has none',
  (value) => {
    expect(bytesOf(value)).toBeUndefined();
  },
);

test('bytes: an array that is passed on is not copied', () => {
  expect(bytesOf(own)).toBe(own);
});

test('bytes: the name of a built-in class is the same in any realm', () => {
  expect(tagOf(runInNewContext('new SharedArrayBuffer(1)'))).toBe('[object SharedArrayBuffer]');
  expect(tagOf(new Blob([]))).toBe('[object Blob]');
});
