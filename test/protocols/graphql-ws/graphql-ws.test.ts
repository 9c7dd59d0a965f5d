import { describe, expect, test } from 'vitest';
import { ControlFrame } from '../../../src/ports/websocket-chunk.ts';
import { graphqlWs } from '../../../src/protocols/graphql-ws/graphql-ws.ts';
import { Conversation } from '../conversation.ts';
import { bytes, deep, expectBadMessage, expectRefused } from '../decoding.ts';

const ack = '{"type":"connection_ack"}';
const subscribe = { type: 'subscribe', id: '1', payload: { query: '{ hello }' } } as const;

async function acknowledged() {
  const conversation = new Conversation(graphqlWs({ maxMessageBytes: 10_000 }));
  const greeting = conversation.greet();
  conversation.hear(ack);
  await greeting;
  return conversation;
}

describe('graphql-ws: the handshake', () => {
  test('the object in credentials.handshake is the payload of connection_init', async () => {
    const conversation = new Conversation(graphqlWs(), { credentials: { handshake: { token: 's3cret' } } });
    const greeting = conversation.greet();
    expect(conversation.written).toEqual(['{"type":"connection_init","payload":{"token":"s3cret"}}']);
    conversation.hear('{"type":"connection_ack","payload":{"user":7}}');
    expect(await greeting).toEqual({ info: { user: 7 } });
    expect(conversation.messages).toEqual([]);
  });

  test.each([undefined, 'bearer', { query: { token: 'x' } }])(
    'credentials %o put nothing into connection_init',
    async (credentials) => {
      const conversation = new Conversation(graphqlWs(), credentials === undefined ? {} : { credentials });
      const greeting = conversation.greet();
      conversation.hear(ack);
      expect(await greeting).toEqual({ info: undefined });
      expect(conversation.written).toEqual(['{"type":"connection_init"}']);
    },
  );

  test.each(['text', 7, null, ['a'], { big: 1n }])(
    'credentials.handshake of %o is refused as bad-config, without its value',
    async (handshake) => {
      const conversation = new Conversation(graphqlWs(), { credentials: { handshake } });
      const refusal = await conversation.greet();
      expect(refusal).toEqual({
        reason: 'bad-config',
        detail: expect.stringContaining('credentials.handshake'),
      });
    },
  );

  test('the accepting side is refused as bad-config', async () => {
    const conversation = new Conversation(graphqlWs(), { side: 'accept' });
    expect(await conversation.greet()).toMatchObject({ reason: 'bad-config' });
  });

  test('a ping of the server before connection_ack is answered, and the handshake goes on', async () => {
    const conversation = new Conversation(graphqlWs());
    const greeting = conversation.greet();
    conversation.hear('{"type":"ping"}', ack);
    expect(await greeting).toEqual({ info: undefined });
    expect(conversation.heartbeats).toMatchObject([{ kind: 'ping' }]);
  });

  test('a result before connection_ack, and a second connection_ack, are protocol-error', async () => {
    const early = new Conversation(graphqlWs());
    expect(early.hear('{"type":"next","id":"1","payload":{}}')).toMatchObject({ reason: 'protocol-error' });
    const conversation = await acknowledged();
    expect(conversation.hear(ack)).toMatchObject({ reason: 'protocol-error' });
  });
});

describe('graphql-ws: heartbeats', () => {
  test('a ping carries its id, and the pong that repeats it answers this one', async () => {
    const conversation = await acknowledged();
    expect(conversation.dialogue.ping?.(7)).toBe('{"type":"ping","payload":{"holdfast":7}}');
    const again = await acknowledged();
    again.hear('{"type":"pong","payload":{"holdfast":7}}');
    expect(again.heartbeats).toMatchObject([{ kind: 'pong', id: 7 }]);
    expect(conversation.messages).toEqual([]);
  });

  test.each([
    '{"type":"pong"}',
    '{"type":"pong","payload":{"holdfast":"7"}}',
    '{"type":"pong","payload":{"holdfast":-1}}',
    '{"type":"pong","payload":{"holdfast":1e99}}',
    '{"type":"pong","payload":null}',
  ])('%s is a pong without an id', async (pong) => {
    const conversation = await acknowledged();
    conversation.hear(pong);
    expect(conversation.heartbeats).toMatchObject([{ kind: 'pong' }]);
    expect(conversation.heartbeats[0]).not.toHaveProperty('id');
  });

  test.each([
    ['{"type":"ping"}', '{"type":"pong"}'],
    ['{"type":"ping","payload":{"at":1}}', '{"type":"pong","payload":{"at":1}}'],
    [`{"type":"ping","payload":{"x":"${'y'.repeat(5000)}"}}`, '{"type":"pong"}'],
  ])('a ping of the server is answered with its payload, up to 4096 characters', async (ping, pong) => {
    const conversation = await acknowledged();
    conversation.hear(ping);
    expect(conversation.dialogue.pong?.(conversation.heartbeats[0] as never)).toBe(pong);
  });

  test('a ping frame of WebSocket is answered with a pong frame', async () => {
    const conversation = await acknowledged();
    conversation.hear(new ControlFrame('ping', bytes('1234')), new ControlFrame('pong', bytes('x')));
    const [ping, pong] = conversation.heartbeats;
    expect(conversation.dialogue.pong?.(ping as never)).toEqual(new ControlFrame('pong', bytes('1234')));
    expect(pong).toEqual({ kind: 'beat' });
  });
});

