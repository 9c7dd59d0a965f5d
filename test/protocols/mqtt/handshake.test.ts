import { describe, expect, test } from 'vitest';
import type { MqttAgreed } from '../../../src/protocols/mqtt/messages.ts';
import { mqtt } from '../../../src/protocols/mqtt/mqtt.ts';
import { expectRefused } from '../decoding.ts';
import { connack, Exchange, type ExchangeOptions, packet } from './peer.ts';

async function connected(options: ExchangeOptions = {}, answer?: Uint8Array) {
  const exchange = new Exchange(options);
  const agreement = await exchange.connect(answer);
  return { exchange, agreement, connect: exchange.sent[0], agreed: agreement.info as MqttAgreed };
}

const refused = (options: ExchangeOptions, answer: Uint8Array) => new Exchange(options).connect(answer);

describe('mqtt: CONNECT', () => {
  test('mqtt: version 4 with an empty client id, a clean session and a keepalive of 1.5 intervals', async () => {
    expect((await connected()).connect).toMatchObject({
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 4,
      clientId: '',
      clean: true,
      keepalive: 15,
    });
  });

  test.each([
    { interval: 500, keepalive: 1, speak: 1000 / 1.5 },
    { interval: 1000, keepalive: 2, speak: 2000 / 1.5 },
    { interval: 60_000, keepalive: 90, speak: 60_000 },
    { interval: 1e9, keepalive: 65_535, speak: 65_535_000 / 1.5 },
    { interval: null, keepalive: 0, speak: undefined },
  ])(
    'mqtt: an interval of $interval ms is a keepalive of $keepalive s',
    async ({ interval, keepalive, speak }) => {
      const { connect, agreement, agreed } = await connected({ interval });
      expect(connect).toMatchObject({ keepalive });
      expect(agreement.speak).toBe(speak);
      expect(agreed.keepalive).toBe(keepalive);
    },
  );

  test('mqtt: serverKeepAlive takes the place of the keepalive that was asked for', async () => {
    const answer = connack({ properties: { serverKeepAlive: 6 } }, 5);
    const { agreement, agreed } = await connected({ version: 5, interval: 60_000 }, answer);
    expect(agreement.speak).toBe(4000);
    expect(agreed.keepalive).toBe(6);
  });

  test('mqtt: version 5 tells its session expiry and the largest packet it takes', async () => {
    const { connect } = await connected({
      version: 5,
      clean: false,
      sessionExpiry: 60,
      maxMessageBytes: 1000,
      clientId: 'a',
    });
    expect(connect).toMatchObject({
      protocolVersion: 5,
      clean: false,
      properties: { sessionExpiryInterval: 60, maximumPacketSize: 1000 },
    });
  });

  test('mqtt: a will goes along, bytes and properties too', async () => {
    const will = { topic: 'gone', payload: Uint8Array.of(1, 2), qos: 1, retain: true } as const;
    const { connect } = await connected({
      version: 5,
      will: { ...will, properties: { willDelayInterval: 7 } },
    });
    expect(connect).toMatchObject({
      will: {
        topic: 'gone',
        payload: Buffer.of(1, 2),
        qos: 1,
        retain: true,
        properties: { willDelayInterval: 7 },
      },
    });
  });

  test.each([
    {
      kind: 'the part handshake',
      credentials: { handshake: { username: 'u', password: 'p' } },
      login: ['u', 'p'],
    },
    {
      kind: 'bytes',
      credentials: { handshake: { username: 'u', password: Buffer.from('p') } },
      login: ['u', 'p'],
    },
    { kind: 'a user name alone', credentials: { handshake: { username: 'u' } }, login: ['u', undefined] },
    { kind: 'a text alone', credentials: 'token', login: ['', 'token'] },
    { kind: 'a text as handshake', credentials: { handshake: 'token' }, login: ['', 'token'] },
    { kind: 'none', credentials: {}, login: [undefined, undefined] },
  ])('mqtt: user name and password from credentials as $kind', async ({ credentials, login }) => {
    const { connect } = await connected({ credentials });
    const { username, password } = connect as { username?: string; password?: Buffer };
    expect([username, password?.toString()]).toEqual(login);
  });

  test('mqtt: a password over 65,535 bytes is bad-config', async () => {
    const failure = await refused({ credentials: 'x'.repeat(70_000) }, connack());
    expect(failure).toMatchObject({ reason: 'bad-config' });
  });

  test('mqtt: DISCONNECT is the goodbye, in both versions', () => {
    for (const version of [4, 5] as const)
      expect(new Exchange({ version }).dialogue.goodbye?.('max-age')).toEqual(Uint8Array.of(0xe0, 0));
  });
});

