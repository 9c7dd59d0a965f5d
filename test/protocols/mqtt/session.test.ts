import { describe, expect, test } from 'vitest';
import type { MqttOut, QoS } from '../../../src/protocols/mqtt/messages.ts';
import { connack, Exchange, type ExchangeOptions } from './peer.ts';

const kept: ExchangeOptions = { clientId: 'kept', clean: false };
const publish = (qos: QoS, topic = 'a'): MqttOut => ({ cmd: 'publish', topic, payload: 'hi', qos });
const subscribe: MqttOut = { cmd: 'subscribe', subscriptions: [{ topic: 'a', qos: 0 }] };

/** An incarnation, and the next one, whose CONNACK says whether the session is there. */
async function connected(options: ExchangeOptions, present = false) {
  const exchange = new Exchange(options);
  const { resume } = await exchange.connect(connack({ sessionPresent: present }, options.version));
  return { exchange, resume, next: (more: boolean) => connected({ ...options, previous: resume }, more) };
}

describe('mqtt: packet ids', () => {
  test('mqtt: ids go from 1 to 65,535 and begin anew, past those that wait', async () => {
    const { exchange } = await connected({});
    const ids: unknown[] = [];
    const idOfNext = () => {
      exchange.send(publish(1));
      return exchange.sent.pop()?.messageId ?? 0;
    };
    expect(idOfNext()).toBe(1);
    for (let sent = 2; sent <= 65_535 + 3; sent++) {
      const id = idOfNext();
      ids.push(id);
      exchange.says({ cmd: 'puback', messageId: id });
    }
    expect(ids.slice(0, 2)).toEqual([2, 3]);
    expect(ids.slice(-4)).toEqual([65_535, 2, 3, 4]);
  });

  test('mqtt: full while all 65,535 ids wait, until the next acknowledgement', async () => {
    const { exchange } = await connected({ maxInFlight: 65_535 });
    for (let sent = 0; sent < 65_535; sent++) exchange.dialogue.encode(subscribe);
    expect(exchange.dialogue.full).toBe(true);
    exchange.says({ cmd: 'suback', messageId: 4711, granted: [0] });
    expect(exchange.dialogue.full).toBe(false);
    exchange.send(publish(1));
    expect(exchange.log.at(-1)).toEqual({ cmd: 'publish', messageId: 4711 });
  });
});

