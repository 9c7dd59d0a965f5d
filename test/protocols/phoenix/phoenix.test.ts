import { Serializer } from 'phoenix';
import { describe, expect, test } from 'vitest';
import { ControlFrame } from '../../../src/ports/websocket-chunk.ts';
import { type PhoenixOptions, phoenix, phoenixUrl } from '../../../src/protocols/phoenix/phoenix.ts';
import { serialized } from '../../../src/protocols/phoenix/serializer.ts';
import { Conversation } from '../conversation.ts';
import { bytes, deep, expectBadMessage, expectRefused } from '../decoding.ts';

const url = 'ws://api.example/socket/websocket?vsn=2.0.0';

/** A message of the server, by Phoenix's own serializer: topic, event, payload, ref, join_ref. */
function said(
  topic: string,
  event: string,
  payload: unknown = {},
  ref: string | null = null,
  join_ref: string | null = null,
) {
  let text = '';
  Serializer.encode({ topic, event, payload, ref, join_ref }, (encoded) => {
    text = encoded as string;
  });
  return text;
}

const reply = (topic: string, ref: string, status = 'ok', response: unknown = {}) =>
  said(topic, 'phx_reply', { status, response }, ref, ref);

async function connection(options: PhoenixOptions = {}) {
  const conversation = new Conversation(phoenix(options), { url });
  expect(await conversation.greet()).toEqual({ info: {} });
  return conversation;
}

async function joined(options: PhoenixOptions = {}) {
  const conversation = await connection(options);
  conversation.dialogue.encode({ topic: 'room:1', event: 'phx_join', key: 'join' });
  conversation.hear(reply('room:1', '1'));
  conversation.frames.length = 0;
  return conversation;
}

/** A binary message of the server: kind, lengths of the texts, texts, payload. */
function binary(kind: number, texts: readonly string[], payload: Uint8Array) {
  return bytes([kind, ...texts.map((text) => Buffer.byteLength(text))], ...texts, payload);
}

describe('phoenix: the handshake', () => {
  test('joins the topics of the option, with the object in credentials.handshake among the parameters', async () => {
    const join = { 'room:1': { last: 7 }, 'room:2': {} };
    const conversation = new Conversation(phoenix({ join }), {
      url,
      credentials: { handshake: { token: 's3cret' } },
    });
    const greeting = conversation.greet();
    expect(conversation.written).toEqual([
      '["1","1","room:1","phx_join",{"last":7,"token":"s3cret"}]',
      '["2","2","room:2","phx_join",{"token":"s3cret"}]',
    ]);
    conversation.hear(reply('room:2', '2', 'ok', { two: 2 }), reply('room:1', '1', 'ok', { one: 1 }));
    expect(await greeting).toEqual({ info: { 'room:1': { one: 1 }, 'room:2': { two: 2 } } });
    expect(conversation.messages).toEqual([]);
  });

  test('what arrives for one topic before the other is joined is delivered after the handshake, in order', async () => {
    const conversation = new Conversation(phoenix({ join: { a: {}, b: {} } }), { url });
    const greeting = conversation.greet();
    conversation.hear(
      reply('a', '1'),
      said('a', 'first'),
      said('a', 'second'),
      reply('b', '2'),
      said('b', 'third'),
    );
    await greeting;
    expect(conversation.messages).toMatchObject([
      { event: 'first' },
      { event: 'second' },
      { event: 'third' },
    ]);
  });

  test('what arrives before all topics are joined is held up to the limit, then message-too-big', () => {
    const conversation = new Conversation(phoenix({ join: { a: {}, b: {} }, maxMessageBytes: 1000 }), {
      url,
    });
    conversation.greet();
    conversation.hear(reply('a', '1'));
    const event = said('a', 'event', 'x'.repeat(400));
    expect([conversation.hear(event), conversation.hear(event)]).toEqual([undefined, undefined]);
    expect(conversation.hear(event)).toMatchObject({ reason: 'message-too-big' });
  });

  test.each([
    [
      { reason: 'no such user' },
      { reason: 'unauthorized', detail: 'the join of a was refused: no such user' },
    ],
    [{}, { reason: 'unauthorized', detail: 'the join of a was refused' }],
    ['text', { reason: 'unauthorized', detail: 'the join of a was refused' }],
    [
      { reason: 'unmatched topic' },
      { reason: 'bad-config', detail: 'the join of a was refused: unmatched topic' },
    ],
    [{ reason: 'join crashed' }, { reason: 'going-away', detail: 'the join of a was refused: join crashed' }],
    [
      { reason: 'busy', retryAfterMs: 900 },
      { reason: 'going-away', detail: 'the join of a was refused: busy', retryAfterMs: 900 },
    ],
  ])('a join that is answered with the error %o is %o', async (response, failure) => {
    const conversation = new Conversation(phoenix({ join: { a: {} } }), { url });
    const greeting = conversation.greet();
    conversation.hear(reply('a', '1', 'error', response));
    expect(await greeting).toEqual(failure);
  });

  test('a URL without vsn=2.0.0, and the accepting side, are refused as bad-config', async () => {
    const bare = new Conversation(phoenix(), { url: 'ws://api.example/socket/websocket' });
    expect(await bare.greet()).toMatchObject({
      reason: 'bad-config',
      detail: expect.stringContaining('vsn'),
    });
    const accepting = new Conversation(phoenix(), { url, side: 'accept' });
    expect(await accepting.greet()).toMatchObject({ reason: 'bad-config' });
  });
});

