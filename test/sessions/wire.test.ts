/** The frames of sessions: each is read as it was written, and nothing else is a frame. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ackFrame, control, messageFrame, readFrame } from '../../src/sessions/wire.ts';
import { hello, welcome } from './raw.ts';

const utf8 = new TextEncoder();
const hex = (bytes: Uint8Array) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');

describe('frames', () => {
  test('a text, bytes and acks, in hexadecimal', () => {
    expect(hex(messageFrame('héllo'))).toBe('03 68 c3 a9 6c 6c 6f');
    expect(hex(messageFrame(Uint8Array.of(0, 255)))).toBe('04 00 ff');
    expect(hex(messageFrame(''))).toBe('03');
    expect([0, 1, 127, 128, 300, 2 ** 53 - 1].map((handled) => hex(ackFrame(handled)))).toEqual([
      '05 00',
      '05 01',
      '05 7f',
      '05 80 01',
      '05 ac 02',
      '05 ff ff ff ff ff ff ff 0f',
    ]);
    expect(hex(control('bye', { handled: 3, reason: 'closed' })).slice(0, 20)).toBe('06 7b 22 68 61 6e 64');
  });

  test('texts keep every character, bytes every byte', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (data) => {
        expect(readFrame(messageFrame(data))).toMatchObject({
          type: 'message',
          data,
          bytes: utf8.encode(data).length,
        });
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array(), (data) => {
        expect(readFrame(messageFrame(data))).toEqual({ type: 'message', data, bytes: data.length });
      }),
    );
  });

  test('an ack is any whole number up to 2^53 - 1', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (handled) => {
        expect(readFrame(ackFrame(handled))).toEqual({ type: 'ack', handled });
      }),
    );
  });

  test('control frames', () => {
    expect(readFrame(control('hello', hello))).toEqual({ type: 'hello', hello });
    expect(readFrame(control('welcome', welcome))).toEqual({ type: 'welcome', welcome });
    expect(readFrame(control('bye', { handled: 1, reason: '' }))).toMatchObject({ type: 'bye' });
    const refused = { reason: 'unavailable', retryAfterMs: 1000 };
    expect(readFrame(control('refused', refused))).toEqual({ type: 'refused', refused });
    const full = { ...hello, session: '5'.repeat(32), again: 2, credentials: { token: ['any', 1, null] } };
    expect(readFrame(control('hello', full))).toEqual({ type: 'hello', hello: full });
  });

  test('a hello of another version, whatever else it has', () => {
    expect(readFrame(control('hello', { v: 2, what: 'ever' }))).toEqual({ type: 'foreign' });
  });
});

describe('what is no frame', () => {
  test.each([
    ['nothing', []],
    ['an unknown type', [9, 0]],
    ['type 0', [0]],
    ['an ack without a number', [5]],
    ['an ack that is cut off', [5, 0x80]],
    ['an ack with a longer form of its number', [5, 0x81, 0x00]],
    ['an ack with more behind it', [5, 0x01, 0x01]],
    ['an ack beyond 2^53', [5, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f]],
    ['an ack of nine bytes', [5, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01]],
    ['a text that is not UTF-8', [3, 0xff]],
    ['a hello that is not UTF-8', [1, 0xff]],
    ['a hello that is not JSON', [1, 0x7b]],
    ['a hello that is a list', [1, 0x5b, 0x5d]],
    ['a hello that is null', [1, ...utf8.encode('null')]],
  ])('%s', (_, bytes) => {
    expect(typeof readFrame(Uint8Array.from(bytes))).toBe('string');
  });

  const ids = ['', '5'.repeat(31), '5'.repeat(33), 'G'.repeat(32), 'A'.repeat(32), 5, null];
  const wrong: (readonly [string, unknown])[] = [
    ...['v', 'attempt'].flatMap((field) =>
      [0, -1, 1.5, '1', null, 2 ** 53].map((value) => [field, value] as const),
    ),
    ...['epoch', 'received', 'handled', 'acked'].flatMap((field) =>
      [-1, 1.5, '0', null, undefined, 2 ** 53].map((value) => [field, value] as const),
    ),
    ...ids.map((value) => ['session', value] as const),
    ...['', 'a'.repeat(15), 'a'.repeat(17), 'z'.repeat(16), undefined].map(
      (value) => ['instance', value] as const,
    ),
    ...[
      1e12,
      null,
      [],
      {},
      { messages: 1 },
      { messages: 0, bytes: 1 },
      { messages: 1, bytes: 1, more: 1 },
    ].map((value) => ['window', value] as const),
    ['again', -1],
    ['more', 1],
    ['constructor', 1],
  ];
  test.each(wrong)('a hello with %s: %j', (field, value) => {
    expect(readFrame(control('hello', { ...hello, [field]: value }))).toContain('hello');
  });

  test.each([
    ['resumed', 1],
    ['keepFor', -1],
    ['epoch', 0],
    ['session', undefined],
    ['window', 5],
    ['more', 1],
  ])('a welcome with %s: %j', (field, value) => {
    expect(readFrame(control('welcome', { ...welcome, [field]: value }))).toContain('welcome');
  });

  test.each([
    ['bye', { handled: 1 }],
    ['bye', { handled: -1, reason: '' }],
    ['bye', { handled: 1, reason: 'x'.repeat(124) }],
    ['refused', { reason: 'because' }],
    ['refused', { reason: 'unavailable', retryAfterMs: -1 }],
    ['refused', { reason: 'version', supported: [] }],
    ['refused', { reason: 'version', supported: ['1'] }],
  ] as const)('a %s of %j', (type, fields) => {
    expect(readFrame(control(type, fields))).toContain(type);
  });

  test('control frames above their bounds', () => {
    expect(readFrame(control('hello', { ...hello, credentials: 'x'.repeat(17_000) }))).toContain(
      'above 16384',
    );
    expect(readFrame(control('refused', { reason: 'gap', more: 'x'.repeat(2000) }))).toContain('above 1024');
  });

  test('no bytes make it throw', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(['string', 'object']).toContain(typeof readFrame(bytes));
      }),
    );
    fc.assert(
      fc.property(fc.constantFrom(1, 2, 6, 7), fc.json(), (type, json) => {
        expect(['string', 'object']).toContain(typeof readFrame(Uint8Array.of(type, ...utf8.encode(json))));
      }),
    );
  });
});
