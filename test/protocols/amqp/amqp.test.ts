import { describe, expect, test } from 'vitest';
import { type AmqpOptions, amqp } from '../../../src/amqp.ts';
import { type Circumstances, speak } from '../conversation.ts';
import { expectBadMessage, expectRefused } from '../decoding.ts';
import {
  channelOpen,
  close,
  closeOk,
  control,
  frame,
  longText,
  method,
  openOk,
  sent,
  shortText,
  start,
  table,
  tune,
  u16,
  u32,
} from './peer.ts';

const latin1 = (bytes: ArrayLike<number> | undefined) => Buffer.from(bytes ?? []).toString('latin1');
const none = Buffer.alloc(0);

async function greeted(options: AmqpOptions = {}, conditions: Circumstances = {}, tuned = tune()) {
  const spoken = speak(amqp(options), conditions);
  return { ...spoken, agreement: await spoken.greet(start(), tuned, none, openOk) };
}

/** TuneOk and Open leave in one turn each, so that the answers to both follow the second. */
async function outcome(options: AmqpOptions, conditions: Circumstances, ...answers: readonly Uint8Array[]) {
  return speak(amqp(options), conditions).greet(...answers);
}

describe('amqp: the handshake', () => {
  test('amqp: protocol header, StartOk with PLAIN, TuneOk and Open with the virtual host of the URL go out', async () => {
    const credentials = { handshake: { username: 'u', password: 'p' } };
    const { written } = await greeted(
      { name: 'feed' },
      { url: 'amqp://a/b%2Fc', credentials, interval: 5000 },
    );
    expect(written[0]).toBe('AMQP\0\0\x09\x01');
    expect(written[1]).toContain(
      latin1([...shortText('PLAIN'), ...longText('\0u\0p'), ...shortText('en_US')]),
    );
    expect(written[1]).toContain(latin1([...shortText('connection_name'), 0x53, ...longText('feed')]));
    expect(written[1]).toContain(latin1([...shortText('authentication_failure_close'), 0x74, 1]));
    expect(written[2]).toBe(latin1(control(10, 31, u16(2047), u32(131_072), u16(5))));
    expect(written[3]).toBe(latin1(control(10, 40, shortText('b/c'), [0], [0])));
    expect(written).toHaveLength(4);
  });

  test('amqp: without credentials and path it is guest at the virtual host /', async () => {
    const { written } = await greeted({}, { url: 'amqp://a' });
    expect(written[1]).toContain('\0guest\0guest');
    expect(written[3]).toContain(latin1(shortText('/')));
  });

  test('amqp: agreed has the properties of the server, of each type, and what both sides tuned', async () => {
    const { agreement } = await greeted({ maxFrameBytes: 8192 }, {}, tune(0, 0, 0));
    expect(agreement).toMatchObject({
      info: {
        server: {
          ...{
            product: 'Broker',
            capabilities: { 'basic.nack': true },
            list: [-1, null],
            octet: 255,
            short: -2,
          },
          ...{
            ushort: 65_534,
            long: -3,
            ulong: 3,
            longlong: 7n,
            time: 8n,
            float: 1,
            double: 1,
            decimal: 3.14,
          },
          bytes: Uint8Array.of(9),
        },
        ...{ channelMax: 65_535, frameMax: 8192, heartbeat: 10 },
      },
    });
  });

  test.each<[string, AmqpOptions, Circumstances, number, number, object]>([
    ['the policy', {}, { interval: 10_000 }, 60, 10, { speak: 5000, hear: 15_000 }],
    ['the server, when it asks for less', {}, { interval: 90_000 }, 60, 60, { speak: 30_000, hear: 110_000 }],
    [
      'a policy below one second',
      {},
      { interval: 500, condemnAfter: 1000 },
      60,
      1,
      { speak: 500, hear: 1500 },
    ],
    [
      'the option',
      { heartbeat: 60 },
      { interval: 500, condemnAfter: 1000 },
      60,
      60,
      { speak: 30_000, hear: 119_000 },
    ],
    ['this side, when the server proposes 0', {}, { interval: 2000 }, 0, 2, { speak: 1000, hear: 3000 }],
    ['an option of 0', { heartbeat: 0 }, {}, 60, 0, { speak: null, hear: null }],
    ['a policy without heartbeats', {}, { interval: null }, 60, 0, { speak: null, hear: null }],
  ])('amqp: heartbeats follow %s', async (_, options, conditions, proposed, agreed, times) => {
    const { agreement, written } = await greeted(options, conditions, tune(2047, 131_072, proposed));
    expect(agreement).toMatchObject({ ...times, info: { heartbeat: agreed } });
    expect(written[2]).toBe(latin1(control(10, 31, u16(2047), u32(131_072), u16(agreed))));
  });

  test.each([
    [403, 'ACCESS_REFUSED - Login was refused', 'unauthorized'],
    [530, 'NOT_ALLOWED - vhost a not found', 'bad-config'],
    [530, "NOT_ALLOWED - access to vhost 'a' refused for user 'b'", 'unauthorized'],
    [530, "NOT_ALLOWED - access to vhost '/' refused: connection limit (1) is reached", 'going-away'],
    [320, 'CONNECTION_FORCED - broker forced connection closure', 'going-away'],
    [541, 'INTERNAL_ERROR', 'going-away'],
    [504, 'CHANNEL_ERROR - expected channel.open', 'going-away'],
    [501, 'FRAME_ERROR', 'protocol-error'],
    [200, 'Goodbye', 'closed-by-peer'],
  ])(
    'amqp: Close %i %j is %s, in the handshake and after it, and is answered',
    async (code, text, reason) => {
      const failure = { reason, code, detail: text };
      expect(await outcome({}, {}, start(), close(code, text))).toEqual(failure);
      const { hear, written } = await greeted();
      expect(hear(close(code, text))).toEqual(failure);
      expect(written.at(-1)).toBe(latin1(closeOk));
    },
  );

  test.each([
    ['a server without PLAIN', start(undefined, 'EXTERNAL'), 'bad-config'],
    ['a server of another version', start(undefined, undefined, [1, 0]), 'protocol-error'],
    ['a server that answers with a protocol header', Buffer.from('AMQP\x03\x01\0\0'), 'protocol-error'],
    ['a Tune before Start', tune(), 'protocol-error'],
    ['an empty method', frame(1, 0, []), 'protocol-error'],
    ['a Start that is cut off', control(10, 10, [0, 9], u32(40)), 'protocol-error'],
    ['content on channel 0', frame(3, 0, [1]), 'protocol-error'],
    ['a channel before Open', frame(1, 1, method(20, 11)), 'protocol-error'],
    ['a field of an unknown type', start(table([[...shortText('a'), 0x7a]])), 'protocol-error'],
    ['a field of a type of Object', start(table([[...shortText('a'), 0x5f]])), 'protocol-error'],
  ])('amqp: %s ends the handshake', async (_, answer, reason) => {
    expect(await outcome({}, {}, answer)).toMatchObject({ reason });
  });

  test('amqp: 20,000 tables in each other are a protocol-error', async () => {
    const levels = 20_000;
    const bytes = Buffer.alloc(levels * 6);
    for (let level = 0; level < levels; level++)
      bytes.set([0, 0x46, ...u32((levels - level - 1) * 6)], level * 6);
    const nested = [...u32(bytes.length), ...bytes];
    expect(await outcome({}, {}, start(nested))).toMatchObject({ reason: 'protocol-error' });
  });

  test('amqp: credentials of another shape are bad-config', async () => {
    expect(await outcome({}, { credentials: { handshake: 7 } }, start())).toMatchObject({
      reason: 'bad-config',
    });
  });
});