describe('phoenix: topics of the option join', () => {
  test.each([
    ['phx_error', 'going-away'],
    ['phx_close', 'closed-by-peer'],
  ])('%s of one ends the incarnation as %s', async (event, reason) => {
    const conversation = new Conversation(phoenix({ join: { a: {} } }), { url });
    const greeting = conversation.greet();
    conversation.hear(reply('a', '1'));
    await greeting;
    expect(conversation.hear(said('a', event, {}, '1', '1'))).toMatchObject({ reason });
  });

  test.each(['phx_join', 'phx_leave'])('%s of one is bad-message', (event) => {
    const conversation = new Conversation(phoenix({ join: { a: {} } }), { url });
    expectBadMessage(conversation.dialogue, { topic: 'a', event });
  });
});

describe('phoenix: heartbeats', () => {
  test('a heartbeat has its id as ref, and the reply answers this one', async () => {
    const conversation = await connection();
    expect(conversation.dialogue.ping?.(7)).toBe('[null,"7","phoenix","heartbeat",{}]');
    conversation.hear(said('phoenix', 'phx_reply', { status: 'ok', response: {} }, '7'));
    expect(conversation.heartbeats).toMatchObject([{ kind: 'pong', id: 7 }]);
    expect(conversation.messages).toEqual([]);
  });

  test.each([null, 'x', '-1', '1e99'])('a reply with the ref %o is a pong without an id', async (ref) => {
    const conversation = await connection();
    conversation.hear(said('phoenix', 'phx_reply', { status: 'ok', response: {} }, ref));
    expect(conversation.heartbeats).toMatchObject([{ kind: 'pong' }]);
    expect(conversation.heartbeats[0]).not.toHaveProperty('id');
  });

  test('a ping frame of WebSocket is answered with a pong frame', async () => {
    const conversation = await connection();
    conversation.hear(new ControlFrame('ping', bytes('1234')));
    const [ping] = conversation.heartbeats;
    expect(conversation.dialogue.pong?.(ping as never)).toEqual(new ControlFrame('pong', bytes('1234')));
  });
});