describe('graphql-ws: messages', () => {
  test('next, error and complete are delivered as they are', async () => {
    const conversation = await acknowledged();
    const messages = [
      { type: 'next', id: '1', payload: { data: { hello: 'world' } } },
      { type: 'error', id: '2', payload: [{ message: 'no' }] },
      { type: 'complete', id: '1' },
    ];
    expect(conversation.hear(...messages.map((message) => JSON.stringify(message)))).toBeUndefined();
    expect(conversation.messages).toEqual(messages);
  });

  test.each([
    'no JSON',
    '[]',
    'null',
    '{}',
    '{"type":"subscribe","id":"1","payload":{"query":"{x}"}}',
    '{"type":"next","payload":{}}',
    '{"type":"next","id":"1","payload":[]}',
    '{"type":"error","id":"1","payload":{}}',
    '{"type":"complete","id":""}',
    bytes('{"type":"complete","id":"1"}'),
  ])('%o of the server is protocol-error', async (message) => {
    const conversation = await acknowledged();
    expect(conversation.hear(message)).toMatchObject({ reason: 'protocol-error' });
    expect(conversation.messages).toEqual([]);
  });

  test('20,000 nested lists are protocol-error, and a message over the limit is message-too-big', () => {
    const roomy = new Conversation(graphqlWs());
    expect(roomy.hear(`{"type":"connection_ack","payload":${deep}}`)).toMatchObject({
      reason: 'protocol-error',
    });
    const tight = new Conversation(graphqlWs({ maxMessageBytes: 100 }));
    expect(tight.hear('é'.repeat(51))).toMatchObject({ reason: 'message-too-big' });
  });

  test('subscribe and complete are sent, encoded before they wait', () => {
    const protocol = graphqlWs();
    expect(protocol.encode?.(subscribe)).toBe(JSON.stringify(subscribe));
    expect(protocol.encode?.({ type: 'complete', id: '1' })).toBe('{"type":"complete","id":"1"}');
  });

  const looped: Record<string, unknown> = {};
  looped.self = looped;
  test.each([
    null,
    'text',
    { type: 'connection_init' },
    { type: 'ping' },
    { type: 'subscribe', id: '', payload: { query: 'x' } },
    { type: 'subscribe', id: 1, payload: { query: 'x' } },
    { type: 'subscribe', id: '1' },
    { type: 'subscribe', id: '1', payload: { query: 1 } },
    { type: 'subscribe', id: '1', payload: { query: 'x', variables: { big: 1n } } },
    { type: 'subscribe', id: '1', payload: { query: 'x', variables: looped } },
    { type: 'subscribe', id: '1', payload: { query: 'x'.repeat(200) } },
  ])('encode(%o) throws bad-message', (message) => {
    const { encode } = graphqlWs({ maxMessageBytes: 100 });
    expectBadMessage({ encode: (each) => encode?.(each) }, message);
  });
});

describe('graphql-ws: the end', () => {
  test.each([
    [4400, 'protocol-error'],
    [4401, 'unauthorized'],
    [4403, 'unauthorized'],
    [4406, 'protocol-error'],
    [4408, 'handshake-timeout'],
    [4409, 'protocol-error'],
    [4429, 'protocol-error'],
    [4499, 'going-away'],
    [4500, 'going-away'],
  ])('close code %i is %s', (code, reason) => {
    const { dialogue } = new Conversation(graphqlWs());
    expect(dialogue.ended?.({ code, reason: 'said' })).toEqual({ reason, code, detail: 'said' });
    expect(dialogue.ended?.({ code, reason: '' })).toEqual({ reason, code });
  });

  test('any other close code, and the end of the stream, mean what they mean to WebSocket', () => {
    const { dialogue } = new Conversation(graphqlWs());
    expect([dialogue.ended?.({ code: 1000, reason: '' }), dialogue.ended?.(undefined)]).toEqual([
      undefined,
      undefined,
    ]);
  });
});

test('graphql-ws: a bad limit is refused by name', () => {
  expectRefused(() => graphqlWs({ maxMessageBytes: 0 }), 'graphql-ws.maxMessageBytes');
});
