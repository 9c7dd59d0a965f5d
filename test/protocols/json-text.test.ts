import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isRecord, readJson } from '../../src/protocols/json-text.ts';

const nested = (levels: number, inside = '') => '['.repeat(levels) + inside + ']'.repeat(levels);

describe('readJson', () => {
  test('any JSON value is read as JSON.parse reads it, whatever space and brackets its texts hold', () => {
    const text = fc.tuple(
      fc.json({ depthSize: 'large' }),
      fc.string({ unit: fc.constantFrom('[', '{', '"', '\\', ' ') }),
    );
    fc.assert(
      fc.property(text, fc.nat(1), (parts, padded) => {
        const value = JSON.stringify([...parts, padded ? ' '.repeat(1000) : '']);
        expect(readJson(value)).toEqual(JSON.parse(value));
      }),
    );
  });

  test('any other text is undefined, and no error', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        let isJson = true;
        try {
          JSON.parse(text);
        } catch {
          isJson = false;
        }
        expect(readJson(text) === undefined).toBe(!isJson);
      }),
    );
  });

  test('1000 levels are read, and one more is refused', () => {
    expect(readJson(nested(1000))).toBeDefined();
    expect(readJson(nested(1001))).toBeUndefined();
    expect(readJson(`${'{"a":'.repeat(1001)}1${'}'.repeat(1001)}`)).toBeUndefined();
  });

  test('lists beside each other are no levels', () => {
    expect(readJson(`[${Array(5000).fill('[[]]').join(',')}]`)).toHaveLength(5000);
  });

  test('brackets inside of texts are no levels, also behind escaped quotes', () => {
    const text = JSON.stringify([`"\\${'['.repeat(5000)}\\`, '['.repeat(5000)]);
    expect(readJson(text)).toHaveLength(2);
    expect(readJson(`["\\\\",${nested(1000)}]`)).toBeUndefined();
  });

  test('a text with no end is refused', () => {
    expect(readJson(`["${'['.repeat(5000)}`)).toBeUndefined();
  });
});

test.each([
  [{}, true],
  [{ a: 1 }, true],
  [[], false],
  [null, false],
  ['text', false],
  [undefined, false],
])('isRecord(%o) is %o', (value, expected) => {
  expect(isRecord(value)).toBe(expected);
});
