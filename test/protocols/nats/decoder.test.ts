import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type NatsMessage, nats } from '../../../src/nats.ts';
import { speak } from '../conversation.ts';
import { anyCuts, bytes, flood, ping, pong } from '../decoding.ts';

const word = fc.stringMatching(/^[a-z.*>$_]{1,12}$/);
const value = fc.string({ maxLength: 8 }).map((text) => text.replaceAll(/[\r\n]/g, '').trim());
const message: fc.Arbitrary<NatsMessage> = fc.record(
  {
    op: fc.constant('msg' as const),
    subject: word,
    sid: word,
    reply: word,
    headers: fc.array(fc.tuple(word, value), { maxLength: 3 }),
    data: fc.uint8Array({ maxLength: 40 }),
  },
  { requiredKeys: ['op', 'subject', 'sid', 'data'] },
);

function wireOf(frame: unknown): Uint8Array {
  const { op, subject, sid, reply, headers, data } = frame as NatsMessage;
  if (op !== 'msg') return bytes((frame as { kind: string }).kind === 'ping' ? 'PING\r\n' : 'pong\r\n');
  const block = headers && `NATS/1.0\r\n${headers.map(([a, b]) => `${a}: ${b}\r\n`).join('')}\r\n`;
  const start = `${subject} ${sid}${reply === undefined ? '' : `  ${reply}`}`;
  const length = Buffer.byteLength(block ?? '');
  const line = block ? `HMSG ${start} ${length} ${length + data.length}` : `MSG ${start}\t${data.length}`;
  return bytes(`${line}\r\n${block ?? ''}`, data, '\r\n');
}

const plain = (frame: unknown) => {
  const { data, ...rest } = frame as { data?: Uint8Array };
  return data === undefined ? rest : { ...rest, data: [...data] };
};

describe('nats: the decoder', () => {
  test('nats: messages and heartbeats are decoded in order, for any cut of the stream', () => {
    const frame = fc.oneof(message, fc.constantFrom(ping, pong));
    fc.assert(
      fc.property(fc.array(frame), anyCuts, (expected, cuts) => {
        const { dialogue, hear, frames } = speak(nats());
        expect(hear(...cuts(bytes(...expected.map(wireOf))))).toBeUndefined();
        expect(frames.map(plain)).toEqual(expected.map(plain));
        expect(dialogue.decoder.midFrame).toBe(false);
      }),
    );
  });

  test('nats: midFrame is true inside a line, and between a line and its payload', () => {
    const { dialogue, hear } = speak(nats());
    const inside = ['MSG a', ' 1 2\r\n', 'h', 'i\r', '\n'].map((part) => {
      hear(part);
      return dialogue.decoder.midFrame;
    });
    expect(inside).toEqual([true, true, true, true, false]);
  });

  test('nats: a status of headers is told, such as that of a request without a responder', () => {
    const { hear, frames } = speak(nats());
    hear('HMSG r 1 30 30\r\nNATS/1.0 503 No Responders\r\n\r\n\r\n');
    expect(frames).toMatchObject([{ status: '503 No Responders', headers: [], data: new Uint8Array(0) }]);
  });

  test.each([
    ['an HTTP server', 'HTTP/1.1 400 Bad Request\r\n'],
    ['an empty line', '\r\n'],
    ['a message without a length', 'MSG a 1\r\n'],
    ['a message with a negative length', 'MSG a 1 -2\r\n'],
    ['a payload longer than announced', 'MSG a 1 2\r\nhixx\r\n'],
    ['headers longer than the message', 'HMSG a 1 9 8\r\n'],
    ['headers of another version', 'HMSG a 1 8 8\r\nNATS/2\r\n\r\n'],
    ['an INFO that is no object', 'INFO 7\r\n'],
    ['an INFO that is no JSON', 'INFO {"a":\r\n'],
    ['a line that is not UTF-8', Uint8Array.of(0x49, 0xff, 0x0a)],
  ])('nats: %s is a protocol-error', (_, stream) => {
    expect(speak(nats()).hear(stream)).toMatchObject({ reason: 'protocol-error' });
  });

  test('nats: a message over the limit is refused by its length, before its payload arrives', () => {
    const { hear } = speak(nats({ maxMessageBytes: 100 }));
    expect(hear('MSG a 1 100\r\n', 'x'.repeat(100), '\r\n')).toBeUndefined();
    expect(hear('MSG a 1 101\r\n')).toMatchObject({ reason: 'message-too-big' });
  });

  test('nats: headers of a message over 64 KiB are refused', () => {
    const { hear } = speak(nats());
    expect(hear('HMSG a 1 65537 65537\r\n')).toMatchObject({ reason: 'message-too-big' });
  });

  test('nats: 48 MB of one endless line are refused after 64 KiB', () => {
    const { most, violation } = flood(speak(nats()).dialogue, Buffer.alloc(1000, 'x'), 48e6);
    expect(violation).toMatchObject({ reason: 'message-too-big' });
    expect(most).toBeLessThan(1e6);
  });

  test('nats: 48 MB of one message in pieces cost at most twice its length', () => {
    const { dialogue, hear } = speak(nats({ maxMessageBytes: 48e6 }));
    hear('MSG a 1 48000000\r\n');
    expect(flood(dialogue, Buffer.alloc(60_000), 47e6).most).toBeLessThan(2 * 48e6);
  });
});
