import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MqttOut, QoS } from '../../../src/protocols/mqtt/messages.ts';
import { mqtt } from '../../../src/protocols/mqtt/mqtt.ts';
import { anyCuts, bytes, everyCut, expectBadMessage } from '../decoding.ts';
import { connack, Exchange, type ExchangeOptions, packet } from './peer.ts';

async function connected(options: ExchangeOptions = {}, answer?: object): Promise<Exchange> {
  const exchange = new Exchange(options);
  await exchange.connect(answer && connack(answer, options.version));
  return exchange;
}

const publish = (qos: QoS = 0, topic = 'a'): MqttOut => ({ cmd: 'publish', topic, payload: 'hi', qos });
const subscribe: MqttOut = { cmd: 'subscribe', subscriptions: [{ topic: 'a/#', qos: 1 }] };
const unsubscribe: MqttOut = { cmd: 'unsubscribe', unsubscriptions: ['a/#', 'b'] };

describe('mqtt: sending', () => {
  test('mqtt: text and bytes go out as payload, and a message of QoS 0 has no packet id', async () => {
    const exchange = await connected();
    exchange.send({ cmd: 'publish', topic: 'ä', payload: 'grüße', retain: true });
    exchange.send({ cmd: 'publish', topic: 'b', payload: bytes([0, 1, 2]).subarray(1) });
    expect(exchange.sent.slice(1)).toMatchObject([
      { cmd: 'publish', topic: 'ä', payload: Buffer.from('grüße'), qos: 0, retain: true, dup: false },
      { cmd: 'publish', topic: 'b', payload: Buffer.of(1, 2), qos: 0, retain: false },
    ]);
    expect(exchange.log).toEqual([{ cmd: 'publish' }, { cmd: 'publish' }]);
  });

  test('mqtt: properties go out with version 5, correlation data as bytes', async () => {
    const exchange = await connected({ version: 5 });
    const properties = {
      responseTopic: 'r',
      correlationData: Uint8Array.of(9),
      userProperties: { k: ['1', '2'] },
    };
    exchange.send({ cmd: 'publish', topic: 'a', payload: '', properties });
    expect(exchange.sent[1]).toMatchObject({
      properties: { responseTopic: 'r', correlationData: Buffer.of(9) },
    });
  });

  test('mqtt: PUBACK confirms a message of QoS 1, by its packet id and not by its order', async () => {
    const exchange = await connected();
    for (const topic of ['a', 'b', 'c']) exchange.send(publish(1, topic));
    for (const messageId of [3, 1]) exchange.says({ cmd: 'puback', messageId });
    expect(exchange.log.map((sent) => 'messageId' in sent && sent.messageId)).toEqual([1, 2, 3]);
    expect(exchange.confirmed).toEqual([3, 1]);
    expect(exchange.messages).toEqual([]);
  });

  test('mqtt: PUBREC is answered with PUBREL, and PUBCOMP confirms a message of QoS 2', async () => {
    const exchange = await connected();
    exchange.send(publish(2));
    exchange.says({ cmd: 'pubrec', messageId: 1 });
    expect(exchange.log.at(-1)).toEqual({ cmd: 'pubrel', messageId: 1 });
    expect(exchange.confirmed).toEqual([]);
    exchange.says({ cmd: 'pubcomp', messageId: 1 });
    expect(exchange.confirmed).toEqual([1]);
  });

  test('mqtt: PINGRESP confirms the messages of QoS 0 before its PINGREQ, and none of QoS 1', async () => {
    const exchange = await connected();
    exchange.send(publish());
    exchange.send(publish(1));
    exchange.send(publish());
    exchange.ping();
    exchange.send(publish());
    exchange.ping();
    exchange.says({ cmd: 'pingresp' });
    expect(exchange.confirmed).toEqual([1, 3]);
    exchange.says({ cmd: 'pingresp' });
    expect(exchange.confirmed).toEqual([1, 3, 4]);
  });

  test('mqtt: messages that could not be encoded do not count', async () => {
    const exchange = await connected({ version: 5 }, { properties: { maximumQoS: 1 } });
    expect(() => exchange.send(publish(2))).toThrow("exceeds the server's maximum QoS (1)");
    exchange.send(publish(1));
    exchange.says({ cmd: 'puback', messageId: 1 });
    expect(exchange.confirmed).toEqual([1]);
  });

  test('mqtt: SUBACK and UNSUBACK arrive with what they answer, and confirm it', async () => {
    const exchange = await connected();
    exchange.send(subscribe);
    exchange.send(unsubscribe);
    exchange.says({ cmd: 'suback', messageId: 1, granted: [1] });
    exchange.says({ cmd: 'unsuback', messageId: 2 });
    expect(exchange.messages).toEqual([
      { cmd: 'suback', subscriptions: [{ topic: 'a/#', qos: 1 }], granted: [1] },
      { cmd: 'unsuback', unsubscriptions: ['a/#', 'b'], granted: [] },
    ]);
    expect(exchange.confirmed).toEqual([1, 2]);
  });

  test('mqtt: a refused subscription arrives with its code, and is not confirmed', async () => {
    const exchange = await connected();
    exchange.send(subscribe);
    exchange.says({ cmd: 'suback', messageId: 1, granted: [0x80] });
    expect(exchange.messages).toMatchObject([{ cmd: 'suback', granted: [0x80] }]);
    expect(exchange.confirmed).toEqual([]);
  });

  test.each([
    { qos: 1, cmd: 'puback' },
    { qos: 2, cmd: 'pubrec' },
  ] as const)(
    'mqtt: a refusal by $cmd arrives as a message, confirms nothing and frees the id',
    async ({ qos, cmd }) => {
      const exchange = await connected({ version: 5 });
      exchange.send(publish(qos));
      exchange.says({ cmd, messageId: 1, reasonCode: 0x87, properties: { reasonString: 'no' } });
      expect(exchange.messages).toEqual([
        { cmd: 'refused', topic: 'a', reasonCode: 0x87, properties: { reasonString: 'no' } },
      ]);
      expect(exchange.confirmed).toEqual([]);
      expect(exchange.log).toEqual([{ cmd: 'publish', messageId: 1 }]);
    },
  );

  test('mqtt: a PUBCOMP that knows no such id confirms nothing, is no refusal, and frees the id', async () => {
    const exchange = await connected({ version: 5 });
    exchange.send(publish(2));
    exchange.says({ cmd: 'pubrec', messageId: 1, reasonCode: 0 });
    exchange.says({ cmd: 'pubcomp', messageId: 1, reasonCode: 0x92 });
    exchange.says({ cmd: 'pubcomp', messageId: 1, reasonCode: 0 });
    expect(exchange.confirmed).toEqual([]);
    expect(exchange.messages).toEqual([]);
  });

  test('mqtt: acknowledgements of ids that wait for none are ignored, and a foreign PUBREC is released', async () => {
    const exchange = await connected({ version: 5 });
    for (const cmd of ['puback', 'pubcomp', 'pubrec']) exchange.says({ cmd, messageId: 9, reasonCode: 0 });
    exchange.says({ cmd: 'suback', messageId: 9, granted: [0] });
    expect(exchange.log).toEqual([{ cmd: 'pubrel', messageId: 9, reasonCode: 0x92 }]);
    expect(exchange.messages).toEqual([]);
  });

  test.each([
    { why: 'no object', message: 'publish' },
    { why: 'null', message: null },
    { why: 'a packet of the handshake', message: { cmd: 'connect', clientId: 'x' } },
    { why: 'an empty topic', message: { cmd: 'publish', topic: '', payload: '' } },
    { why: 'a wildcard', message: { cmd: 'publish', topic: 'a/+', payload: '' } },
    { why: 'a long topic', message: { cmd: 'publish', topic: 'x'.repeat(65_536), payload: '' } },
    { why: 'NUL', message: { cmd: 'publish', topic: 'a\0', payload: '' } },
    { why: 'a number as payload', message: { cmd: 'publish', topic: 'a', payload: 7 } },
    { why: 'QoS 3', message: { cmd: 'publish', topic: 'a', payload: '', qos: 3 } },
    { why: 'over the limit', message: { cmd: 'publish', topic: 'a', payload: 'x'.repeat(1001) } },
    { why: 'properties in version 4', message: { cmd: 'publish', topic: 'a', payload: '', properties: {} } },
    { why: 'no subscriptions', message: { cmd: 'subscribe', subscriptions: [] } },
    { why: '# before the end', message: { cmd: 'subscribe', subscriptions: [{ topic: '#/a', qos: 0 }] } },
    { why: '+ in a level', message: { cmd: 'subscribe', subscriptions: [{ topic: 'a+/b', qos: 0 }] } },
    { why: 'no QoS', message: { cmd: 'subscribe', subscriptions: [{ topic: 'a' }] } },
    {
      why: 'nl in version 4',
      message: { cmd: 'subscribe', subscriptions: [{ topic: 'a', qos: 0, nl: true }] },
    },
    { why: 'a text for a list', message: { cmd: 'unsubscribe', unsubscriptions: 'a' } },
  ])('mqtt: send refuses $why', ({ message }) => {
    const { measure } = mqtt({ maxMessageBytes: 1000 });
    expectBadMessage({ encode: (each: never) => measure?.(each) }, message);
  });

  test.each([
    { message: publish(0, 'ä'), length: 4 },
    { message: subscribe, length: 3 },
    { message: unsubscribe, length: 4 },
  ])('mqtt: the outbox counts topics and payload: $length bytes', ({ message, length }) => {
    expect(mqtt().measure?.(message)).toBe(length);
  });

  test.each([
    {
      limit: 'retainAvailable',
      properties: { retainAvailable: false },
      message: { ...publish(), retain: true },
    },
    {
      limit: 'maximumPacketSize',
      properties: { maximumPacketSize: 10 },
      message: publish(0, 'a/long/topic'),
    },
  ])("mqtt: the server's $limit is respected", async ({ properties, message }) => {
    const exchange = await connected({ version: 5 }, { properties });
    expectBadMessage({ encode: (each: never) => exchange.dialogue.encode(each) }, message);
    expect(exchange.log).toEqual([]);
  });

  test('mqtt: a text over 65,535 bytes in a property has no encoding, and is refused', async () => {
    const exchange = await connected({ version: 5 });
    const message = { ...publish(), properties: { contentType: 'x'.repeat(70_000) } };
    expectBadMessage({ encode: (each: never) => exchange.dialogue.encode(each) }, message);
  });
});