describe('mqtt: the window of messages on their way', () => {
  const v5 = { version: 5, setup: [] } as const satisfies ExchangeOptions;
  const receiveMaximum = (most: number, more = {}) =>
    connack({ properties: { receiveMaximum: most }, ...more }, 5);

  test.each([
    { kind: 'the receive maximum of the server', options: v5, answer: receiveMaximum(2), window: 2 },
    { kind: 'maxInFlight', options: { maxInFlight: 3 }, answer: connack(), window: 3 },
    { kind: '20 by default', options: {}, answer: connack(), window: 20 },
  ])('mqtt: full when as many messages of QoS 1 wait as $kind', async ({ options, answer, window }) => {
    const exchange = new Exchange(options);
    await exchange.connect(answer);
    for (let sent = 0; sent < window; sent++) {
      expect(exchange.dialogue.full).toBe(false);
      exchange.send(publish(1));
    }
    expect(exchange.dialogue.full).toBe(true);
    exchange.says({ cmd: 'puback', messageId: 1, reasonCode: 0 });
    expect(exchange.dialogue.full).toBe(false);
  });

  test('mqtt: a message of QoS 2 leaves the window by PUBCOMP or a refusal, and not by PUBREC', async () => {
    const exchange = new Exchange({ ...v5, maxInFlight: 1 });
    await exchange.connect();
    exchange.send(publish(2));
    exchange.says({ cmd: 'pubrec', messageId: 1, reasonCode: 0 });
    expect(exchange.dialogue.full).toBe(true);
    exchange.says({ cmd: 'pubcomp', messageId: 1, reasonCode: 0 });
    expect(exchange.dialogue.full).toBe(false);
    exchange.send(publish(2));
    exchange.says({ cmd: 'pubrec', messageId: 2, reasonCode: 0x97 });
    expect(exchange.dialogue.full).toBe(false);
  });

  test('mqtt: subscriptions and messages of QoS 0 take no room', async () => {
    const exchange = new Exchange({ maxInFlight: 1 });
    await exchange.connect();
    for (const message of [subscribe, publish(0)]) exchange.send(message);
    expect(exchange.dialogue.full).toBe(false);
  });

  test('mqtt: messages of setup keep to the window, and leave as it opens, before any other', async () => {
    const setup = ['a', 'b', 'c'].map((topic) => publish(1, topic));
    const exchange = new Exchange({ ...v5, setup });
    await exchange.connect(receiveMaximum(2));
    for (const messageId of [1, 2, 3]) {
      expect(exchange.dialogue.full).toBe(messageId < 3);
      exchange.says({ cmd: 'puback', messageId, reasonCode: 0 });
    }
    expect(exchange.sent.slice(1).map((sent) => 'topic' in sent && sent.topic)).toEqual(['a', 'b', 'c']);
    expect(exchange.confirmed).toEqual([]);
  });

  test('mqtt: what is sent again keeps to a smaller window of the next server', async () => {
    const options = { ...v5, clientId: 'kept', clean: false, sessionExpiry: 60 } as const;
    const exchange = new Exchange(options);
    const { resume } = await exchange.connect(connack({}, 5));
    for (const qos of [2, 2, 1, 1] as const) exchange.send(publish(qos));
    for (const messageId of [1, 2]) exchange.says({ cmd: 'pubrec', messageId, reasonCode: 0 });
    const second = new Exchange({ ...options, previous: resume });
    await second.connect(receiveMaximum(1, { sessionPresent: true }));
    const released = [
      { cmd: 'pubrel', messageId: 1 },
      { cmd: 'pubrel', messageId: 2 },
    ];
    expect(second.log).toEqual(released);
    second.says({ cmd: 'pubcomp', messageId: 1, reasonCode: 0 });
    expect(second.log).toEqual(released);
    second.says({ cmd: 'pubcomp', messageId: 2, reasonCode: 0 });
    expect(second.log.slice(2)).toEqual([{ cmd: 'publish', messageId: 3, dup: true }]);
    second.says({ cmd: 'puback', messageId: 3, reasonCode: 0 });
    expect(second.log.slice(3)).toEqual([{ cmd: 'publish', messageId: 4, dup: true }]);
  });

  test('mqtt: an acknowledgement of what was not sent yet confirms nothing', async () => {
    const exchange = new Exchange({ ...v5, setup: [publish(1, 'a'), publish(1, 'b')] });
    await exchange.connect(receiveMaximum(1));
    exchange.says({ cmd: 'puback', messageId: 2, reasonCode: 0 });
    expect(exchange.log).toEqual([{ cmd: 'publish', messageId: 1 }]);
  });
});

describe('mqtt: sessions', () => {
  test('mqtt: in a kept session what is not acknowledged is sent again, in order, and confirms no message of now', async () => {
    const { exchange, next } = await connected(kept);
    for (const qos of [1, 2, 1, 2] as const) exchange.send(publish(qos));
    exchange.send(subscribe);
    exchange.says({ cmd: 'puback', messageId: 1 });
    exchange.says({ cmd: 'pubrec', messageId: 2 });
    const { exchange: second } = await next(true);
    expect(second.log).toEqual([
      { cmd: 'pubrel', messageId: 2 },
      { cmd: 'publish', messageId: 3, dup: true },
      { cmd: 'publish', messageId: 4, dup: true },
    ]);
    second.send(publish(1));
    expect(second.log.at(-1)).toEqual({ cmd: 'publish', messageId: 6 });
    second.says({ cmd: 'puback', messageId: 3 });
    second.says({ cmd: 'pubcomp', messageId: 2 });
    expect(second.confirmed).toEqual([]);
    second.says({ cmd: 'puback', messageId: 6 });
    expect(second.confirmed).toEqual([1]);
  });

  test('mqtt: where the server has no session nothing is sent again, and ids begin to count as free', async () => {
    const { exchange, next } = await connected(kept);
    for (const qos of [1, 2] as const) exchange.send(publish(qos));
    const { exchange: second } = await next(false);
    expect(second.log).toEqual([]);
    second.says({ cmd: 'puback', messageId: 1 });
    expect(second.confirmed).toEqual([]);
  });

  test('mqtt: a received message of QoS 2 is not handed on again in a kept session, and is in a new one', async () => {
    const message = {
      cmd: 'publish',
      topic: 'a',
      payload: 'x',
      qos: 2,
      retain: false,
      dup: true,
      messageId: 5,
    };
    const { exchange, next } = await connected(kept);
    exchange.says(message);
    const { exchange: second, next: third } = await next(true);
    second.says(message);
    expect(second.messages).toEqual([]);
    expect(second.log).toEqual([{ cmd: 'pubrec', messageId: 5 }]);
    const { exchange: last } = await third(false);
    last.says(message);
    expect(last.messages).toHaveLength(1);
  });
});

