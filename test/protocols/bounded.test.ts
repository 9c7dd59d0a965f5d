import * as fc from 'fast-check';
import { parser as mqttParser } from 'mqtt-packet';
import { describe, expect, test } from 'vitest';
import type { Decoder, Violation } from '../../src/ports/protocol.ts';
import { bounded, type UnboundedParser } from '../../src/protocols/bounded.ts';
import { anyCuts, bytes, cut } from './decoding.ts';

const end = 0x0a;
const MiB = 1 << 20;

/** Lines without a limit, as a parser of npm reads them: it keeps what it is given, and tells nothing but frames. */
class Lines implements UnboundedParser {
  rest: Uint8Array = new Uint8Array(0);
  most = 0;
  readonly emit: (line: string) => void;

  constructor(emit: (line: string) => void) {
    this.emit = emit;
  }

  push(chunk: Uint8Array): void {
    let rest = bytes(this.rest, chunk);
    for (let at = rest.indexOf(end); at >= 0; at = rest.indexOf(end)) {
      this.emit(Buffer.from(rest.subarray(0, at)).toString());
      rest = rest.subarray(at + 1);
    }
    this.rest = rest;
    this.most = Math.max(this.most, rest.length);
  }
}

/** The same, which tells how much it keeps. */
class CountingLines extends Lines {
  get held(): number {
    return this.rest.length;
  }
}

interface Read {
  readonly frames: readonly string[];
  readonly violation: Violation | undefined;
}

/** Chunks are overwritten after each push: they were only lent. */
function read(decoder: Decoder<string, Uint8Array>, chunks: Iterable<Uint8Array>): Read {
  const frames: string[] = [];
  for (const chunk of chunks) {
    const lent = new Uint8Array(chunk);
    const violation = decoder.push(lent, { frame: (frame) => void frames.push(frame) });
    lent.fill(0xee);
    if (violation !== undefined) return { frames, violation };
  }
  return { frames, violation: undefined };
}

const texts = fc.array(
  fc.string({ unit: 'grapheme-ascii', maxLength: 30 }).filter((text) => !text.includes('\n')),
);
const parsers = { counting: CountingLines, silent: Lines };

describe('bounded', () => {
  test.each(Object.entries(parsers))(
    'bounded: a %s parser gets every frame within the limit, for any cut of the stream',
    (_, Parser) => {
      fc.assert(
        fc.property(texts, fc.integer({ min: 32, max: 80 }), anyCuts, (lines, limit, cuts) => {
          const stream = bytes(lines.map((line) => `${line}\n`).join(''));
          const decoder = bounded({ limit, parser: (emit) => new Parser(emit) });
          expect(read(decoder, cuts(stream))).toEqual({ frames: lines, violation: undefined });
        }),
      );
    },
  );

  test('bounded: with a parser that counts, a frame of the limit passes and one byte more does not, for any cut', () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 32, max: 80 }), anyCuts, (lines, limit, cuts) => {
        const stream = bytes(
          ...lines.map((line) => `${line}\n`),
          'x'.repeat(limit - 1),
          '\n',
          'x'.repeat(limit),
          '\n',
        );
        const decoder = bounded({ limit, parser: (emit) => new CountingLines(emit) });
        expect(read(decoder, cuts(stream))).toEqual({
          frames: [...lines, 'x'.repeat(limit - 1)],
          violation: { reason: 'message-too-big', detail: `a frame exceeds ${limit} bytes` },
        });
      }),
    );
  });

  test.each(
    Object.entries(parsers).flatMap(([kind, Parser]) =>
      [1000, 64 * 1024, 48 * MiB].map((size) => ({ kind, Parser, size })),
    ),
  )(
    'bounded: 48 MB of one endless frame in chunks of $size bytes leave a $kind parser at most twice the limit',
    ({ Parser, size }) => {
      const limit = 64 * 1024;
      let lines: Lines | undefined;
      const decoder = bounded({ limit, parser: (emit) => (lines = new Parser(emit)) });
      const stream = bytes('first\n', new Uint8Array(size - 6));
      const endless = (function* () {
        yield stream;
        for (let fed = size; fed < 48 * MiB; fed += size) yield new Uint8Array(size);
      })();
      const { frames, violation } = read(decoder, endless);
      expect(frames).toEqual(['first']);
      expect(violation?.reason).toBe('message-too-big');
      expect(lines?.most).toBeLessThanOrEqual(2 * limit);
    },
  );

  test('bounded: mqtt-packet holds at most the limit of 48 MB of one endless packet', () => {
    const limit = MiB;
    const inner = mqttParser();
    let fed = 0;
    const push = (chunk: Uint8Array) => {
      fed += chunk.length;
      inner.parse(chunk as Buffer);
    };
    const decoder = bounded({ limit, parser: () => ({ push }) });
    expect(decoder.push(Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0x7f), { frame: () => {} })).toBeUndefined();
    expect(decoder.push(new Uint8Array(48 * MiB), { frame: () => {} })?.reason).toBe('message-too-big');
    expect(fed).toBe(limit);
  });

  test('bounded: an exception of the parser is protocol-error, after the frames before it', () => {
    const error = new Error('no such type');
    const decoder = bounded<string>({
      limit: 10,
      parser: (emit) => ({
        push() {
          emit('before');
          throw error;
        },
      }),
    });
    expect(read(decoder, [bytes('?')])).toEqual({
      frames: ['before'],
      violation: { reason: 'protocol-error', detail: 'the parser refused the input: no such type', error },
    });
  });

  test('bounded: 20,000 nested arrays that overflow the stack of a parser are protocol-error', () => {
    const nested = (text: Uint8Array, at: number): number =>
      text[at] === 0x5b ? nested(text, at + 1) + 1 : 0;
    const decoder = bounded<string>({
      limit: MiB,
      parser: () => ({ push: (chunk) => nested(chunk, 0) }),
    });
    expect(read(decoder, [new Uint8Array(200_000).fill(0x5b)]).violation).toMatchObject({
      reason: 'protocol-error',
      error: expect.any(RangeError),
    });
  });

  test('bounded: an exception of the sink is none of the parser, and passes', () => {
    const decoder = bounded({ limit: 10, parser: (emit: (line: string) => void) => new Lines(emit) });
    const frame = () => {
      throw new Error('of the sink');
    };
    expect(() => decoder.push(bytes('a\n'), { frame })).toThrow('of the sink');
  });

  test('bounded: midFrame is what the parser tells, or whether it holds bytes', () => {
    const silent = bounded({ limit: 10, parser: (emit: (line: string) => void) => new Lines(emit) });
    const told = bounded<string>({ limit: 10, parser: () => ({ push: () => {}, midFrame: true }) });
    const states = cut(bytes('ab\n'), [1, 2]).map((chunk) => {
      read(silent, [chunk]);
      return silent.midFrame;
    });
    expect(states).toEqual([true, true, false]);
    expect(told.midFrame).toBe(true);
  });
});
