import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escaped } from '../../../src/cli/verbose/escaped.ts';
import { excerptOf } from '../../../src/cli/verbose/excerpt.ts';

const bytes = (...values: number[]) => Uint8Array.from(values);
const thrower = {
  get secret(): never {
    throw new Error('no');
  },
};
const loop: { self?: unknown } = {};
loop.self = loop;

describe('the excerpt of a message', () => {
  test.each<[what: string, message: unknown, excerpt: object]>([
    ['a text', 'größer', { kind: 'text', size: 8, text: 'größer' }],
    ['a line break', 'a\r\nb\tc', { kind: 'text', size: 6, text: 'a\\r\\nb\\tc' }],
    ['an escape sequence', '\u001b[2Jx', { kind: 'text', size: 5, text: '\\u001b[2Jx' }],
    ['bidirectional marks', 'a\u202eb\u2066', { kind: 'text', size: 8, text: 'a\\u202eb\\u2066' }],
    ['a tag beyond the BMP', 'a\u{e0041}', { kind: 'text', size: 5, text: 'a\\u{e0041}' }],
    ['half a pair', 'a\ud83d', { kind: 'text', size: 4, text: 'a\\ud83d' }],
    ['an empty text', '', { kind: 'text', size: 0, text: '' }],
    ['bytes of a text', Buffer.from('größer\n'), { kind: 'text', size: 9, text: 'größer\\n' }],
    ['other bytes', bytes(0, 255, 16), { kind: 'bytes', size: 3, text: '00 ff 10' }],
    ['bytes with a zero', bytes(0, 65), { kind: 'bytes', size: 2, text: '00 41' }],
    [
      'an object',
      { topic: 'a/b', payload: Buffer.from('on'), qos: 1n, more: [null, bytes(255)] },
      { kind: 'value', text: '{"topic":"a/b","payload":"on","qos":1,"more":[null,<ff>]}' },
    ],
    ['a map and a set', new Map([['a', new Set([1])]]), { kind: 'value', text: '{"a":[1]}' }],
    ['nothing', undefined, { kind: 'value', text: 'undefined' }],
    ['a getter that throws', thrower, { kind: 'value', text: '<threw>' }],
    ['a circle', loop, { kind: 'value', text: `${'{"self":'.repeat(6)}…${'}'.repeat(6)}`, cut: true }],
  ])('%s', (_what, message, excerpt) => {
    expect(excerptOf(message)).toEqual(excerpt);
  });

  test('does not end within a character', () => {
    const text = `${'x'.repeat(999)}ü${'y'.repeat(99)}`;
    expect(excerptOf(Buffer.from(text)).text).toBe('x'.repeat(999));
    expect(excerptOf(`${'x'.repeat(999)}😀`)).toEqual({
      kind: 'text',
      size: 1003,
      text: 'x'.repeat(999),
      cut: true,
    });
  });

  test('is bounded, and says that it is cut', () => {
    const million = Object.fromEntries(Array.from({ length: 100_000 }, (_, key) => [`key${key}`, key]));
    const large = [
      'x'.repeat(1e6),
      new Uint8Array(1e6),
      Buffer.alloc(1e6, 'x'),
      million,
      new Array(1e6).fill(0),
    ];
    for (const message of [...large, { deep: large }]) {
      const { text, cut } = excerptOf(message);
      expect([text.length <= 3000, cut]).toEqual([true, true]);
    }
  });

  test('has no character that a terminal obeys, whatever the message', () => {
    const odd = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
    const texts = fc.string({ unit: 'binary', maxLength: 50 });
    const messages = fc.oneof(
      texts,
      fc.uint8Array(),
      fc.anything({
        maxDepth: 2,
        key: texts,
        values: [texts],
        withMap: true,
        withBigInt: true,
        withNullPrototype: true,
      }),
    );
    fc.assert(
      fc.property(messages, (message) => {
        const { text } = excerptOf(message);
        expect(odd.test(text)).toBe(false);
        expect(text.length).toBeLessThanOrEqual(20_000);
      }),
    );
  });

  test('keeps every other character of a text', () => {
    expect(escaped('C:\\new "x" ~ 日本 😀')).toBe('C:\\new "x" ~ 日本 😀');
  });
});