describe('mqtt: two clients with one id', () => {
  const ended = (exchange: Exchange) => exchange.dialogue.ended?.(undefined);
  const word = 'the server ended the connection without a DISCONNECT';

  test('mqtt: the third end in a row before a PINGRESP has the code CLIENT_ID_IN_USE, and warns once', async () => {
    const detail = (times: number) =>
      `${word}, ${times} times in a row before a PINGRESP: another client may use the client id "twin"`;
    let turn = await connected({ clientId: 'twin' });
    for (let quick = 1; quick < 3; quick++) {
      expect(ended(turn.exchange)).toEqual({ reason: 'cut-off', detail: word });
      expect(turn.exchange.warnings).toEqual([]);
      turn = await turn.next(false);
    }
    expect(ended(turn.exchange)).toEqual({ reason: 'cut-off', code: 'CLIENT_ID_IN_USE', detail: detail(3) });
    expect(turn.exchange.warnings).toEqual([detail(3)]);
    turn = await turn.next(false);
    expect(ended(turn.exchange)).toMatchObject({ code: 'CLIENT_ID_IN_USE', detail: detail(4) });
    expect(turn.exchange.warnings).toEqual([]);
  });

  test.each([
    { kind: 'of a client without an id', options: {} },
    { kind: 'without heartbeats', options: { clientId: 'twin', interval: null } },
  ])('mqtt: quick ends $kind are no sign of another client', async ({ options }) => {
    let turn = await connected(options);
    for (let quick = 1; quick < 6; quick++) {
      expect(ended(turn.exchange)).toEqual({ reason: 'cut-off', detail: word });
      turn = await turn.next(false);
    }
  });

  test('mqtt: a PINGRESP, and a goodbye of this side, begin the count anew', async () => {
    for (const calm of ['pingresp', 'goodbye'] as const) {
      let turn = await connected({ clientId: 'twin' });
      for (let quick = 0; quick < 5; quick++) {
        if (quick === 2 && calm === 'pingresp') turn.exchange.says({ cmd: 'pingresp' });
        if (quick === 2 && calm === 'goodbye') turn.exchange.farewell('max-age');
        else expect(ended(turn.exchange)).not.toHaveProperty('code');
        turn = await turn.next(false);
      }
    }
  });

  test('mqtt: after an end of the server there is no goodbye, and the count goes on', async () => {
    let turn = await connected({ clientId: 'twin' });
    for (let quick = 1; quick < 3; quick++) {
      ended(turn.exchange);
      expect(turn.exchange.dialogue.goodbye?.('cut-off')).toBeUndefined();
      turn = await turn.next(false);
    }
    expect(ended(turn.exchange)).toMatchObject({ code: 'CLIENT_ID_IN_USE' });
  });

  test('mqtt: an end before the CONNACK does not count, nor one after our goodbye', async () => {
    const { exchange } = await connected({});
    exchange.farewell('closed-by-us');
    expect(ended(exchange)).toBeUndefined();
    let turn = await connected({ clientId: 'twin' });
    for (let quick = 1; quick <= 3; quick++) {
      ended(turn.exchange);
      turn = await turn.next(false);
    }
    const previous = turn.resume;
    expect(ended(new Exchange({ clientId: 'twin', previous }))).toEqual({ reason: 'cut-off', detail: word });
  });
});
