import { Encoder, type Packet, PacketType } from 'socket.io-parser';
import { describe, expect, test } from 'vitest';
import { ControlFrame } from '../../../src/ports/websocket-chunk.ts';
import { type SocketIoOptions, socketIo, socketIoUrl } from '../../../src/protocols/socket-io/socket-io.ts';
import { Conversation } from '../conversation.ts';
import { bytes, deep, expectBadMessage, expectRefused } from '../decoding.ts';

const open = '0{"sid":"e1","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}';
const connected = '40{"sid":"s1"}';

/** The messages of a packet of the server. */
function packet(fields: Partial<Packet>) {
  const [text, ...attachments] = new Encoder().encode({ type: PacketType.EVENT, nsp: '/', ...fields });
  return [`4${text}`, ...attachments] as [string, ...Uint8Array[]];
}

async function connection(options: SocketIoOptions = {}, hello = connected) {
  const conversation = new Conversation(socketIo(options));
  const greeting = conversation.greet();
  conversation.hear(open);
  await Promise.resolve();
  conversation.hear(hello);
  await greeting;
  conversation.written.length = 0;
  return conversation;
}

describe('socket.io: the handshake', () => {
  test('the open packet is answered with CONNECT and the object in credentials.handshake', async () => {
    const conversation = new Conversation(socketIo(), { credentials: { handshake: { token: 's3cret' } } });
    const greeting = conversation.greet();
    expect(conversation.written).toEqual([]);
    conversation.hear(open, connected);
    expect(await greeting).toEqual({
      hear: 45_000,
      info: { sid: 's1', recovered: false, pingInterval: 25_000, pingTimeout: 20_000, maxPayload: 1_000_000 },
    });
    expect(conversation.written).toEqual(['40{"token":"s3cret"}']);
  });

  test('a namespace is connected by name', async () => {
    const conversation = new Conversation(socketIo({ namespace: '/admin' }));
    const greeting = conversation.greet();
    conversation.hear(open, '40/admin,{"sid":"s1"}');
    expect(await greeting).toMatchObject({ info: { sid: 's1' } });
    expect(conversation.written).toEqual(['40/admin,{}']);
    expect(conversation.dialogue.goodbye?.('closed-by-us')).toBe('41/admin,');
  });

  test.each([
    ['44{"message":"not authorized"}', { reason: 'unauthorized', detail: 'not authorized' }],
    ['44"not authorized"', { reason: 'unauthorized', detail: 'not authorized' }],
    ['44{"message":"Invalid namespace"}', { reason: 'bad-config', detail: 'Invalid namespace' }],
    [
      '44{"message":"busy","data":{"retryAfterMs":1500}}',
      { reason: 'going-away', detail: 'busy', retryAfterMs: 1500 },
    ],
    ['44{"message":"no","data":{"retryAfterMs":-1}}', { reason: 'unauthorized', detail: 'no' }],
  ])('CONNECT_ERROR %s is %o', async (refusal, failure) => {
    const conversation = new Conversation(socketIo());
    const greeting = conversation.greet();
    conversation.hear(open, refusal);
    expect(await greeting).toEqual(failure);
  });

  test('credentials.handshake of a text and the accepting side are refused as bad-config', async () => {
    const text = new Conversation(socketIo(), { credentials: { handshake: 'token' } });
    expect(await text.greet()).toMatchObject({ reason: 'bad-config' });
    const accepting = new Conversation(socketIo(), { side: 'accept' });
    expect(await accepting.greet()).toMatchObject({ reason: 'bad-config' });
  });

  test.each([
    [connected],
    ['2'],
    ['0'],
    ['0{"sid":"e1","pingInterval":25000}'],
    ['0{"sid":"e1","pingInterval":0,"pingTimeout":0}'],
    ['0{"sid":"e1","pingInterval":-1,"pingTimeout":20000}'],
    [bytes('x')],
    [open, open],
    [open, '42["early"]'],
    [open, '40'],
    [open, '40{"sid":1}'],
    [open, '40/other,{"sid":"s1"}'],
  ])('%o in place of the open packet and CONNECT is protocol-error', (...chunks) => {
    const conversation = new Conversation(socketIo());
    expect(conversation.hear(...chunks)).toMatchObject({ reason: 'protocol-error' });
  });
});

