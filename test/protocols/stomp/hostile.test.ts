/** STOMP against evil brokers, and against texts that would be lines of their own. */
import { describe, expect, test } from 'vitest';
import { type StompOut, stomp } from '../../../src/stomp.ts';
import { speak } from '../conversation.ts';
import { expectBadMessage } from '../decoding.ts';
import { dialled, scripts } from '../scripts.ts';

const connected = 'CONNECTED\nversion:1.2\n\n\0';

describe('stomp: no text begins a line of CONNECT', () => {
  test.each([
    ['a line break', 'stomp://a/v%0Alogin:root'],
    ['a carriage return', 'stomp://a/v%0D'],
    ['NUL', 'stomp://a/v%00SEND%0A'],
  ])('stomp: a path with %s is bad-config, and nothing is sent', async (_, url) => {
    const { greet, written } = speak(stomp(), { url });
    expect(await greet(connected)).toMatchObject({
      reason: 'bad-config',
      detail: expect.stringContaining('url'),
    });
    expect(written).toEqual([]);
  });

  test('stomp: a host with a line break is refused by name', () => {
    expect(() => stomp({ host: 'v\nlogin:root' })).toThrow(/stomp\.host/);
    expect(() => stomp({ host: 'v\0' })).toThrow(/stomp\.host/);
  });

  test('stomp: connectHeaders cannot take the place of those that the handshake sends', () => {
    for (const name of ['accept-version', 'heart-beat', 'host', 'login', 'passcode', 'content-length'])
      expect(() => stomp({ connectHeaders: { [name]: '1' } }), name).toThrow(/stomp\.connectHeaders/);
  });
});

describe('stomp: frames that would break the stream', () => {
  test.each<[string, unknown]>([
    ['a content-length without a body', { command: 'SEND', headers: { 'content-length': '9' } }],
    ['a content-length of another frame', { command: 'ACK', headers: { id: '1', 'content-length': '9' } }],
    ['headers that are null', { command: 'SEND', headers: null }],
    ['headers that are a list', { command: 'SEND', headers: ['a'] }],
    ['headers that are a text', { command: 'SEND', headers: 'ab' }],
    ['a header that is a number', { command: 'SEND', headers: { a: 1 } }],
    ['a header with NUL', { command: 'SEND', headers: { a: 'x\0' } }],
    ['nothing', undefined],
    ['a number', 5],
    ['a list', [[]]],
    ['a body that is an object', { command: 'SEND', body: {} }],
    ['a command in small letters', { command: 'send' }],
  ])('stomp: %s is a bad message, with receipts and without', async (_, message) => {
    for (const receipts of [false, true]) {
      const { dialogue } = speak(stomp({ receipts }));
      expectBadMessage({ encode: (sent: never) => stomp({ receipts }).measure?.(sent) }, message as StompOut);
      expectBadMessage(dialogue, message as StompOut);
    }
  });
});

describe('stomp: evil brokers', () => {
  test('stomp: a second CONNECTED is a protocol-error, and no message', async () => {
    const spoken = speak(stomp());
    await spoken.greet(connected);
    expect(spoken.hear(connected)).toMatchObject({ reason: 'protocol-error' });
    expect(spoken.frames).toEqual([]);
  });

  test.each(['0', '2', '-1', '1.5', '1e0', '', 'NaN', '99999999999999999999', ' 1'])(
    'stomp: a RECEIPT for holdfast-%s, which was not asked for, confirms no message',
    async (id) => {
      const spoken = speak(stomp({ receipts: true }));
      await spoken.greet(connected);
      spoken.dialogue.encode({ command: 'SEND' });
      expect(spoken.hear(`RECEIPT\nreceipt-id:holdfast-${id}\n\n\0`)).toBeUndefined();
      expect(spoken.frames.map((frame) => spoken.dialogue.acknowledges?.(frame))).toEqual([undefined]);
    },
  );

  test('stomp: messages of wrong shape are each one bad-message, and the connection goes on', async () => {
    const script = scripts.find(({ name }) => name === 'stomp');
    const run = dialled(script as never, (peer, answer) => peer.write(answer));
    await run.clock.run(1000);
    for (const message of [undefined, null, 1, 'x', {}, [], { command: 'SEND', headers: null }])
      await expect(run.connection.send(message as never)).rejects.toMatchObject({ code: 'bad-message' });
    await run.clock.run(1000);
    expect([run.connection.state, run.connection.incarnation]).toEqual(['alive', 1]);
  });
});
