/** JSON messages over protocols of texts. */
import { expect, test } from 'vitest';
import { json } from '../../src/protocols/json.ts';
import { line } from '../../src/protocols/line.ts';
import { withMessages } from '../../src/protocols/over.ts';
import { websocketText } from '../../src/protocols/websocket-text.ts';
import { dialogueOf } from '../../src/testing/dialogue.ts';

interface Price {
  readonly bid: number;
}

function priceOf(value: unknown): Price {
  if (typeof (value as Price | null)?.bid !== 'number') throw new Error('no bid');
  return value as Price;
}

/** The messages that a text of the peer makes, or the failure. */
function read(text: string, codec = json<Price, { readonly ask: string }>({ read: priceOf })) {
  const protocol = withMessages(websocketText({ ping: 'ping', pong: 'pong' }), codec);
  const frames: unknown[] = [];
  const failure = dialogueOf(protocol).decoder.push(text, { frame: (frame) => frames.push(frame) });
  return failure ?? frames;
}

test('json: a text becomes a message, and a heartbeat stays one', () => {
  expect(read('{"bid":1}')).toEqual([{ bid: 1 }]);
  expect(read('pong')).toEqual([{ kind: 'pong' }]);
});

test.each([
  ['is no JSON', '{"bid":'],
  ['the reader refuses', '{"ask":1}'],
  ['is null', 'null'],
  ['nests deeper than 1000 levels', '['.repeat(200_000)],
])('json: a text that %s is a protocol-error', (_, text) => {
  expect(read(text)).toMatchObject({ reason: 'protocol-error' });
});

test('json: bytes are UTF-8, and other bytes a protocol-error', () => {
  const decode = json<Price>().decode;
  expect(decode(new TextEncoder().encode('{"bid":2}'))).toEqual({ bid: 2 });
  expect(() => decode(Uint8Array.of(0xff))).toThrow();
});

test.each([
  ['undefined', undefined],
  ['a function', () => 1],
  ['a bigint', 1n],
  ['a circle', circle()],
])('json: %s is a bad-message, which ends nothing', (_, message) => {
  const protocol = withMessages(line(), json<unknown>({ name: 'prices' }));
  expect(() => protocol.encode?.(message)).toThrow(
    expect.objectContaining({ code: 'bad-message', message: expect.stringMatching(/^prices cannot carry/) }),
  );
  expect(protocol.encode?.({ bid: 1 })).toEqual(line().encode('{"bid":1}'));
});

function circle(): object {
  const self: Record<string, unknown> = {};
  self.self = self;
  return self;
}
