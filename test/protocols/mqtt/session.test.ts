import { describe, expect, test } from 'vitest';
import type { MqttOut, QoS } from '../../../src/protocols/mqtt/messages.ts';
import { expectBadMessage } from '../decoding.ts';
import { connack, Exchange, type ExchangeOptions } from './peer.ts';

const kept: ExchangeOptions = { clientId: 'kept', clean: false };
const publish = (qos: QoS, topic = 'a'): MqttOut => ({ cmd: 'publish', topic, payload: 'hi', qos });
const subscribe: MqttOut = { cmd: 'subscribe', subscriptions: [{ topic: 'a', qos: 0 }] };

/** An incarnation, and the next one, whose CONNACK says whether the session is there. */
async function connected(options: ExchangeOptions, present = false) {
  const exchange = new Exchange(options);
  const { resume } = await exchange.connect(connack({ sessionPresent: present }, options.version));
  return { exchange, next: (more: boolean) => connected({ ...options, previous: resume }, more) };
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

  test('mqtt: when all 65,535 ids wait a message is refused, and the next acknowledgement permits it', async () => {
    const { exchange } = await connected({ maxInFlight: 65_535 });
    for (let sent = 0; sent < 65_535; sent++) exchange.dialogue.encode(subscribe);
    expectBadMessage({ encode: (message: never) => exchange.dialogue.encode(message) }, subscribe);
    exchange.says({ cmd: 'suback', messageId: 4711, granted: [0] });
    exchange.send(publish(1));
    expect(exchange.log.at(-1)).toEqual({ cmd: 'publish', messageId: 4711 });
  });
});

describe("mqtt: the server's receive maximum", () => {
  const limited: ExchangeOptions = { version: 5, interval: 1000 };

  test('mqtt: no more messages of QoS 1 and 2 are on their way, and the others follow in order', async () => {
    const exchange = new Exchange(limited);
    await exchange.connect(connack({ properties: { receiveMaximum: 2 } }, 5));
    for (const topic of ['a', 'b', 'c', 'd']) exchange.send(publish(topic === 'b' ? 2 : 1, topic));
    exchange.send(publish(0));
    expect(exchange.log).toEqual([
      { cmd: 'publish', messageId: 1 },
      { cmd: 'publish', messageId: 2 },
      { cmd: 'publish' },
    ]);
    exchange.says({ cmd: 'pubrec', messageId: 2, reasonCode: 0 });
    exchange.says({ cmd: 'puback', messageId: 1, reasonCode: 0 });
    expect(exchange.log.slice(3)).toEqual([
      { cmd: 'pubrel', messageId: 2 },
      { cmd: 'publish', messageId: 3 },
    ]);
    exchange.says({ cmd: 'pubcomp', messageId: 2, reasonCode: 0 });
    expect(exchange.log.slice(5)).toEqual([{ cmd: 'publish', messageId: 4 }]);
    exchange.says({ cmd: 'puback', messageId: 4, reasonCode: 0x97 });
    exchange.says({ cmd: 'puback', messageId: 3, reasonCode: 0 });
    expect(exchange.confirmed).toEqual([1, 2, 3]);
  });

  test('mqtt: an acknowledgement of what was not sent yet confirms nothing', async () => {
    const exchange = new Exchange(limited);
    await exchange.connect(connack({ properties: { receiveMaximum: 1 } }, 5));
    for (const topic of ['a', 'b']) exchange.send(publish(1, topic));
    exchange.says({ cmd: 'puback', messageId: 2, reasonCode: 0 });
    expect(exchange.confirmed).toEqual([]);
  });

  test('mqtt: without one, 20 are on their way by default, and the goodbye of version 4 has the rest', async () => {
    const { exchange } = await connected({});
    for (let sent = 0; sent < 25; sent++) exchange.send(publish(1));
    expect(exchange.log).toHaveLength(20);
    exchange.farewell('closed-by-us');
    expect(exchange.log.slice(20).map((sent) => 'cmd' in sent && sent.cmd)).toEqual([
      ...Array.from({ length: 5 }, () => 'publish'),
      'disconnect',
    ]);
  });

  test('mqtt: the goodbye of version 5 keeps to the receive maximum', async () => {
    const exchange = new Exchange({ ...limited, maxInFlight: 1 });
    await exchange.connect();
    for (const topic of ['a', 'b']) exchange.send(publish(1, topic));
    exchange.farewell('closed-by-us');
    expect(exchange.log).toEqual([{ cmd: 'publish', messageId: 1 }, { cmd: 'disconnect' }]);
  });

  test('mqtt: a message is refused when more bytes wait than one message may have', async () => {
    const exchange = new Exchange({ ...limited, maxMessageBytes: 1000 });
    await exchange.connect(connack({ properties: { receiveMaximum: 1 } }, 5));
    const big: MqttOut = { cmd: 'publish', topic: 'a', payload: 'x'.repeat(900), qos: 1 };
    for (let sent = 0; sent < 3; sent++) exchange.send(big);
    expectBadMessage({ encode: (message: never) => exchange.dialogue.encode(message) }, big);
    exchange.says({ cmd: 'puback', messageId: 1, reasonCode: 0 });
    exchange.send(big);
    expect(exchange.log).toHaveLength(2);
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

  test('mqtt: what waited for the receive maximum is sent for the first time, without DUP', async () => {
    const options = { ...kept, version: 5, sessionExpiry: 60 } as const;
    const exchange = new Exchange(options);
    const { resume } = await exchange.connect(connack({ properties: { receiveMaximum: 1 } }, 5));
    for (const topic of ['a', 'b']) exchange.send(publish(1, topic));
    const second = new Exchange({ ...options, previous: resume });
    await second.connect(connack({ sessionPresent: true }, 5));
    expect(second.log).toEqual([
      { cmd: 'publish', messageId: 1, dup: true },
      { cmd: 'publish', messageId: 2 },
    ]);
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

  test('mqtt: the third end in a row before a PINGRESP has the code CLIENT_ID_IN_USE, and names the id', async () => {
    let turn = await connected({ clientId: 'twin' });
    for (let quick = 1; quick < 3; quick++) {
      expect(ended(turn.exchange)).toEqual({
        reason: 'cut-off',
        detail: 'the server ended the connection without a DISCONNECT',
      });
      turn = await turn.next(false);
    }
    expect(ended(turn.exchange)).toEqual({
      reason: 'cut-off',
      code: 'CLIENT_ID_IN_USE',
      detail:
        'the server ended the connection without a DISCONNECT, 3 times in a row before a PINGRESP: another client may use the client id "twin"',
    });
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
    expect(ended(new Exchange())).toMatchObject({ reason: 'cut-off' });
  });
});
