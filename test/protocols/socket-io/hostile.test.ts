/** Socket.IO against evil servers and users. */
import { describe, expect, test } from 'vitest';
import { socketIo } from '../../../src/protocols/socket-io/socket-io.ts';
import { Conversation } from '../conversation.ts';
import { deep, expectBadMessage } from '../decoding.ts';

const open = '0{"sid":"e1","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}';
const hello = '40{"sid":"s1"}';

async function connected(previous?: unknown) {
  const conversation = new Conversation(socketIo(), { previous });
  const greeting = conversation.greet(hello);
  conversation.hear(open);
  await greeting;
  return conversation;
}

describe('socket.io: evil servers', () => {
  test.each([
    ['a negative pingInterval', '0{"sid":"e","pingInterval":-1,"pingTimeout":2}'],
    ['a pingTimeout that is a text', '0{"sid":"e","pingInterval":1,"pingTimeout":"2"}'],
    ['timings that have no end', '0{"sid":"e","pingInterval":1e400,"pingTimeout":2}'],
    ['timings of 0', '0{"sid":"e","pingInterval":0,"pingTimeout":0}'],
    ['20,000 nested lists', `0{"a":${deep}}`],
    ['nothing', '0'],
    ['null', '0null'],
    ['CONNECT first', hello],
    ['a ping first', '2'],
  ])('socket.io: an open packet with %s is a protocol-error', async (_, message) => {
    expect(new Conversation(socketIo()).hear(message)).toMatchObject({ reason: 'protocol-error' });
  });

  test.each([
    ['an open packet', open],
    ['CONNECT', hello],
    ['CONNECT of another namespace', '40/x,{"sid":"s2"}'],
    ['a pong', '3'],
    ['an upgrade', '5'],
    ['an unknown packet', '9'],
    ['an empty message', ''],
    ['bytes that belong to no packet', new Uint8Array(3)],
    ['an event without a name', '42[]'],
    ['an event that is an object', '42{}'],
    ['an event that nests 20,000 lists', `42["a",${deep}]`],
    ['an acknowledgement without an id', '43[]'],
    ['an acknowledgement of a number beyond all', `43${'9'.repeat(400)}[]`],
    ['an event with an id beyond all', `42${'9'.repeat(400)}["a"]`],
    ['an event with an id over 2^53', '429007199254740993["a"]'],
    ['attachments of a negative number', '45-1-["a"]'],
    ['attachments of 2^31', '452147483648-["a"]'],
    ['a placeholder of an attachment that does not exist', '451-["a",{"_placeholder":true,"num":9}]'],
  ])('socket.io: %s after the handshake is a protocol-error', async (_, message) => {
    const conversation = await connected();
    conversation.frames.length = 0;
    const first = conversation.hear(message as string);
    expect(first ?? conversation.hear(new Uint8Array(1) as never)).toMatchObject({
      reason: 'protocol-error',
    });
    expect(conversation.messages).toEqual([]);
  });

  test('socket.io: an offset over 64 KiB is not kept for the next incarnation', async () => {
    const conversation = new Conversation(socketIo());
    const greeting = conversation.greet('40{"sid":"s1","pid":"p1"}');
    conversation.hear(open);
    const { resume } = await greeting;
    conversation.hear(`42["a","${'x'.repeat(100_000)}"]`);
    expect(JSON.stringify(resume).length).toBeLessThan(1000);
  });
});

describe('socket.io: messages of wrong shape', () => {
  const cyclic: unknown[] = [];
  cyclic.push(cyclic);
  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['a number', 1],
    ['a list', ['a']],
    ['an event that is a number', { event: 5 }],
    ['an event of Socket.IO itself', { event: 'disconnect' }],
    ['an event with an answer', { event: 'a', answer: 1 }],
    ['an answer without an id', { answer: undefined }],
    ['an answer that is NaN', { answer: Number.NaN }],
    ['an answer below 0', { answer: -1 }],
    ['an answer that asks for an acknowledgement', { answer: 1, ack: 'k' }],
    ['args that are an object', { event: 'a', args: {} }],
    ['args that hold themselves', { event: 'a', args: cyclic }],
    ['a bigint', { event: 'a', args: [1n] }],
    ['an ack that is an object', { event: 'a', ack: {} }],
  ])('socket.io: %s is a bad message', async (_, message) => {
    const protocol = socketIo();
    expectBadMessage({ encode: (sent: never) => protocol.measure?.(sent) }, message);
    expectBadMessage((await connected()).dialogue, message);
  });

  test('socket.io: an event whose answer is undefined leaves as an event', async () => {
    const { dialogue } = await connected();
    expect(dialogue.encode({ event: 'a', answer: undefined } as never)).toBe('42["a"]');
  });

  test.each<[unknown]>([[['/a']], [5], [null], ['a'], ['/a,b'], ['/a?b'], ['/a\nb'], ['/a\0']])(
    'socket.io: the namespace %j is refused by name',
    (namespace) => {
      expect(() => socketIo({ namespace: namespace as string })).toThrow(/socket\.io\.namespace/);
    },
  );

  test('socket.io: an object in credentials.handshake over the limit is bad-config', async () => {
    const credentials = { handshake: { token: 'x'.repeat(2000) } };
    const conversation = new Conversation(socketIo({ maxMessageBytes: 1000 }), { credentials });
    const greeting = conversation.greet();
    conversation.hear(open);
    const failure = await greeting;
    expect(failure).toMatchObject({ reason: 'bad-config' });
    expect(JSON.stringify(failure)).not.toContain('xxx');
  });
});
