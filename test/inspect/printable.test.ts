import fc from 'fast-check';
import { expect, test } from 'vitest';
import { printable, printableText } from '../../src/inspect/printable.ts';

const circle: Record<string, unknown> = { name: 'circle' };
circle.self = circle;

class Odd {
  get field(): never {
    throw new Error('a getter that throws');
  }
}
const own = Object.defineProperty({ fine: 1 }, 'broken', {
  enumerable: true,
  get: () => {
    throw new Error('of its own');
  },
});
const trap = new Proxy(
  {},
  {
    ownKeys: () => {
      throw new Error('a trap');
    },
  },
);

test.each([
  ['a bigint', 12n, '<12n>'],
  ['a circle', circle, { name: 'circle', self: '<circular>' }],
  ['the same object twice, which is no circle', [own, own].map(() => 1), [1, 1]],
  ['a getter that throws', own, { fine: 1, broken: '<threw: Error>' }],
  ['an accessor of a class, which is not asked', new Odd(), {}],
  ['a proxy that throws', trap, '<threw: Error>'],
  ['a toJSON that throws', { toJSON: () => JSON.parse('{') }, expect.stringMatching(/^<threw: /)],
  ['a function', () => 1, '<function>'],
  ['bytes', new Uint8Array(12), '<12 bytes>'],
  ['an error', new TypeError('no'), '<TypeError>'],
  ['no number', Number.NaN, '<NaN>'],
  [
    'a secret',
    { password: 'hunter2', nested: { apiKey: 'k' } },
    { password: '***', nested: { apiKey: '***' } },
  ],
  ['a URL with a password', 'see tcp://u:p@host/x?key=1 now', 'see tcp://***@host/x?key=*** now'],
])('%s', (_, value, shown) => {
  expect(printable(value)).toEqual(shown);
});

test('printable: any value becomes JSON of bounded size', () => {
  fc.assert(
    fc.property(fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true }), (value) => {
      expect(JSON.stringify(printable(value) ?? null).length).toBeLessThan(600 * 600);
    }),
  );
  const deep = { list: Array.from({ length: 100_000 }, () => ({ text: 'x'.repeat(100_000) })) };
  expect(JSON.stringify(printable(deep)).length).toBeLessThan(50_000);
});

test('printableText: long text is cut to 500 characters', () => {
  expect(printableText('x'.repeat(10_000)).length).toBe(501);
});