describe('socket.io: recovery', () => {
  const withPid = '40{"sid":"s1","pid":"p1"}';

  test('the next incarnation asks for the session with the offset of the last event', async () => {
    const first = new Conversation(socketIo());
    const greeting = first.greet();
    first.hear(open, withPid);
    const agreement = await greeting;
    first.hear('42["news",1,"offset-7"]', '421["asks","no offset"]');
    const second = new Conversation(socketIo(), {
      previous: agreement?.resume,
      credentials: { handshake: { token: 'x' } },
    });
    const again = second.greet();
    second.hear(open, withPid);
    expect(await again).toMatchObject({ info: { recovered: true }, resume: { pid: 'p1' } });
    expect(second.written).toEqual(['40{"pid":"p1","offset":"offset-7","token":"x"}']);
  });

  test('events that were missed come ahead of CONNECT, and are delivered after the handshake with their offsets', async () => {
    const conversation = new Conversation(socketIo(), { previous: { pid: 'p1', offset: 'o1' } });
    const greeting = conversation.greet();
    conversation.hear(open, '42["a","o2"]', '42["b","o3"]', withPid, '42["c",1]');
    expect(await greeting).toMatchObject({ resume: { pid: 'p1', offset: 'o3' } });
    expect(conversation.messages).toMatchObject([{ event: 'a' }, { event: 'b' }, { event: 'c' }]);
  });

  test('an incarnation without an event hands the offset on', async () => {
    const conversation = new Conversation(socketIo(), { previous: { pid: 'p1', offset: 'o1' } });
    const greeting = conversation.greet();
    conversation.hear(open, withPid);
    expect(await greeting).toMatchObject({ resume: { pid: 'p1', offset: 'o1' } });
  });

  test('events ahead of CONNECT are message-too-big beyond the limit, and protocol-error when they are none', () => {
    const previous = { pid: 'p1', offset: 'o1' };
    const flooded = new Conversation(socketIo({ maxMessageBytes: 100 }), { previous });
    const event = `42["a","${'x'.repeat(45)}"]`;
    expect(
      flooded.hear(open.replace('"upgrades":[],', '').replace(',"maxPayload":1000000', ''), event),
    ).toBeUndefined();
    expect(flooded.hear(event)).toMatchObject({ reason: 'message-too-big' });
    const mistaken = new Conversation(socketIo(), { previous });
    expect(mistaken.hear(open, '42', withPid)).toMatchObject({ reason: 'protocol-error' });
  });

  test('another session in the answer is not recovered', async () => {
    const conversation = new Conversation(socketIo(), { previous: { pid: 'p0', offset: 'o' } });
    const greeting = conversation.greet();
    conversation.hear(open, withPid);
    expect(await greeting).toMatchObject({ info: { recovered: false }, resume: { pid: 'p1' } });
  });
});

describe('socket.io: heartbeats', () => {
  test('a ping of the server is answered, and this side sends none', async () => {
    const conversation = await connection();
    conversation.hear('2');
    expect(conversation.heartbeats).toEqual([{ kind: 'ping' }]);
    expect(conversation.dialogue.pong?.(conversation.heartbeats[0] as never)).toBe('3');
    expect(conversation.dialogue.ping).toBeUndefined();
  });

  test('a ping frame of WebSocket is answered with a pong frame', async () => {
    const conversation = await connection();
    conversation.hear(new ControlFrame('ping', bytes('1234')));
    const [ping] = conversation.heartbeats;
    expect(conversation.dialogue.pong?.(ping as never)).toEqual(new ControlFrame('pong', bytes('1234')));
  });

  test('a ping between the attachments of a packet is answered', async () => {
    const conversation = await connection();
    const [text, attachment] = packet({ data: ['file', bytes('abc')] });
    conversation.hear(text, '2', attachment as Uint8Array);
    expect(conversation.heartbeats).toEqual([{ kind: 'ping' }]);
    expect(conversation.messages).toEqual([{ event: 'file', args: [bytes('abc')] }]);
  });
});

