/** Whatever a server sends, the protocols over WebSocket return a failure or deliver it, and never throw. */
import * as fc from 'fast-check';
import { Serializer } from 'phoenix';
import { describe, expect, test } from 'vitest';
import { graphqlWs } from '../../src/protocols/graphql-ws/graphql-ws.ts';
import { phoenix } from '../../src/protocols/phoenix/phoenix.ts';
import { parsed, serialized } from '../../src/protocols/phoenix/serializer.ts';
import { socketIo } from '../../src/protocols/socket-io/socket-io.ts';
import { Conversation } from './conversation.ts';

const word = fc.constantFrom(
  'type',
  'id',
  'payload',
  'next',
  'ping',
  'a',
  '_placeholder',
  'num',
  '__proto__',
  '1',
);
const json = fc.json({ maxDepth: 4 });
const structured = fc.oneof(
  fc
    .dictionary(word, fc.oneof(word, fc.jsonValue(), fc.dictionary(word, word)))
    .map((value) => JSON.stringify(value)),
  fc.tuple(word, word, word, word, fc.jsonValue()).map((value) => JSON.stringify(value)),
  json,
);
const head = fc.constantFrom(
  '',
  '0',
  '1',
  '2',
  '4',
  '40',
  '41',
  '42',
  '421',
  '43',
  '431',
  '44',
  '451-',
  '452-',
  '461-',
  'b',
);
const message = fc.oneof(
  fc.tuple(head, structured).map(([digits, text]) => digits + text),
  fc.string({ unit: 'binary' }),
  fc.uint8Array({ maxLength: 40 }),
);

describe.each([
  ['graphql-ws', () => graphqlWs(), ['{"type":"connection_ack"}']],
  ['socket.io', () => socketIo(), ['0{"sid":"e","pingInterval":1,"pingTimeout":1}', '40{"sid":"s"}']],
  ['phoenix', () => phoenix(), []],
] as const)('%s: messages of the server', (_, protocol, hello) => {
  test.each([
    ['before', []],
    ['after', hello],
  ])('%s the handshake never throw, whatever they hold', (_, first) => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 4 }), (messages) => {
        const conversation = new Conversation<never>(protocol() as never);
        conversation.hear(...first);
        const failure = conversation.hear(...messages);
        expect(
          failure === undefined || /^(protocol-error|going-away|closed-by-peer)$/.test(failure.reason),
        ).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

describe('phoenix: the serializer', () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });
  const ref = fc.nat().map(String);

  test('any push is written as the serializer of Phoenix writes it', () => {
    const payload = fc.oneof(fc.uint8Array(), fc.dictionary(fc.string(), fc.jsonValue()));
    fc.assert(
      fc.property(ref, ref, text, text, payload, (joinRef, own, topic, event, content) => {
        const theirs = content instanceof Uint8Array ? content.buffer : content;
        Serializer.encode({ join_ref: joinRef, ref: own, topic, event, payload: theirs }, (encoded) => {
          const expected = typeof encoded === 'string' ? encoded : new Uint8Array(encoded);
          expect(serialized({ joinRef, ref: own, topic, event, payload: content })).toEqual(expected);
        });
      }),
    );
  });

  test('any JSON message is read as the serializer of Phoenix reads it', () => {
    const optional = fc.option(ref);
    fc.assert(
      fc.property(optional, optional, text, text, fc.jsonValue(), (...list) => {
        const sent = JSON.stringify(list);
        Serializer.decode(sent, ({ join_ref, ...others }) => {
          expect(parsed(sent)).toEqual({ joinRef: join_ref, ...others });
        });
      }),
    );
  });
});