describe('phoenix: pushes', () => {
  test('refs count up, and a push carries the ref of the join of its topic', async () => {
    const { dialogue } = await connection();
    expect(dialogue.encode({ topic: 'a', event: 'phx_join', payload: { x: 1 } })).toBe(
      '["1","1","a","phx_join",{"x":1}]',
    );
    expect(dialogue.encode({ topic: 'b', event: 'phx_join' })).toBe('["2","2","b","phx_join",{}]');
    expect(dialogue.encode({ topic: 'a', event: 'shout', payload: null })).toBe('["1","3","a","shout",null]');
    expect(dialogue.encode({ topic: 'b', event: 'phx_leave' })).toBe('["2","4","b","phx_leave",{}]');
  });

  test('a reply carries the key of its push, once', async () => {
    const conversation = await joined();
    conversation.dialogue.encode({ topic: 'room:1', event: 'a', key: 'A' });
    conversation.dialogue.encode({ topic: 'room:1', event: 'b' });
    const answers = ['3', '2', '2'].map((ref) =>
      said('room:1', 'phx_reply', { status: 'ok', response: { ref } }, ref, '1'),
    );
    conversation.hear(...answers);
    const common = { topic: 'room:1', event: 'phx_reply', status: 'ok' };
    expect(conversation.messages).toEqual([
      { ...common, response: { ref: '3' } },
      { ...common, response: { ref: '2' }, key: 'A' },
      { ...common, response: { ref: '2' } },
    ]);
  });

  test('bytes leave as a binary push, exactly as the serializer of Phoenix writes it', async () => {
    const { dialogue } = await joined();
    const pushed = dialogue.encode({ topic: 'room:1', event: 'füll', payload: bytes([0, 255, 7]) });
    Serializer.encode(
      { join_ref: '1', ref: '2', topic: 'room:1', event: 'füll', payload: bytes([0, 255, 7]).buffer },
      (encoded) => expect(pushed).toEqual(new Uint8Array(encoded as ArrayBuffer)),
    );
  });

  test('a push to a topic that is not joined, whose join failed, or that has ended is bad-message', async () => {
    const conversation = await connection();
    const { dialogue } = conversation;
    const push = { topic: 'a', event: 'shout' };
    expectBadMessage(dialogue, push);
    dialogue.encode({ topic: 'a', event: 'phx_join' });
    conversation.hear(reply('a', '1', 'error', { reason: 'no' }));
    expectBadMessage(dialogue, push);
    dialogue.encode({ topic: 'a', event: 'phx_join' });
    conversation.hear(said('a', 'phx_error', {}, '2', '2'));
    expectBadMessage(dialogue, push);
    expect(conversation.messages).toMatchObject([{ status: 'error' }, { event: 'phx_error' }]);
  });

  const looped: Record<string, unknown> = {};
  looped.self = looped;
  test.each([
    null,
    { topic: '', event: 'a' },
    { topic: 'phoenix', event: 'heartbeat' },
    { topic: 'room:1', event: '' },
    { topic: 'room:1', event: 'a', key: {} },
    { topic: 'room:1', event: 'a', payload: 1n },
    { topic: 'room:1', event: 'a', payload: looped },
    { topic: 'room:1', event: 'e'.repeat(256), payload: bytes('x') },
    { topic: 'room:1', event: 'a', payload: 'x'.repeat(400) },
    { topic: 'room:1', event: 'a', payload: bytes('x'.repeat(400)) },
  ])('%o is bad-message, when it is sent and when it leaves', async (message) => {
    const { measure } = phoenix({ maxMessageBytes: 400 });
    expectBadMessage({ encode: (each) => measure?.(each) }, message);
    expectBadMessage((await joined({ maxMessageBytes: 400 })).dialogue, message);
  });

  test('a message counts in bytes without its refs', () => {
    const { measure } = phoenix();
    expect(measure?.({ topic: 'a', event: 'é' })).toBe(bytes('[null,null,"a","é",{}]').length);
    expect(measure?.({ topic: 'a', event: 'b', payload: bytes('1234') })).toBe(5 + 2 + 4);
  });
});

