/** MQTT against evil servers and users. */
import { describe, expect, test } from 'vitest';
import { mqtt } from '../../../src/protocols/mqtt/mqtt.ts';
import { expectBadMessage } from '../decoding.ts';
import { connack, Exchange, packet } from './peer.ts';

const publish = { cmd: 'publish', topic: 'a', payload: 'x' } as const;
const subscribe = { cmd: 'subscribe', subscriptions: [{ topic: 'a', qos: 0 }] } as const;

async function connected(version: 4 | 5, fields: object = {}) {
  const exchange = new Exchange({ version });
  await exchange.connect(connack(fields, version));
  return exchange;
}

describe('mqtt: credentials', () => {
  test.each<[string, unknown]>([
    ['a password that is a number', { username: 'u', password: 5 }],
    ['a password that is null', { username: 'u', password: null }],
    ['a password that is an object', { username: 'u', password: { secret: 'Tr0ub4dor' } }],
    ['a user name that is a number', { username: 5, password: 'Tr0ub4dor' }],
    ['a user name with NUL', { username: 'a\0b', password: 'Tr0ub4dor' }],
    ['half a surrogate pair as user name', { username: '\ud800', password: 'Tr0ub4dor' }],
    ['a number', 5],
    ['a list', ['u', 'Tr0ub4dor']],
    ['a user name over 65,535 bytes', { username: 'u'.repeat(65_536), password: 'Tr0ub4dor' }],
    ['a password over 65,535 bytes', { username: 'u', password: 'Tr0ub4dor'.repeat(8000) }],
  ])('mqtt: %s is bad-config, is not sent, and shows no password', async (_, handshake) => {
    for (const version of [4, 5] as const) {
      const exchange = new Exchange({ version, credentials: { handshake } });
      const failure = await exchange.greet();
      expect(failure).toMatchObject({ reason: 'bad-config', detail: expect.stringContaining('credentials') });
      expect(exchange.sent).toEqual([]);
      expect(JSON.stringify(failure)).not.toContain('Tr0ub4dor');
    }
  });

  test('mqtt: a password of bytes, NUL included, is sent as it is', async () => {
    const exchange = new Exchange({
      credentials: { handshake: { username: 'u', password: Uint8Array.of(0, 255) } },
    });
    await exchange.connect();
    expect(exchange.sent[0]).toMatchObject({ username: 'u', password: Buffer.of(0, 255) });
  });
});

describe('mqtt: evil servers', () => {
  test.each<[string, object]>([
    ['a receive maximum of 0', { receiveMaximum: 0 }],
    ['a maximum packet size of 0', { maximumPacketSize: 0 }],
  ])('mqtt: CONNACK with %s is a protocol-error', async (_, properties) => {
    const exchange = new Exchange({ version: 5 });
    void exchange.greet().catch(() => {});
    expect(exchange.hear(connack({ properties }, 5))).toMatchObject({ reason: 'protocol-error' });
  });

  test.each([
    [0, 10_000, { keepalive: 0 }],
    [1, 10_000, { speak: 1000 / 1.5, keepalive: 1 }],
    [65_535, 10_000, { speak: 65_535_000 / 1.5, keepalive: 65_535 }],
    [60, null, { speak: 40_000, keepalive: 60 }],
  ])(
    'mqtt: a server keepalive of %d s with an interval of %s is agreed to',
    async (serverKeepAlive, interval, expected) => {
      const exchange = new Exchange({ version: 5, interval });
      const { info, speak } = await exchange.connect(connack({ properties: { serverKeepAlive } }, 5));
      expect({
        ...(speak !== undefined && { speak }),
        keepalive: (info as { keepalive: number }).keepalive,
      }).toEqual(expected);
    },
  );

  test.each<[string, Uint8Array]>([
    ['a second CONNACK', connack()],
    ['CONNECT', packet({ cmd: 'connect', clientId: 'x' })],
    ['PINGREQ', Uint8Array.of(0xc0, 0)],
    ['SUBSCRIBE', packet({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'a', qos: 0 }] })],
    ['PUBLISH of QoS 3', Uint8Array.of(0x36, 6, 0, 1, 97, 0, 1, 120)],
    ['PUBLISH of QoS 1 with the id 0', Uint8Array.of(0x32, 6, 0, 1, 97, 0, 0, 120)],
    ['PUBLISH without a topic', Uint8Array.of(0x30, 3, 0, 0, 120)],
    ['PUBLISH with a topic that is longer than the packet', Uint8Array.of(0x30, 3, 255, 255, 120)],
    ['PUBACK with the id 0', Uint8Array.of(0x40, 2, 0, 0)],
    ['PUBACK without an id', Uint8Array.of(0x40, 0)],
    ['a packet of the type 0', Uint8Array.of(0, 0)],
    ['a length of 5 bytes', Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0xff, 0xff)],
    ['PUBREL without its flags', Uint8Array.of(0x60, 2, 0, 1)],
  ])('mqtt: %s is a protocol-error', async (_, bytes) => {
    const exchange = await connected(4);
    expect(exchange.hear(bytes)).toMatchObject({ reason: 'protocol-error' });
  });

  test('mqtt: acknowledgements that come twice, out of order, or for nothing confirm once and end nothing', async () => {
    const exchange = await connected(4);
    exchange.send({ ...publish, qos: 1 });
    exchange.send({ ...publish, qos: 2 });
    for (const cmd of ['puback', 'puback', 'pubcomp', 'pubrec', 'pubrec', 'pubrel'])
      for (const messageId of [1, 7, 65_535]) expect(exchange.says({ cmd, messageId })).toBeUndefined();
    expect(exchange.confirmed).toEqual([1]);
    exchange.says({ cmd: 'pubrec', messageId: 2 });
    for (const messageId of [2, 2]) exchange.says({ cmd: 'pubcomp', messageId });
    expect(exchange.confirmed).toEqual([1, 2]);
  });

  test('mqtt: a PUBACK for a message of QoS 2, and a PUBREC for one of QoS 1, confirm nothing', async () => {
    const exchange = await connected(4);
    exchange.send({ ...publish, qos: 1 });
    exchange.send({ ...publish, qos: 2 });
    exchange.says({ cmd: 'puback', messageId: 2 });
    exchange.says({ cmd: 'pubcomp', messageId: 1 });
    expect(exchange.confirmed).toEqual([]);
  });

  test('mqtt: PINGRESPs that answer nothing confirm nothing', async () => {
    const exchange = await connected(4);
    exchange.send(publish);
    for (let times = 0; times < 3; times++) exchange.hear(Uint8Array.of(0xd0, 0));
    expect(exchange.confirmed).toEqual([]);
  });
});