describe('mqtt: CONNACK', () => {
  test('mqtt: what it said is agreed, the session and the assigned client id included', async () => {
    const properties = { assignedClientIdentifier: 'auto-7', receiveMaximum: 20 };
    const { agreed, exchange, agreement } = await connected(
      { version: 5, clean: false },
      connack({ sessionPresent: true, properties }, 5),
    );
    expect(agreed).toEqual({
      version: 5,
      clientId: 'auto-7',
      sessionPresent: true,
      keepalive: 15,
      properties,
    });
    expect(exchange.messages).toEqual([]);
    expect(exchange.sent[0]).toMatchObject({ clientId: '', clean: true });
    const next = await connected({ version: 5, clean: false, previous: agreement.resume });
    expect(next.connect).toMatchObject({ clientId: 'auto-7', clean: false });
  });

  test.each([
    { code: 1, reason: 'bad-config' },
    { code: 2, reason: 'bad-config' },
    { code: 3, reason: 'going-away' },
    { code: 4, reason: 'unauthorized' },
    { code: 5, reason: 'unauthorized' },
    { code: 77, reason: 'protocol-error' },
  ])('mqtt: return code $code of MQTT 3.1.1 is $reason', async ({ code, reason }) => {
    expect(await refused({}, connack({ returnCode: code }))).toEqual({
      reason,
      code,
      detail: `CONNACK with code ${code}`,
    });
  });

  test.each([
    { code: 0x82, reason: 'protocol-error' },
    { code: 0x85, reason: 'bad-config' },
    { code: 0x86, reason: 'unauthorized' },
    { code: 0x87, reason: 'unauthorized' },
    { code: 0x88, reason: 'going-away' },
    { code: 0x89, reason: 'going-away' },
    { code: 0x8a, reason: 'unauthorized' },
    { code: 0x95, reason: 'message-too-big' },
    { code: 0x9f, reason: 'going-away' },
  ])('mqtt: reason code $code of MQTT 5 is $reason', async ({ code, reason }) => {
    expect(await refused({ version: 5 }, connack({ reasonCode: code }, 5))).toMatchObject({ reason, code });
  });

  test('mqtt: "use another server" is going-away, with the server and its reason in the detail', async () => {
    const properties = { serverReference: 'b.example:1883', reasonString: 'rebalanced' };
    expect(await refused({ version: 5 }, connack({ reasonCode: 0x9c, properties }, 5))).toEqual({
      reason: 'going-away',
      code: 0x9c,
      detail: 'CONNACK with code 0x9C: rebalanced: use b.example:1883',
    });
  });

  test('mqtt: a server of MQTT 3.1.1 alone answers version 5 with code 1, which is bad-config', async () => {
    expect(await refused({ version: 5 }, Uint8Array.of(0x20, 2, 0, 1))).toMatchObject({
      reason: 'bad-config',
    });
  });

  test.each([
    { kind: 'SUBACK before it', chunks: [packet({ cmd: 'suback', messageId: 1, granted: [0] })] },
    { kind: 'PINGRESP before it', chunks: [packet({ cmd: 'pingresp' })] },
    { kind: 'a second one', chunks: [connack(), connack()] },
    { kind: 'a packet of clients', chunks: [connack(), packet({ cmd: 'pingreq' })] },
  ])('mqtt: $kind is protocol-error', ({ chunks }) => {
    expect(new Exchange().hear(...chunks)).toMatchObject({ reason: 'protocol-error' });
  });
});

describe('mqtt: setup', () => {
  const subscriptions = [{ topic: 'a/#', qos: 1 }] as const;
  const setup = [
    { cmd: 'subscribe', subscriptions },
    { cmd: 'publish', topic: 'here', payload: 'yes', retain: true },
  ] as const;

  test('mqtt: its messages follow CONNECT, count as none of the user, and are answered as others', async () => {
    const { exchange } = await connected({ setup });
    expect(exchange.log).toEqual([{ cmd: 'subscribe', messageId: 1 }, { cmd: 'publish' }]);
    exchange.says({ cmd: 'suback', messageId: 1, granted: [1] });
    exchange.send({ cmd: 'publish', topic: 'a', payload: '', qos: 1 });
    exchange.says({ cmd: 'puback', messageId: 2 });
    exchange.ping();
    exchange.says({ cmd: 'pingresp' });
    expect(exchange.confirmed).toEqual([1]);
    expect(exchange.messages).toEqual([{ cmd: 'suback', subscriptions, granted: [1] }]);
  });

  test('mqtt: one that this server does not take is bad-config', async () => {
    const answer = connack({ properties: { retainAvailable: false } }, 5);
    expect(await refused({ version: 5, setup }, answer)).toMatchObject({
      reason: 'bad-config',
      detail: expect.stringContaining('the server retains no messages'),
    });
  });
});

describe('mqtt: options', () => {
  test.each([
    { options: { version: 3 }, paths: ['version'] },
    { options: { clientId: 'a\0b' }, paths: ['clientId'] },
    { options: { clean: false }, paths: ['clean'] },
    { options: { sessionExpiry: 5 }, paths: ['sessionExpiry'] },
    { options: { version: 5, sessionExpiry: -1 }, paths: ['sessionExpiry'] },
    { options: { will: { topic: 'a/#', payload: '' } }, paths: ['will'] },
    { options: { will: { topic: 'a', payload: 'x'.repeat(70_000) } }, paths: ['will'] },
    { options: { will: { topic: 'a', payload: '', properties: {} } }, paths: ['will'] },
    { options: { maxInFlight: 0 }, paths: ['maxInFlight'] },
    { options: { setup: [{ cmd: 'publish', topic: '#', payload: '' }] }, paths: ['setup'] },
    { options: { maxMessageBytes: 0, version: 9 }, paths: ['version', 'maxMessageBytes'] },
  ])('mqtt: $options is refused by name', ({ options, paths }) => {
    expectRefused(() => mqtt(options as never), ...paths.map((path) => `mqtt.${path}`));
  });

  test('mqtt: client ids, wills and sessions make another identity, the same options the same', () => {
    const identities = [
      {},
      { clientId: 'a' },
      { clientId: 'b' },
      { version: 5 },
      { clientId: 'a', clean: false },
    ].map((options) => mqtt(options as never).identity);
    expect(new Set(identities).size).toBe(5);
    expect(mqtt({ clientId: 'a' }).identity).toBe(identities[1]);
  });

  test('mqtt: there is no accepting side', () => {
    const open = () => mqtt().open({ side: 'accept' } as never);
    expect(open).toThrow('protocol: "mqtt" is not valid; expected a protocol that accepts, such as framed()');
  });
});