describe('phoenix: messages of the server', () => {
  test('broadcasts and pushes are delivered', async () => {
    const conversation = await joined();
    conversation.hear(said('room:1', 'news', { a: 1 }), said('room:1', 'push', [2], null, '1'));
    expect(conversation.messages).toEqual([
      { topic: 'room:1', event: 'news', payload: { a: 1 } },
      { topic: 'room:1', event: 'push', payload: [2] },
    ]);
  });

  test('what a channel said that was joined anew since is dropped', async () => {
    const conversation = await joined();
    conversation.dialogue.encode({ topic: 'room:1', event: 'phx_join' });
    conversation.hear(said('room:1', 'phx_close', {}, '1', '1'), said('room:1', 'old', {}, null, '1'));
    conversation.hear(said('room:1', 'new', {}, null, '2'));
    expect(conversation.messages).toEqual([{ topic: 'room:1', event: 'new', payload: {} }]);
  });

  test.each([
    ['a push', binary(0, ['1', 'room:1', 'füll'], bytes([0, 255]))],
    ['a broadcast', binary(2, ['room:1', 'füll'], bytes([0, 255]))],
  ])('%s in binary is read as the serializer of Phoenix reads it', async (_, message) => {
    const conversation = await joined();
    conversation.hear(message);
    Serializer.decode(message.buffer as ArrayBuffer, ({ topic, event, payload }) =>
      expect(conversation.messages).toEqual([
        { topic, event, payload: new Uint8Array(payload as ArrayBuffer) },
      ]),
    );
    expect(conversation.messages).toEqual([{ topic: 'room:1', event: 'füll', payload: bytes([0, 255]) }]);
  });

  test('a reply in binary carries status, bytes and the key of its push', async () => {
    const conversation = await joined();
    conversation.dialogue.encode({ topic: 'room:1', event: 'a', key: 9 });
    conversation.hear(binary(1, ['1', '2', 'room:1', 'ok'], bytes('yes')));
    expect(conversation.messages).toEqual([
      { topic: 'room:1', event: 'phx_reply', status: 'ok', response: bytes('yes'), key: 9 },
    ]);
  });

  test.each([
    'no JSON',
    '{}',
    '[null,null,"a","b"]',
    '[1,null,"a","b",{}]',
    '[null,null,1,"b",{}]',
    '[null,null,"a","phx_reply",{"status":"ok"}]',
    '[null,"1","a","phx_reply",{}]',
    `[null,null,"a","b",${deep}]`,
    bytes([]),
    bytes([3, 0, 0]),
    bytes([0, 1]),
    bytes([0, 1, 9, 1], 'short'),
    bytes([2, 1, 1], [0xff, 0x61]),
  ])('%o is protocol-error', async (message) => {
    const conversation = await connection({ maxMessageBytes: 100_000 });
    expect(conversation.hear(message)).toMatchObject({ reason: 'protocol-error' });
    expect(conversation.messages).toEqual([]);
  });

  test('a message over the limit is message-too-big, in text and in binary', async () => {
    const conversation = await connection({ maxMessageBytes: 20 });
    expect(conversation.hear('é'.repeat(11))).toMatchObject({ reason: 'message-too-big' });
    expect(conversation.hear(new Uint8Array(21))).toMatchObject({ reason: 'message-too-big' });
  });
});

test('phoenix: a push keeps null refs in JSON, as the serializer of Phoenix does', () => {
  expect(serialized({ joinRef: null, ref: '1', topic: 'phoenix', event: 'heartbeat', payload: {} })).toBe(
    said('phoenix', 'heartbeat', {}, '1'),
  );
});

test('phoenix: all bad options are named in one error', () => {
  const paths = ['phoenix.maxMessageBytes', 'phoenix.join'];
  for (const join of [[], { a: 1 }, { phoenix: {} }, null])
    expectRefused(() => phoenix({ maxMessageBytes: -1, join: join as never }), ...paths);
});

test.each([
  ['wss+phoenix://api.example/socket', 'wss+phoenix://api.example/socket/websocket?vsn=2.0.0'],
  ['ws://api.example/socket/?token=x', 'ws://api.example/socket/websocket?token=x&vsn=2.0.0'],
])('phoenixUrl(%s) is %s', (base, expected) => {
  expect(phoenixUrl(base)).toBe(expected);
});
