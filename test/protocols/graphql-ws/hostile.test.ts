/** graphql-ws against evil servers and users. */
import { describe, expect, test } from 'vitest';
import { graphqlWs } from '../../../src/protocols/graphql-ws/graphql-ws.ts';
import { Conversation } from '../conversation.ts';
import { deep, expectBadMessage } from '../decoding.ts';

const ack = '{"type":"connection_ack"}';

async function connected() {
  const conversation = new Conversation(graphqlWs());
  await conversation.greet(ack);
  return conversation;
}

describe('graphql-ws: evil servers', () => {
  test.each([
    ['null', 'null'],
    ['a text', '"a"'],
    ['a list', '[]'],
    ['nothing', ''],
    ['bytes', new Uint8Array(3)],
    ['an unknown type', '{"type":"ka"}'],
    ['a type that is no text', '{"type":{}}'],
    ['a result without an id', '{"type":"next","payload":{}}'],
    ['a result with an id that is a number', '{"type":"next","id":1,"payload":{}}'],
    ['a result that is a text', '{"type":"next","id":"1","payload":"x"}'],
    ['an acknowledgement that comes twice', ack],
    ['a ping that nests 20,000 lists', `{"type":"ping","payload":${deep}}`],
    ['a message of this side', '{"type":"subscribe","id":"1","payload":{"query":"{a}"}}'],
  ])('graphql-ws: %s is a protocol-error', async (_, message) => {
    expect((await connected()).hear(message as string)).toMatchObject({ reason: 'protocol-error' });
  });

  test.each(['5', '"x"', '[]'])(
    'graphql-ws: connection_ack with the payload %s is a protocol-error',
    async (payload) => {
      const conversation = new Conversation(graphqlWs());
      const done = conversation.greet(`{"type":"connection_ack","payload":${payload}}`);
      expect(await done).toMatchObject({ reason: 'protocol-error' });
    },
  );

  test.each(['-1', '4294967296', '1.5', '"1"', 'null', '{}', '1e400'])(
    'graphql-ws: a pong for the ping %s answers none of this side',
    async (id) => {
      const conversation = await connected();
      expect(conversation.hear(`{"type":"pong","payload":{"holdfast":${id}}}`)).toBeUndefined();
      expect(conversation.heartbeats).toMatchObject([{ kind: 'pong' }]);
      expect(conversation.heartbeats[0]).not.toHaveProperty('id');
    },
  );
});

describe('graphql-ws: messages of wrong shape', () => {
  const cyclic: Record<string, unknown> = { query: '{a}' };
  cyclic.variables = cyclic;
  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['a number', 1],
    ['a list', []],
    ['a function', () => {}],
    ['variables that hold themselves', { type: 'subscribe', id: '1', payload: cyclic }],
    [
      'variables with a bigint',
      { type: 'subscribe', id: '1', payload: { query: '{a}', variables: { a: 1n } } },
    ],
    ['an object that is nothing in JSON', { type: 'complete', id: '1', toJSON: () => undefined }],
    [
      'an object that cannot be read',
      {
        type: 'complete',
        id: '1',
        toJSON: () => {
          throw new TypeError('no');
        },
      },
    ],
    ['a query that is a number', { type: 'subscribe', id: '1', payload: { query: 1 } }],
    ['an id that is a number', { type: 'complete', id: 1 }],
    ['a message of the handshake', { type: 'connection_init', id: '1' }],
  ])('graphql-ws: %s is a bad message', async (_, message) => {
    expectBadMessage(graphqlWs() as never, message);
    expectBadMessage((await connected()).dialogue, message);
  });
});