describe('amqp: after the handshake', () => {
  test('amqp: blocked and unblocked are messages', async () => {
    const { hear, frames } = await greeted();
    hear(control(10, 60, shortText('low on memory')), control(10, 61));
    expect(frames).toEqual([{ type: 'blocked', reason: 'low on memory' }, { type: 'unblocked' }]);
  });

  test('amqp: a method of channel 0 that nothing asked for is a protocol-error', async () => {
    for (const method of [closeOk, tune()])
      expect((await greeted()).hear(method)).toMatchObject({ reason: 'protocol-error' });
  });

  test('amqp: the last words are Close 200', async () => {
    const { dialogue } = await greeted();
    expect(latin1(dialogue.goodbye?.('closed-by-us'))).toBe(latin1(close(200, 'goodbye')));
  });

  test('amqp: after the last words the CloseOk of the server is awaited, and ends the incarnation', async () => {
    const { dialogue, hear } = await greeted();
    expect(dialogue.awaitsAnswer).toBe(false);
    dialogue.goodbye?.('closed-by-us');
    expect(dialogue.awaitsAnswer).toBe(true);
    expect(hear(closeOk)).toMatchObject({ reason: 'closed-by-peer' });
  });

  test('amqp: an end of stream without Close is cut-off', async () => {
    expect((await greeted()).dialogue.ended?.(undefined)).toMatchObject({ reason: 'cut-off' });
  });
});