describe('mqtt: receiving', () => {
  const message = {
    cmd: 'publish',
    topic: 'a',
    payload: Uint8Array.of(1, 2),
    qos: 0,
    retain: false,
    dup: false,
  };

  test('mqtt: a message arrives with topic, bytes and flags, without a packet id', async () => {
    const exchange = await connected();
    exchange.says({ ...message, payload: Buffer.of(1, 2), retain: true });
    expect(exchange.messages).toStrictEqual([{ ...message, retain: true }]);
  });

  test('mqtt: a message of QoS 1 is acknowledged after it was handed on', async () => {
    const exchange = await connected();
    const order: string[] = [];
    exchange.dialogue.decoder.push(packet({ ...message, payload: 'x', qos: 1, messageId: 7 }), {
      frame: () => order.push(`handed on, ${exchange.log.length} sent`),
    });
    expect(order).toEqual(['handed on, 0 sent']);
    expect(exchange.log).toEqual([{ cmd: 'puback', messageId: 7 }]);
  });

  test('mqtt: a message of QoS 2 is handed on once, until its PUBREL', async () => {
    const exchange = await connected();
    const sent = { ...message, payload: 'x', qos: 2, messageId: 7 };
    exchange.says(sent);
    exchange.says({ ...sent, dup: true });
    expect(exchange.messages).toHaveLength(1);
    exchange.says({ cmd: 'pubrel', messageId: 7 });
    exchange.says(sent);
    expect(exchange.messages).toHaveLength(2);
    expect(exchange.log.map((each) => 'cmd' in each && each.cmd)).toEqual([
      'pubrec',
      'pubrec',
      'pubcomp',
      'pubrec',
    ]);
  });

  test('mqtt: a small payload does not keep the chunk that it arrived in', async () => {
    const exchange = await connected();
    const stream = bytes(
      packet({ ...message, payload: 'small' }),
      packet({ ...message, payload: 'x'.repeat(5000) }),
    );
    exchange.hear(stream);
    const sizes = (exchange.messages as { payload: Uint8Array }[]).map(
      ({ payload }) => payload.buffer.byteLength,
    );
    expect(sizes[0]).toBe(5);
    expect(sizes[1]).toBeLessThan(2 * 5000);
  });

  const stream = bytes(
    connack(),
    packet({ ...message, payload: Buffer.of(1, 2) }),
    packet({ cmd: 'pingresp' }),
    packet({ ...message, payload: Buffer.alloc(0), qos: 1, messageId: 9 }),
    packet({ ...message, payload: Buffer.alloc(300, 0xd0), qos: 2, messageId: 10 }),
    packet({ cmd: 'pubrel', messageId: 10 }),
  );

  test('mqtt: packets arrive whole, for every cut of the stream in two, and byte by byte', () => {
    for (const chunks of everyCut(stream)) {
      const exchange = new Exchange();
      expect(exchange.hear(...chunks)).toBeUndefined();
      expect(exchange.messages.slice(1)).toMatchObject([
        { qos: 0 },
        { qos: 1 },
        { qos: 2, payload: { length: 300 } },
      ]);
      expect(exchange.dialogue.decoder.midFrame).toBe(false);
    }
  });

  test('mqtt: midFrame is true from the first byte of a packet to its last but one', () => {
    const { decoder } = new Exchange().dialogue;
    const sizes = [
      connack(),
      packet({ cmd: 'pingresp' }),
      packet({ ...message, payload: Buffer.alloc(300) }),
    ];
    for (const whole of sizes) {
      const states = Array.from(whole, (byte) => {
        decoder.push(Uint8Array.of(byte), { frame: () => {} });
        return decoder.midFrame;
      });
      expect(states).toEqual(Array.from(whole, (_, at) => at < whole.length - 1));
    }
  });

  test('mqtt: any messages arrive in order, for any cut of the stream', () => {
    const any = fc.record({
      topic: fc.string({ minLength: 1, maxLength: 40 }).filter((text) => !/[+#\0]/.test(text)),
      payload: fc.uint8Array({ maxLength: 400 }),
      retain: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(any), anyCuts, (messages, cuts) => {
        const wire = messages.map(({ payload, ...rest }) =>
          packet({ ...message, ...rest, payload: Buffer.from(payload) }),
        );
        const exchange = new Exchange();
        expect(exchange.hear(...cuts(bytes(connack(), ...wire)))).toBeUndefined();
        expect(exchange.messages.slice(1)).toEqual(messages.map((each) => ({ ...message, ...each })));
      }),
    );
  });

  test('mqtt: any bytes end without an exception', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(4, 5),
        fc.uint8Array({ maxLength: 200 }),
        anyCuts,
        (version, garbage, cuts) => {
          const exchange = new Exchange({ version: version as 4 | 5 });
          const violation = exchange.hear(connack({}, version as 4 | 5), ...cuts(garbage));
          expect(violation?.detail ?? '').toBeTypeOf('string');
        },
      ),
    );
  });

  test('mqtt: a length over the limit is message-too-big when as many bytes have arrived', async () => {
    const exchange = await connected({ maxMessageBytes: 1000 });
    expect(exchange.hear(Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0x7f), new Uint8Array(994))).toBeUndefined();
    expect(exchange.hear(new Uint8Array(48 << 20))?.reason).toBe('message-too-big');
  });

  test.each([
    { kind: 'a length of five bytes', wire: [0x30, 0xff, 0xff, 0xff, 0xff, 0x01] },
    { kind: 'both QoS bits', wire: [0x36, 4, 0, 1, 0x61, 0] },
    { kind: 'no packet id', wire: [0x32, 3, 0, 1, 0x61] },
    { kind: 'packet id 0', wire: [0x32, 5, 0, 1, 0x61, 0, 0] },
    { kind: 'an empty topic', wire: [0x30, 2, 0, 0] },
    {
      kind: 'a topic beyond the packet, with more packets behind',
      wire: [0x30, 3, 0, 9, 0x61, 0xd0, 0, 0xd0, 0, 0xd0, 0, 0xd0, 0],
    },
    { kind: 'PUBACK without an id', wire: [0x40, 0, 0xd0, 0, 0xd0, 0] },
    { kind: 'AUTH', wire: [0xf0, 0] },
    { kind: 'flags of SUBACK', wire: [0x91, 3, 0, 1, 0] },
  ])('mqtt: $kind is protocol-error', async ({ wire }) => {
    const exchange = await connected();
    expect(exchange.hear(Uint8Array.from(wire))).toMatchObject({ reason: 'protocol-error' });
  });

  test.each([
    { code: 0x00, reason: 'closed-by-peer' },
    { code: 0x82, reason: 'protocol-error' },
    { code: 0x87, reason: 'unauthorized' },
    { code: 0x8b, reason: 'going-away' },
    { code: 0x8d, reason: 'cut-off' },
    { code: 0x8e, reason: 'replaced' },
    { code: 0x93, reason: 'protocol-error' },
    { code: 0x95, reason: 'message-too-big' },
    { code: 0x98, reason: 'going-away' },
    { code: 0x9d, reason: 'going-away' },
    { code: 0xa0, reason: 'going-away' },
  ])(
    'mqtt: DISCONNECT of the server with code $code is $reason, and nothing after it counts',
    async ({ code, reason }) => {
      const exchange = await connected({ version: 5 });
      const words = [
        packet({ cmd: 'disconnect', reasonCode: code }, 5),
        packet({ ...message, payload: 'late' }, 5),
      ];
      expect(exchange.hear(bytes(...words))).toMatchObject({ reason, code });
      expect(exchange.messages).toEqual([]);
    },
  );
});