describe('mqtt: messages of wrong shape', () => {
  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;
  const five = (properties: unknown) => ({ ...publish, properties });
  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['a number', 1],
    ['a list', []],
    ['an unknown cmd', { cmd: 'connect' }],
    ['a topic that is a list', { ...publish, topic: ['a'] }],
    ['a topic with NUL', { ...publish, topic: 'a\0b' }],
    ['a payload that is an object', { ...publish, payload: cyclic }],
    ['a payload that is null', { ...publish, payload: null }],
    ['a qos that is a text', { ...publish, qos: '1' }],
    ['retain that is a text', { ...publish, retain: 'no' }],
    ['no subscriptions', { cmd: 'subscribe' }],
    ['subscriptions of null', { cmd: 'subscribe', subscriptions: [null] }],
    ['subscriptions of undefined', { cmd: 'subscribe', subscriptions: [undefined] }],
    ['subscriptions of texts', { cmd: 'subscribe', subscriptions: ['a'] }],
    ['unsubscriptions of null', { cmd: 'unsubscribe', unsubscriptions: [null] }],
    [
      'a subscription with nl that is a text',
      { cmd: 'subscribe', subscriptions: [{ topic: 'a', qos: 0, nl: 'x' }] },
    ],
    ['a subscription with rh 3', { cmd: 'subscribe', subscriptions: [{ topic: 'a', qos: 0, rh: 3 }] }],
    ['properties that are null', five(null)],
    ['properties that are a text', five('x')],
    ['properties that are a list', five([])],
    ['an unknown property', five({ foo: 1 })],
    ['a topic alias, which was not offered', five({ topicAlias: 1 })],
    ['user properties that are null', five({ userProperties: null })],
    ['user properties that are a text', five({ userProperties: 'x' })],
    ['a user property that is undefined', five({ userProperties: { a: undefined } })],
    ['a user property that is an object', five({ userProperties: { a: {} } })],
    ['a user property with NUL', five({ userProperties: { a: 'b\0' } })],
    ['a user property with half a surrogate pair', five({ userProperties: { '\ud800': 'b' } })],
    ['a content type with NUL', five({ contentType: 'a\0' })],
    ['two content types', five({ contentType: ['a', 'b'] })],
    ['a response topic with a wildcard', five({ responseTopic: 'a/#' })],
    ['an expiry of 1.5 s', five({ messageExpiryInterval: 1.5 })],
    ['an expiry below 0', five({ messageExpiryInterval: -1 })],
    ['an expiry that is NaN', five({ messageExpiryInterval: Number.NaN })],
    ['an expiry of 2^32', five({ messageExpiryInterval: 2 ** 32 })],
    ['a payload format that is a number', five({ payloadFormatIndicator: 1 })],
    ['correlation data that is a number', five({ correlationData: 5 })],
    ['correlation data that is a list', five({ correlationData: [1] })],
    ['a subscription identifier of 0', { ...subscribe, properties: { subscriptionIdentifier: 0 } }],
    ['a subscription identifier of 2^28', { ...subscribe, properties: { subscriptionIdentifier: 2 ** 28 } }],
    ['a property of publications in a subscribe', { ...subscribe, properties: { contentType: 'a' } }],
  ])('mqtt: %s is a bad message when it is given to send', async (_, message) => {
    expectBadMessage({ encode: (sent: never) => mqtt({ version: 5 }).measure?.(sent) }, message);
    expectBadMessage({ encode: (sent: never) => mqtt().measure?.(sent) }, message);
  });

  test('mqtt: fields beside those of a SUBSCRIBE do not reach the packet', async () => {
    const exchange = await connected(4);
    exchange.send({ ...subscribe, dup: true, messageId: 9 } as never);
    expect(exchange.sent.at(-1)).toMatchObject({ cmd: 'subscribe', messageId: 1, dup: false });
  });
});