describe('socket.io: messages of the server', () => {
  test('events are delivered with their arguments, and with an id when they ask for an answer', async () => {
    const conversation = await connection();
    conversation.hear('42["a"]', '4212["b",1,{"c":[null]}]');
    expect(conversation.messages).toEqual([
      { event: 'a', args: [] },
      { event: 'b', args: [1, { c: [null] }], id: 12 },
    ]);
  });

  test('attachments are joined with their packet, and midFrame is true until the last', async () => {
    const conversation = await connection();
    const [text, first, second] = packet({ data: ['files', { a: bytes('a'), b: [bytes('bc')] }], id: 3 });
    conversation.hear(text, first as Uint8Array);
    expect([conversation.dialogue.decoder.midFrame, conversation.messages]).toEqual([true, []]);
    conversation.hear(second as Uint8Array);
    expect(conversation.dialogue.decoder.midFrame).toBe(false);
    expect(conversation.messages).toEqual([
      { event: 'files', args: [{ a: bytes('a'), b: [bytes('bc')] }], id: 3 },
    ]);
  });

  test.each([
    ['the namespace is left: closed-by-peer', '41', 'closed-by-peer'],
    ['an Engine.IO close packet: going-away', '1', 'going-away'],
  ])('%s', async (_, chunk, reason) => {
    const conversation = await connection();
    expect(conversation.hear(chunk)).toMatchObject({ reason });
  });

  test.each([
    ['9'],
    ['5'],
    [''],
    ['4'],
    ['bAAAA'],
    ['4x'],
    ['42'],
    ['42{"no":"list"}'],
    ['42["connect"]'],
    ['42not json'],
    ['42/other,["a"]'],
    ['43[]'],
    ['45-["a"]'],
    ['45100-["a"]'],
    ['451-["a",{"_placeholder":true,"num":7}]', bytes('x')],
    ['451-["a",{"_placeholder":true,"num":0}]', '42["b"]'],
    [bytes('x')],
    [connected],
    ['44{"message":"late"}'],
    [`42["a",${deep}]`],
  ])('%o is protocol-error', async (...chunks) => {
    const conversation = await connection();
    expect(conversation.hear(...chunks)).toMatchObject({ reason: 'protocol-error' });
    expect(conversation.messages).toEqual([]);
  });

  test('noop packets are ignored', async () => {
    const conversation = await connection();
    expect([conversation.hear('6'), conversation.messages]).toEqual([undefined, []]);
  });

  test('a packet over the limit is message-too-big, attachments included', async () => {
    const conversation = await connection({ maxMessageBytes: 200 });
    expect(conversation.hear('é'.repeat(101))).toMatchObject({ reason: 'message-too-big' });
    const other = await connection({ maxMessageBytes: 200 });
    const [text, ...attachments] = packet({ data: ['files', bytes('x'.repeat(70)), bytes('y'.repeat(90))] });
    expect(other.hear(text, ...attachments)).toMatchObject({ reason: 'message-too-big' });
    const within = await connection({ maxMessageBytes: 200 });
    for (let i = 0; i < 5; i++) within.hear(...packet({ data: ['file', bytes('x'.repeat(100))] }));
    expect(within.messages).toHaveLength(5);
  });

  test('more attachments than maxAttachments are protocol-error', async () => {
    const conversation = await connection({ maxAttachments: 1 });
    const two = packet({ data: ['files', bytes('a'), bytes('b')] });
    expect(conversation.hear(...two)).toMatchObject({ reason: 'protocol-error' });
  });
});

