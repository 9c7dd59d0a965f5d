/** AMQP against evil brokers, and against texts that its fields cannot carry. */
import { describe, expect, test } from 'vitest';
import { type AmqpOptions, type AmqpOut, amqp } from '../../../src/amqp.ts';
import { type Circumstances, speak } from '../conversation.ts';
import { expectBadMessage } from '../decoding.ts';
import { channelOpen, close, control, openOk, sent, shortText, start, table, tune, u16 } from './peer.ts';

const none = Buffer.alloc(0);

async function greeted(options: AmqpOptions = {}, conditions: Circumstances = {}) {
  const spoken = speak(amqp(options), conditions);
  await spoken.greet(start(), tune(), none, openOk);
  return spoken;
}

describe('amqp: texts of the handshake', () => {
  test('amqp: a virtual host over 255 bytes is bad-config, and no Open is sent', async () => {
    const spoken = speak(amqp(), { url: `amqp://a/${'v'.repeat(256)}` });
    expect(await spoken.greet(start(), tune(), none, openOk)).toMatchObject({
      reason: 'bad-config',
      detail: expect.stringContaining('url'),
    });
    expect(spoken.written.some((text) => text.includes('vvv'))).toBe(false);
  });

  test('amqp: a virtual host of 255 bytes is sent whole', async () => {
    const { written } = await greeted({}, { url: `amqp://a/${'v'.repeat(255)}` });
    expect(written[3]).toContain(`\xff${'v'.repeat(255)}`);
  });

  test.each([
    ['a user name with NUL', { username: 'a\0b', password: 'secret' }],
    ['a password with NUL', { username: 'a', password: 'secret\0' }],
  ])('amqp: %s, which PLAIN would take for another field, is bad-config', async (_, handshake) => {
    const spoken = speak(amqp(), { credentials: { handshake } });
    const failure = await spoken.greet(start(), tune());
    expect(failure).toMatchObject({ reason: 'bad-config', detail: expect.stringContaining('credentials') });
    expect(JSON.stringify([failure, spoken.written])).not.toContain('secret');
  });

  test('amqp: credentials over maxFrameBytes are bad-config, and are not sent', async () => {
    const credentials = { handshake: { username: 'u', password: 's'.repeat(4096) } };
    const spoken = speak(amqp({ maxFrameBytes: 4096 }), { credentials });
    expect(await spoken.greet(start(), tune())).toMatchObject({ reason: 'bad-config' });
    expect(spoken.written).toHaveLength(1);
  });

  test('amqp: a name that its frame cannot carry is refused by name', () => {
    expect(() => amqp({ name: 'n'.repeat(5000) })).toThrow(/amqp\.name/);
  });
});

describe('amqp: evil brokers', () => {
  test('amqp: Blocked in one piece with OpenOk is a message', async () => {
    const spoken = speak(amqp());
    await spoken.greet(start(), tune(), none, Buffer.concat([openOk, control(10, 60, shortText('memory'))]));
    expect(spoken.frames).toEqual([{ type: 'blocked', reason: 'memory' }]);
  });

  test('amqp: a second OpenOk, in one piece with the first or after it, is a protocol-error', async () => {
    const spoken = speak(amqp());
    expect(await spoken.greet(start(), tune(), none, Buffer.concat([openOk, openOk]))).toMatchObject({
      reason: 'protocol-error',
    });
    expect((await greeted()).hear(openOk)).toMatchObject({ reason: 'protocol-error' });
  });

  test.each([1, 8, 4095])(
    'amqp: Tune with frame-max %d, less than any peer must take, is a protocol-error',
    async (frameMax) => {
      expect(await speak(amqp()).greet(start(), tune(0, frameMax))).toMatchObject({
        reason: 'protocol-error',
      });
    },
  );

  test('amqp: Tune with the largest of all numbers keeps to the limits of this side', async () => {
    const spoken = speak(amqp(), { interval: null });
    expect(await spoken.greet(start(), tune(65_535, 0xffff_ffff, 65_535), none, openOk)).toMatchObject({
      info: { channelMax: 65_535, frameMax: 131_072, heartbeat: 0 },
      speak: null,
      hear: null,
    });
  });

  test.each([
    ['a table that is longer than its frame', control(10, 10, [0, 9], [0xff, 0xff, 0xff, 0xff])],
    [
      'a field that ends behind its table',
      control(10, 10, [0, 9], table([[...shortText('a'), 0x53, ...u16(0), 0, 90]])),
    ],
    ['a list of 2^31 entries', control(10, 10, [0, 9], table([[...shortText('a'), 0x41, 0x80, 0, 0, 0]]))],
  ])('amqp: Start with %s is a protocol-error', async (_, answer) => {
    expect(await speak(amqp()).greet(answer)).toMatchObject({ reason: 'protocol-error' });
  });

  test.each([
    ['at Start', [close(320, 'no')]],
    ['at Tune', [start(), close(403, 'no')]],
    ['at Open', [start(), tune(), none, close(530, 'vhost not found')]],
  ])('amqp: a Close %s is answered, and is no crash', async (_, answers) => {
    const spoken = speak(amqp());
    expect(await spoken.greet(...answers)).toMatchObject({ code: expect.any(Number) });
    expect(spoken.written.at(-1)).toBe(control(10, 51).toString('latin1'));
  });
});

describe('amqp: messages of wrong shape', () => {
  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a number', 1],
    ['a text', 'x'],
    ['an empty list', []],
    ['a list of null', [null]],
    ['a list with a hole', [channelOpen(1), undefined]],
    ['channel 0', { ...channelOpen(1), channel: 0 }],
    ['a channel that is NaN', { ...channelOpen(1), channel: Number.NaN }],
    ['channel 2^31', { ...channelOpen(1), channel: 2 ** 31 }],
    ['a payload that is a list', { type: 'method', channel: 1, payload: [0, 20, 0, 10, 0] }],
    ['the type of heartbeats', { type: 8, channel: 1, payload: new Uint8Array(0) }],
    ['a type of Object', { type: 'constructor', channel: 1, payload: new Uint8Array(0) }],
    ['a method of the class Connection', sent(1, 10, 50, u16(200), shortText('x'), u16(0), u16(0))],
    ['a method without an id', { type: 'method', channel: 1, payload: new Uint8Array(2) }],
  ])('amqp: %s is a bad message', async (_, message) => {
    const { dialogue } = await greeted({ setup: [channelOpen(1)] });
    expectBadMessage(dialogue, message as AmqpOut);
    expectBadMessage({ encode: (sent: never) => amqp().measure?.(sent) }, message as AmqpOut);
  });
});