describe('amqp: setup', () => {
  test('amqp: frames of setup go out in each handshake, after OpenOk, and open their channels', async () => {
    const { written, dialogue } = await greeted({ setup: [channelOpen(1)] });
    expect(written.slice(4)).toEqual([latin1(frame(1, 1, method(20, 10, [0])))]);
    dialogue.encode({ type: 'body', channel: 1, payload: new Uint8Array(1) });
  });

  test('amqp: a setup for a channel that it does not open is bad-config', async () => {
    const { agreement } = await greeted({ setup: [sent(1, 60, 10)] });
    expect(agreement).toMatchObject({ reason: 'bad-config', detail: expect.stringMatching(/^setup: /) });
  });
});

describe('amqp: frames of this side', () => {
  const body = (length: number) => ({ type: 'body' as const, channel: 1, payload: new Uint8Array(length) });

  test('amqp: a list leaves as one message, and measure counts its bytes', async () => {
    const { dialogue } = await greeted();
    const list = [channelOpen(1), body(3)];
    const wire = Buffer.concat([frame(1, 1, method(20, 10, [0])), frame(3, 1, [0, 0, 0])]);
    expect(Buffer.from(dialogue.encode(list))).toEqual(wire);
    expect(amqp().measure?.(list)).toBe(wire.length);
  });

  test('amqp: a frame of a channel that this incarnation did not open is a bad message', async () => {
    const { dialogue, hear } = await greeted();
    expectBadMessage(dialogue, body(1));
    dialogue.encode(channelOpen(1));
    dialogue.encode(body(1));
    expectBadMessage(dialogue, { ...body(1), channel: 2 });
    hear(frame(1, 1, method(20, 41)));
    expectBadMessage(dialogue, body(1));
  });

  test('amqp: after the answer to a close of the server the channel is closed', async () => {
    const { dialogue, hear, frames } = await greeted();
    dialogue.encode(channelOpen(1));
    hear(frame(1, 1, method(20, 40, u16(404), shortText('NOT_FOUND'), u16(0), u16(0))));
    expect(frames).toMatchObject([{ type: 'method', channel: 1 }]);
    dialogue.encode(sent(1, 20, 41));
    expectBadMessage(dialogue, body(1));
  });

  test('amqp: a list that cannot be carried opens no channel', async () => {
    const { dialogue } = await greeted();
    expectBadMessage(dialogue, [channelOpen(1), { ...body(1), channel: 2 }]);
    expectBadMessage(dialogue, body(1));
  });

  test('amqp: frame-max and channel-max of the server are kept', async () => {
    const { dialogue } = await greeted({}, {}, tune(1, 4096));
    dialogue.encode([channelOpen(1), body(4088)]);
    expectBadMessage(dialogue, body(4089));
    expectBadMessage(dialogue, channelOpen(2));
  });

  test.each([
    ['no object', undefined],
    ['an empty list', []],
    ['another type', { ...body(1), type: 'heartbeat' }],
    ['a type of Object', { ...body(1), type: 'toString' }],
    ['channel 0', { ...body(1), channel: 0 }],
    ['channel 65536', { ...body(1), channel: 65_536 }],
    ['a payload of text', { ...body(1), payload: 'a' }],
    ['a payload over maxFrameBytes', body(131_065)],
  ])('amqp: %s is a bad message, when it is sent and when it leaves', async (_, message) => {
    const { dialogue } = await greeted();
    dialogue.encode(channelOpen(1));
    expectBadMessage(dialogue, message);
    expectBadMessage({ encode: (each: never) => amqp().measure?.(each) }, message);
  });

  test('amqp: options of another kind are refused by name', () => {
    const options = { name: 1, heartbeat: 0.5, setup: [{}], maxFrameBytes: 4095 } as never;
    expectRefused(() => amqp(options), 'amqp.name', 'amqp.heartbeat', 'amqp.setup', 'amqp.maxFrameBytes');
  });
});
