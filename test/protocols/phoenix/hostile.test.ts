/** Phoenix channels against evil servers and users. */
import { describe, expect, test } from 'vitest';
import { phoenix } from '../../../src/protocols/phoenix/phoenix.ts';
import { Conversation } from '../conversation.ts';
import { deep, expectBadMessage } from '../decoding.ts';

const url = 'ws://api.example/socket/websocket?vsn=2.0.0';

async function joined() {
  const conversation = new Conversation(phoenix(), { url });
  await conversation.greet();
  conversation.dialogue.encode({ topic: 'room:1', event: 'phx_join' });
  conversation.hear('["1","1","room:1","phx_reply",{"status":"ok","response":{}}]');
  conversation.frames.length = 0;
  return conversation;
}

describe('phoenix: evil servers', () => {
  test.each([
    ['null', 'null'],
    ['an object', '{}'],
    ['a list of 4', '[null,null,"t","e"]'],
    ['a ref that is a number', '[1,null,"t","e",{}]'],
    ['20,000 nested lists', `[null,null,"t","e",${deep}]`],
    ['no bytes', new Uint8Array(0)],
    ['bytes of an unknown kind', Uint8Array.of(9, 0, 0, 0)],
    ['bytes whose lengths are longer than they are', Uint8Array.of(0, 255, 255, 255)],
    ['a reply without a status', '["1","1","room:1","phx_reply",{}]'],
    ['a reply without a ref', '["1",null,"room:1","phx_reply",{"status":"ok"}]'],
    ['a reply that is null', '["1","1","room:1","phx_reply",null]'],
  ])('phoenix: %s is a protocol-error', async (_, message) => {
    expect((await joined()).hear(message as never)).toMatchObject({ reason: 'protocol-error' });
  });

  test('phoenix: a reply to a push that was not sent, or that comes twice, has no key', async () => {
    const conversation = await joined();
    conversation.dialogue.encode({ topic: 'room:1', event: 'a', key: 'k' });
    for (const ref of ['2', '2', '99', '-1'])
      conversation.hear(`["1","${ref}","room:1","phx_reply",{"status":"ok","response":{}}]`);
    expect(conversation.messages.map((message) => (message as { key?: unknown }).key)).toEqual([
      'k',
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('phoenix: a reply to a join that comes twice in the handshake does not stand for that of another topic', async () => {
    const conversation = new Conversation(phoenix({ join: { a: {}, b: {} } }), { url });
    let done = false;
    const greeting = conversation.greet().then(() => {
      done = true;
    });
    const reply = (topic: string, ref: string) =>
      conversation.hear(`["${ref}","${ref}","${topic}","phx_reply",{"status":"ok","response":{}}]`);
    reply('a', '1');
    reply('a', '1');
    await new Promise(setImmediate);
    expect(done).toBe(false);
    reply('b', '2');
    await greeting;
    expect(reply('b', '2')).toBeUndefined();
    expect(conversation.messages).toEqual([]);
  });

  test('phoenix: parameters of a join that are over the limit are bad-config', async () => {
    const conversation = new Conversation(phoenix({ join: { a: {} }, maxMessageBytes: 1000 }), {
      url,
      credentials: { handshake: { token: 'x'.repeat(2000) } },
    });
    const failure = await conversation.greet();
    expect(failure).toMatchObject({ reason: 'bad-config' });
    expect(JSON.stringify(failure)).not.toContain('xxx');
  });
});

describe('phoenix: messages of wrong shape', () => {
  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;
  const to = { topic: 'room:1', event: 'a' };
  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['a number', 1],
    ['a topic that is a list', { topic: ['room:1'], event: 'a' }],
    ['the topic of heartbeats', { topic: 'phoenix', event: 'heartbeat' }],
    ['an event that is a number', { topic: 'room:1', event: 1 }],
    ['a payload that holds itself', { ...to, payload: cyclic }],
    ['a payload with a bigint', { ...to, payload: { a: 1n } }],
    ['a payload that is a function', { ...to, payload: () => {} }],
    ['a payload that is a symbol', { ...to, payload: Symbol('a') }],
    ['a key that is an object', { ...to, key: {} }],
    [
      'an event over 255 bytes with bytes',
      { topic: 'room:1', event: 'é'.repeat(128), payload: new Uint8Array(1) },
    ],
  ])('phoenix: %s is a bad message', async (_, message) => {
    const protocol = phoenix();
    expectBadMessage({ encode: (sent: never) => protocol.measure?.(sent) }, message);
    expectBadMessage((await joined()).dialogue, message);
  });
});
