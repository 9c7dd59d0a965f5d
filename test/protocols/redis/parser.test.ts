import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Violation } from '../../../src/ports/protocol.ts';
import { RedisError, type RedisValue } from '../../../src/protocols/redis/messages.ts';
import { RespParser } from '../../../src/protocols/redis/parser.ts';
import { anyCuts, bytes, cut, everyCut, singleBytes } from '../decoding.ts';

type Value = RedisValue<string | Uint8Array>;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

interface Parsed {
  readonly replies: readonly Value[];
  readonly pushes: readonly (readonly Value[])[];
  readonly violation: Violation | undefined;
  readonly midFrame: boolean;
}

const limits = { maxMessageBytes: 1024 * 1024, bytes: false };

/** Chunks are overwritten after each push: they were only lent. */
function parse(chunks: Iterable<Uint8Array>, over: Partial<typeof limits> = {}): Parsed {
  const replies: Value[] = [];
  const pushes: (readonly Value[])[] = [];
  const parser = new RespParser(
    { ...limits, ...over },
    {
      reply: (value) => void replies.push(value),
      pushed: (values) => void pushes.push(values),
    },
  );
  let violation: Violation | undefined;
  for (const chunk of chunks) {
    const lent = Buffer.from(chunk);
    violation = parser.push(lent);
    lent.fill(0xee);
    if (violation !== undefined) break;
  }
  return { replies, pushes, violation, midFrame: parser.midFrame };
}

const one = (text: string) => parse([bytes(text)]);

/** RESP3 of a value, in the form that the parser gives back. */
function write(value: Value): string {
  if (value === null) return '_\r\n';
  if (typeof value === 'string') return `$${Buffer.byteLength(value)}\r\n${value}\r\n`;
  if (typeof value === 'number')
    return Number.isSafeInteger(value) ? `:${value}\r\n` : `,${doubleText(value)}\r\n`;
  if (typeof value === 'bigint') return `(${value}\r\n`;
  if (typeof value === 'boolean') return value ? '#t\r\n' : '#f\r\n';
  if (value instanceof RedisError) return `-${value.message}\r\n`;
  if (value instanceof Map) return `%${value.size}\r\n${[...value].flat().map(write).join('')}`;
  return `*${(value as readonly Value[]).length}\r\n${(value as readonly Value[]).map(write).join('')}`;
}

function doubleText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  return value === Number.POSITIVE_INFINITY
    ? 'inf'
    : value === Number.NEGATIVE_INFINITY
      ? '-inf'
      : String(value);
}

const line = fc.stringMatching(/^[A-Z]{1,8} [ -~]{0,20}$/);
const { value: anyValue } = fc.letrec<{ value: Value; leaf: Value }>((tie) => ({
  leaf: fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 30 }),
    fc.constantFrom('', '\r\n', '$5\r\nhello\r\n', '>1\r\n'),
    fc.maxSafeInteger().map((n) => n + 0),
    fc.double({ noDefaultInfinity: false }).filter((n) => !Number.isInteger(n) || Math.abs(n) > 1e21),
    fc.bigInt(),
    fc.boolean(),
    fc.constant(null),
    line.map((text) => new RedisError(text)),
  ),
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('leaf'),
    fc.array(tie('value'), { maxLength: 6 }),
    fc
      .uniqueArray(fc.string({ maxLength: 5 }), { maxLength: 5 })
      .chain((keys) =>
        fc
          .array(tie('value'), { minLength: keys.length, maxLength: keys.length })
          .map((values) => new Map(keys.map((key, at) => [key, values[at] as Value]))),
      ),
  ),
}));

