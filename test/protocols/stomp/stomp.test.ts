import { describe, expect, test } from 'vitest';
import { type StompOptions, type StompOut, stomp } from '../../../src/stomp.ts';
import { type Circumstances, speak } from '../conversation.ts';
import { expectBadMessage, expectRefused } from '../decoding.ts';

const connected = (headers = '') => `CONNECTED\nversion:1.2\n${headers}\n\0`;

async function greeted(options: StompOptions = {}, conditions: Circumstances = {}, headers = '') {
  const spoken = speak(stomp(options), conditions);
  return { ...spoken, agreement: await spoken.greet(connected(headers)) };
}

/** The frame CONNECT, by lines. */
async function introduction(options: StompOptions, conditions: Circumstances): Promise<string[]> {
  const { written } = await greeted(options, conditions);
  return (written[0] ?? '').split('\n');
}

const text = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString();

describe('stomp: the handshake', () => {
  test('stomp: CONNECT has version, virtual host of the URL, login, and heart-beats by the interval', async () => {
    const login = { handshake: { username: 'u:1', password: 'p' } };
    expect(await introduction({}, { url: 'stomp://a/b%2Fc', credentials: login, interval: 500 })).toEqual([
      ...['CONNECT', 'accept-version:1.2', 'host:b/c', 'login:u:1', 'passcode:p', 'heart-beat:500,500'],
      ...['', '\0'],
    ]);
  });

  test('stomp: without credentials, path and interval there is no login, the host is / and heart-beats are 0,0', async () => {
    for (const url of ['stomp://a', 'stomp://a/'])
      expect(await introduction({}, { url, interval: null })).toEqual([
        ...['CONNECT', 'accept-version:1.2', 'host:/', 'heart-beat:0,0', '', '\0'],
      ]);
  });

  test('stomp: options go before the URL and the policy, and more headers go along', async () => {
    const options = { host: 'v', heartBeat: [1, 2], connectHeaders: { 'client-id': 'c' } } as const;
    const lines = await introduction(options, { url: 'stomp://a/w', credentials: 'token' });
    expect(lines).toEqual(
      expect.arrayContaining(['client-id:c', 'host:v', 'passcode:token', 'heart-beat:1,2']),
    );
  });

  test.each([
    [[500, 500], '0,0', [null, null], [null, null]],
    [[0, 0], '500,500', [null, null], [null, null]],
    [[500, 3000], '500,500', [500, 3000], [250, 6000]],
    [[3000, 500], '500,500', [3000, 500], [1500, 1000]],
    [[500, 0], '700,800', [800, null], [400, null]],
    [[0, 500], '700,800', [null, 700], [null, 1400]],
  ] as const)(
    'stomp: heart-beats %j of this side and %j of the server are %j, spoken and heard as %j',
    async (heartBeat, server, [sends, receives], [speakMs, hear]) => {
      const { agreement } = await greeted({ heartBeat }, {}, `heart-beat:${server}\nserver:x/1\n`);
      expect(agreement).toMatchObject({
        speak: speakMs,
        hear,
        info: { sends, receives, headers: { server: 'x/1' } },
      });
    },
  );

  test('stomp: a server without the header heart-beat has none', async () => {
    expect((await greeted()).agreement).toMatchObject({ speak: null, hear: null });
  });

  test('stomp: frames of setup go out in each handshake, after CONNECTED, and ask for no receipt', async () => {
    const setup = [{ command: 'SUBSCRIBE', headers: { id: '1', destination: '/q' } }] as const;
    const { written, dialogue } = await greeted({ setup, receipts: true });
    expect(written.slice(1)).toEqual(['SUBSCRIBE\nid:1\ndestination:/q\n\n\0']);
    expect(text(dialogue.encode({ command: 'SEND' }))).toContain('receipt:holdfast-1\n');
  });

  test('stomp: line breaks before CONNECTED do not end the handshake', async () => {
    expect(await speak(stomp()).greet(`\n${connected()}`)).toHaveProperty('info');
  });

  test.each([
    ['Bad CONNECT', "Access refused for user 'guest'\n", 'unauthorized'],
    ['Bad CONNECT', "Virtual host '/nope' access denied", 'unauthorized'],
    ['User name [a] or password is invalid.', '', 'unauthorized'],
    ['Version mismatch', 'Supported versions are 1.0', 'protocol-error'],
    ['Unknown destination', "'/a' is not a valid destination", 'going-away'],
  ])('stomp: ERROR %j %j is %s, in the handshake and after it', async (message, body, reason) => {
    const error = `ERROR\nmessage:${message}\n\n${body}\0`;
    expect(await speak(stomp()).greet(error)).toMatchObject({ reason, code: message });
    expect((await greeted()).hear(error)).toMatchObject({ reason, code: message });
  });

  test.each([
    ['another version', 'CONNECTED\nversion:1.1\n\n\0', 'protocol-error'],
    ['another frame', 'MESSAGE\n\n\0', 'protocol-error'],
    ['heart-beats that are no numbers', connected('heart-beat:a,b\n'), 'protocol-error'],
  ])('stomp: %s is a %s', async (_, answer, reason) => {
    expect(await speak(stomp()).greet(answer)).toMatchObject({ reason });
  });

  test('stomp: a password without a name is passcode, with an empty login', async () => {
    const credentials = { handshake: { password: 'token' } };
    expect(await introduction({}, { credentials })).toEqual(
      expect.arrayContaining(['login:', 'passcode:token']),
    );
  });

  test('stomp: credentials of another shape, and with line breaks, are bad-config', async () => {
    for (const handshake of [{ username: 7 }, {}, { username: 'a\nb', password: '' }])
      expect(await speak(stomp(), { credentials: { handshake } }).greet()).toMatchObject({
        reason: 'bad-config',
      });
  });

  test('stomp: a path that is no percent-encoding is bad-config', async () => {
    expect(await speak(stomp(), { url: 'stomp://a/%zz' }).greet()).toMatchObject({ reason: 'bad-config' });
  });
});