describe('socket.io: messages to the server', () => {
  test('events and answers are encoded for the namespace', async () => {
    const root = await connection();
    expect(root.dialogue.encode({ event: 'a' })).toBe('42["a"]');
    expect(root.dialogue.encode({ event: 'b', args: [1, null] })).toBe('42["b",1,null]');
    expect(root.dialogue.encode({ answer: 12, args: ['ok'] })).toBe('4312["ok"]');
    const admin = await connection({ namespace: '/admin' }, '40/admin,{"sid":"s"}');
    expect(admin.dialogue.encode({ event: 'a' })).toBe('42/admin,["a"]');
  });

  test('an acknowledgement carries the key of its event, and the number of the message', async () => {
    const conversation = await connection();
    const { dialogue } = conversation;
    dialogue.encode({ event: 'a' });
    expect(dialogue.encode({ event: 'b', ack: 'mine' })).toBe('422["b"]');
    expect(() => dialogue.encode({ event: 'connect' })).toThrow();
    expect(dialogue.encode({ event: 'c', ack: 7 })).toBe('423["c"]');
    conversation.hear('433["for c"]', '432[]');
    expect(conversation.messages).toEqual([
      { ack: 7, args: ['for c'] },
      { ack: 'mine', args: [] },
    ]);
    expect(conversation.messages.map((message) => dialogue.acknowledges?.(message))).toEqual([3, 2]);
  });

  test('an acknowledgement that was not asked for, or comes twice, is dropped', async () => {
    const conversation = await connection();
    conversation.dialogue.encode({ event: 'a', ack: 'once' });
    conversation.hear('439[]', '431[]', '431[]');
    expect(conversation.messages).toEqual([{ ack: 'once', args: [] }]);
  });

  test('events and heartbeats acknowledge nothing', async () => {
    const conversation = await connection();
    conversation.hear('42["a"]', '2');
    const frames = [...conversation.messages, ...conversation.heartbeats];
    expect(frames.map((frame) => conversation.dialogue.acknowledges?.(frame))).toEqual([
      undefined,
      undefined,
    ]);
  });

  test('bytes leave as attachments behind the text', async () => {
    const { dialogue, written } = await connection();
    const text = dialogue.encode({ event: 'files', args: [bytes('a'), { b: bytes('bc').buffer }] });
    expect(text).toBe('452-["files",{"_placeholder":true,"num":0},{"b":{"_placeholder":true,"num":1}}]');
    expect(written).toEqual([bytes('a'), bytes('bc')]);
  });

  test('a message counts in bytes with its attachments', () => {
    const { measure } = socketIo();
    expect(measure?.({ event: 'é' })).toBe(8);
    expect(measure?.({ event: 'a', args: [bytes('x'.repeat(100))] })).toBe(
      100 + '451-["a",{"_placeholder":true,"num":0}]'.length,
    );
  });

  test('a message over maxPayload of the open packet is bad-message: the server would close', async () => {
    const conversation = new Conversation(socketIo());
    const greeting = conversation.greet();
    conversation.hear(open.replace('1000000', '50'), connected);
    await greeting;
    expectBadMessage(conversation.dialogue, { event: 'x'.repeat(50) });
    expect(conversation.dialogue.encode({ event: 'x'.repeat(44) })).toHaveLength(50);
  });

  test.each([
    null,
    'text',
    {},
    { event: 1 },
    { event: 'disconnect' },
    { event: 'a', args: 'text' },
    { event: 'a', ack: {} },
    { answer: -1 },
    { answer: '1' },
    { event: 'a', args: [1n] },
    { event: 'a', args: [new Blob(['x'])] },
    { event: 'a', args: ['x'.repeat(300)] },
    { event: 'a', args: [bytes('x'.repeat(300))] },
  ])('%o is bad-message, when it is sent and when it leaves', async (message) => {
    const protocol = socketIo({ maxMessageBytes: 300 });
    expectBadMessage({ encode: (each) => protocol.measure?.(each) }, message);
    expectBadMessage((await connection({ maxMessageBytes: 300 })).dialogue, message);
  });
});

test('socket.io: a message of 20,000 nested lists, or of one that holds itself, is bad-message', async () => {
  const looped: unknown[] = [];
  looped.push(looped);
  const { dialogue } = await connection();
  for (const args of [JSON.parse(deep), looped]) expectBadMessage(dialogue, { event: 'a', args });
});

test('socket.io: all bad options are named in one error', () => {
  expectRefused(
    () => socketIo({ namespace: 'admin', maxMessageBytes: 0, maxAttachments: -1 }),
    'socket.io.maxMessageBytes',
    'socket.io.namespace',
    'socket.io.maxAttachments',
  );
});

test.each([
  ['wss+socketio://api.example', 'wss+socketio://api.example/socket.io/?EIO=4&transport=websocket'],
  ['ws://api.example:3000/', 'ws://api.example:3000/socket.io/?EIO=4&transport=websocket'],
  ['ws://api.example/own/path/?room=7', 'ws://api.example/own/path/?room=7&EIO=4&transport=websocket'],
])('socketIoUrl(%s) is %s', (base, url) => {
  expect(socketIoUrl(base)).toBe(url);
  expect(socketIoUrl(new URL(base))).toBe(url);
});