describe('RESP', () => {
  test('gives back any values, however their bytes are cut into chunks', () => {
    fc.assert(
      fc.property(fc.array(anyValue, { maxLength: 6 }), anyCuts, (values, cutting) => {
        const { replies, violation, midFrame } = parse(cutting(bytes(values.map(write).join(''))));
        expect(replies).toEqual(values);
        expect({ violation, midFrame }).toEqual({ violation: undefined, midFrame: false });
      }),
      { numRuns: 300 },
    );
  });

  test('never throws on any bytes, and answers the same for any cut', () => {
    const noise = fc.array(
      fc.oneof(
        fc.constantFrom(
          '*',
          '$',
          '%',
          '>',
          '|',
          ':',
          '-1',
          '3',
          '\r\n',
          '\r',
          '\n',
          '_',
          '=',
          '!',
          '#t',
          'a',
        ),
        fc.uint8Array({ maxLength: 3 }),
      ),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(noise, anyCuts, (parts, cutting) => {
        const stream = bytes(...parts);
        const { replies, pushes, violation } = parse([stream]);
        expect(parse(cutting(stream))).toMatchObject({ replies, pushes });
        expect(parse(cutting(stream)).violation?.reason).toBe(violation?.reason);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ['a null of RESP2', '$-1\r\n', null],
    ['a null array of RESP2', '*-1\r\n', null],
    ['a simple string', '+OK\r\n', 'OK'],
    ['an integer with a sign', ':+12\r\n', 12],
    ['an integer beyond the safe ones', ':9007199254740993\r\n', 9_007_199_254_740_993n],
    ['a verbatim string without its format', '=9\r\ntxt:Hello\r\n', 'Hello'],
    ['a set', '~2\r\n:1\r\n:2\r\n', [1, 2]],
    ['a double with an exponent', ',1.5e3\r\n', 1500],
    ['an empty map', '%0\r\n', new Map()],
    ['a bulk error', '!10\r\nERR a\r\nb c\r\n', new RedisError('ERR a\r\nb c')],
    ['a value behind an attribute', '|1\r\n+ttl\r\n:3600\r\n*2\r\n|1\r\n+a\r\n+b\r\n:1\r\n:2\r\n', [1, 2]],
  ])('reads %s', (_, text, value) => {
    for (const chunks of everyCut(bytes(text)))
      expect(parse(chunks)).toMatchObject({ replies: [value], midFrame: false });
  });

  test('tells pushes from replies', () => {
    const { replies, pushes } = one('>2\r\n+invalidate\r\n*1\r\n$1\r\nk\r\n+OK\r\n');
    expect(pushes).toEqual([['invalidate', ['k']]]);
    expect(replies).toEqual(['OK']);
  });

  test('keeps strings as bytes of its own, with the option', () => {
    for (const chunks of everyCut(bytes('$3\r\n', [0, 0xff, 10], '\r\n')))
      expect(parse(chunks, { bytes: true }).replies).toEqual([new Uint8Array([0, 0xff, 10])]);
  });

  test.each([
    ['an unknown type', 'HTTP/1.1 400 Bad Request\r\n'],
    ['a line that ends with LF alone', '+OK\n'],
    ['an empty line', '\r\n'],
    ['a streamed string', '$?\r\n;4\r\nHell\r\n;0\r\n'],
    ['a length that is no number', '*x\r\n'],
    ['a negative length', '*-2\r\n'],
    ['a string longer than its length', '$2\r\nabc\r\n'],
    ['a boolean that is none', '#x\r\n'],
    ['a null with a text', '_x\r\n'],
    ['a double that is none', ',1,5\r\n'],
  ])('ends with protocol-error for %s', (_, text) => {
    expect(one(text).violation).toMatchObject({ reason: 'protocol-error' });
  });

  test('ends with protocol-error for 20,000 nested arrays', () => {
    const nested = bytes('*1\r\n'.repeat(20_000));
    expect(parse([nested]).violation).toMatchObject({ reason: 'protocol-error' });
    expect(parse(cut(nested, [1, 500, 777])).violation).toMatchObject({ reason: 'protocol-error' });
    expect(one(`${'*1\r\n'.repeat(128)}:1\r\n`).replies).toHaveLength(1);
  });

  test('is inside a frame until its last byte', () => {
    for (const text of ['$2\r\nhi\r\n', '*2\r\n:1\r\n:2\r\n', '|1\r\n:1\r\n:2\r\n+x\r\n']) {
      const stream = bytes(text);
      for (let at = 1; at < stream.length; at++) expect(parse([stream.subarray(0, at)]).midFrame).toBe(true);
    }
  });
});

describe('RESP: bounds', () => {
  test.each([
    ['the announced length of a string', '$1048577\r\n'],
    ['the announced length of an array', '*100000000\r\n'],
    ['the sum of strings in an array', `*2\r\n$600000\r\n${'a'.repeat(600_000)}\r\n$600000\r\n`],
    ['many small elements', `*60000\r\n${':1\r\n'.repeat(60_000)}`],
  ])('ends with message-too-big for %s, before it is read', (_, text) => {
    expect(one(text).violation).toMatchObject({ reason: 'message-too-big' });
  });

  test('ends a line without an end after 64 KiB', () => {
    const { violation } = parse(Array.from({ length: 100 }, () => bytes('+'.repeat(1024))));
    expect(violation).toMatchObject({ reason: 'protocol-error' });
  });

  test('reads a string of exactly the limit', () => {
    const limit = 100_000;
    const text = (length: number) => bytes(`$${length}\r\n`, 'a'.repeat(length), '\r\n');
    const fits = limit - '$99991\r\n'.length;
    expect(parse([text(fits)], { maxMessageBytes: limit }).replies).toEqual(['a'.repeat(fits)]);
    expect(parse(singleBytes(text(fits + 1)), { maxMessageBytes: limit }).violation).toMatchObject({
      reason: 'message-too-big',
    });
  });

  test('48 MB of frames without an end cost at most twice the limit', () => {
    const maxMessageBytes = 8 * 1024 * 1024;
    const chunk = new Uint8Array(64 * 1024).fill(0x61);
    const endless: readonly [string, Uint8Array][] = [
      [`$${maxMessageBytes - 100}\r\n`, chunk],
      ['$48000000\r\n', chunk],
      [`*${2 ** 40}\r\n`, bytes('$1\r\na\r\n'.repeat(8192))],
      [`*${maxMessageBytes / 16}\r\n`, bytes('*0\r\n'.repeat(16_384))],
      [`*${maxMessageBytes / 16}\r\n`, bytes('%1\r\n:1\r\n:2\r\n'.repeat(4096))],
      [`*${maxMessageBytes / 16}\r\n`, bytes('*1\r\n:1\r\n'.repeat(4096))],
    ];
    for (const [head, part] of endless) {
      const parser = new RespParser(
        { maxMessageBytes, bytes: true },
        { reply: () => undefined, pushed: () => undefined },
      );
      const before = memory();
      let most = 0;
      let violation = parser.push(bytes(head));
      for (let sent = 0; sent < 48e6 && violation === undefined; sent += part.length) {
        violation = parser.push(part);
        if (sent % (part.length * 16) === 0) most = Math.max(most, memory() - before);
      }
      expect(violation?.reason ?? 'none').toMatch(/message-too-big|protocol-error/);
      expect(most / maxMessageBytes, head).toBeLessThan(2);
    }
  });
});

function memory(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