describe('stomp: frames of this side', () => {
  test.each<[string, StompOut]>([
    [
      'SEND\ndestination:/q\ncontent-length:2\n\nhi\0',
      { command: 'SEND', headers: { destination: '/q' }, body: 'hi' },
    ],
    ['SEND\ncontent-length:3\n\n€\0', { command: 'SEND', body: '€' }],
    [
      'SEND\ncontent-length:1\n\n\0\0',
      { command: 'SEND', headers: { 'content-length': '9' }, body: Buffer.of(0) },
    ],
    [
      'SUBSCRIBE\nid:0\na\\cb\\\\:c\\r\\n\n\n\0',
      { command: 'SUBSCRIBE', headers: { id: '0', 'a:b\\': 'c\r\n' } },
    ],
    ['BEGIN\n\n\0', { command: 'BEGIN' }],
  ])('stomp: %j goes out, and measure counts its bytes', async (wire, message) => {
    const { dialogue } = await greeted();
    expect(text(dialogue.encode(message))).toBe(wire);
    expect(stomp().measure?.(message)).toBe(Buffer.byteLength(wire));
  });

  test.each([
    ['no object', undefined],
    ['CONNECT', { command: 'CONNECT' }],
    ['DISCONNECT', { command: 'DISCONNECT' }],
    ['a frame of the server', { command: 'MESSAGE' }],
    ['a header without a name', { command: 'SEND', headers: { '': 'a' } }],
    ['a header that is a number', { command: 'SEND', headers: { a: 1 } }],
    ['a header with NUL', { command: 'SEND', headers: { a: '\0' } }],
    ['a body of SUBSCRIBE', { command: 'SUBSCRIBE', body: '' }],
    ['a body that is an object', { command: 'SEND', body: {} }],
    ['a frame over the limit', { command: 'SEND', body: 'x'.repeat(101) }],
  ])('stomp: %s is a bad message, when it is sent and when it leaves', async (_, message) => {
    const limited = stomp({ maxMessageBytes: 100 });
    expectBadMessage(speak(limited).dialogue, message);
    expectBadMessage({ encode: (each: never) => limited.measure?.(each) }, message);
  });

  test('stomp: the last words are DISCONNECT', async () => {
    expect(text((await greeted()).dialogue.goodbye?.('closed-by-us'))).toBe('DISCONNECT\n\n\0');
  });

  test('stomp: an end of stream is going-away', async () => {
    expect((await greeted()).dialogue.ended?.(undefined)).toMatchObject({ reason: 'going-away' });
  });

  test('stomp: options of another kind are refused by name', () => {
    const options = {
      heartBeat: [1, -1],
      receipts: 1,
      connectHeaders: { a: 'b\n' },
      host: 1,
      setup: 1,
      maxMessageBytes: 0,
    };
    const paths = ['host', 'heartBeat', 'receipts', 'connectHeaders', 'setup', 'maxMessageBytes'];
    expectRefused(() => stomp(options as never), ...paths.map((path) => `stomp.${path}`));
  });
});

describe('stomp: receipts', () => {
  test('stomp: with receipts each frame asks for one by its number, and the RECEIPT acknowledges that number', async () => {
    const { dialogue, hear, frames } = await greeted({ receipts: true });
    expect(text(dialogue.encode({ command: 'SEND', body: '' }))).toContain('\nreceipt:holdfast-1\n');
    expect(text(dialogue.encode({ command: 'SEND', body: '' }))).toContain('\nreceipt:holdfast-2\n');
    hear('RECEIPT\nreceipt-id:holdfast-2\n\n\0');
    expect(dialogue.acknowledges?.(frames[0])).toBe(2);
    expect(dialogue.isInternal?.(frames[0])).toBe(true);
  });

  test('stomp: with receipts other frames acknowledge nothing, and are messages', async () => {
    const { dialogue, hear, frames } = await greeted({ receipts: true });
    hear('RECEIPT\nreceipt-id:mine\n\n\0MESSAGE\nreceipt-id:holdfast-1\n\n\0');
    for (const frame of frames) {
      expect(dialogue.acknowledges?.(frame)).toBeUndefined();
      expect(dialogue.isInternal?.(frame)).toBe(false);
    }
  });

  test('stomp: with receipts a header receipt is a bad message', async () => {
    const { dialogue } = await greeted({ receipts: true });
    expectBadMessage(dialogue, { command: 'SEND', headers: { receipt: 'mine' } });
  });

  test('stomp: without receipts a RECEIPT is a message, and nothing is acknowledged', async () => {
    const { dialogue } = await greeted();
    expect([dialogue.acknowledges, dialogue.isInternal]).toEqual([undefined, undefined]);
    expect(text(dialogue.encode({ command: 'SEND', headers: { receipt: 'mine' } }))).toContain(
      'receipt:mine\n',
    );
  });
});
