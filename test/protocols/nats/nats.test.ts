import { describe, expect, test } from 'vitest';
import type { NatsOut } from '../../../src/nats.ts';
import { nats } from '../../../src/nats.ts';
import type { Credentials } from '../../../src/ports/protocol.ts';
import { speak } from '../conversation.ts';
import { expectBadMessage, expectRefused } from '../decoding.ts';

const info = (fields: object) => `INFO ${JSON.stringify({ max_payload: 100, headers: true, ...fields })}\r\n`;
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

async function greeted(fields: object = {}) {
  const spoken = speak(nats());
  spoken.hear(info(fields));
  await spoken.greet('PONG\r\n');
  return spoken;
}

/** The JSON of CONNECT. */
async function introduction(credentials?: Credentials, protocol = nats()): Promise<object> {
  const { hear, greet, written } = speak(protocol, credentials === undefined ? {} : { credentials });
  hear(info({}));
  await greet('PONG\r\n');
  return JSON.parse(/^CONNECT (.*)\r\nPING\r\n$/.exec(written[0] ?? '')?.[1] ?? '');
}

describe('nats: the handshake', () => {
  test('nats: CONNECT and PING go out after INFO, and the PONG ends the handshake with INFO as agreed', async () => {
    const { hear, greet } = speak(nats());
    hear(info({ server_name: 'a' }));
    expect(await greet('PONG\r\n')).toEqual({ info: { max_payload: 100, headers: true, server_name: 'a' } });
  });

  test('nats: PINGs of the server before its PONG do not end the handshake', async () => {
    const { hear, greet } = speak(nats());
    hear(info({}));
    expect(await greet('+OK\r\nPING\r\nPONG\r\n')).toHaveProperty('info');
  });

  test('nats: CONNECT has name and echo, asks for headers where the server has them, and for no verbose answers', async () => {
    expect(await introduction(undefined, nats({ name: 'feed', echo: false }))).toEqual({
      ...{ verbose: false, pedantic: false, lang: 'holdfast', version: '1', protocol: 1 },
      ...{ headers: true, no_responders: true, name: 'feed', echo: false },
    });
  });

  test.each<[title: string, Credentials, object]>([
    ['a text', 'secret', { auth_token: 'secret' }],
    ['a text for the handshake alone', { handshake: 'secret' }, { auth_token: 'secret' }],
    ['a token', { handshake: { token: 'secret' } }, { auth_token: 'secret' }],
    ['a name alone', { handshake: { username: 'secret' } }, { auth_token: 'secret' }],
    [
      'a name with an empty password',
      { handshake: { username: 'secret', password: '' } },
      { auth_token: 'secret' },
    ],
    ['a name and a password', { handshake: { username: 'u', password: 'p' } }, { user: 'u', pass: 'p' }],
  ])('nats: %s as credentials', async (_, credentials, fields) => {
    expect(await introduction(credentials)).toMatchObject(fields);
  });

  test('nats: credentials of another shape are bad-config', async () => {
    const { hear, greet } = speak(nats(), { credentials: { handshake: { password: 7 } } });
    hear(info({}));
    expect(await greet()).toMatchObject({ reason: 'bad-config' });
  });

  test.each([
    ['Authorization Violation', 'unauthorized'],
    ['User Authentication Expired', 'unauthorized'],
    ['User Authentication Revoked', 'unauthorized'],
    ['Account Authentication Expired', 'unauthorized'],
    ['Authentication Timeout', 'handshake-timeout'],
    ['Secure Connection - TLS Required', 'bad-config'],
    ['maximum connections exceeded', 'going-away'],
    ['maximum account active connections exceeded', 'going-away'],
    ['Stale Connection', 'going-away'],
    ['Slow Consumer', 'going-away'],
    ['Maximum Payload Violation', 'message-too-big'],
    ['Unknown Protocol Operation', 'protocol-error'],
  ])('nats: -ERR %s is %s, in the handshake and after it', async (error, reason) => {
    const { hear, greet } = speak(nats());
    hear(info({}));
    const failure = { reason, detail: `the server said: ${error}` };
    expect(await greet(`-ERR '${error}'\r\n`)).toEqual(failure);
    expect((await greeted()).hear(`-ERR '${error}'\r\n`)).toEqual(failure);
  });

  test('nats: tls_required is refused as bad-config over tcp, and is no obstacle over tls', async () => {
    for (const [url, outcome] of [
      ['nats://127.0.0.1', { reason: 'bad-config' }],
      ['tls://127.0.0.1:4222', { info: { tls_required: true } }],
    ] as const) {
      const { hear, greet } = speak(nats(), { url });
      hear(info({ tls_required: true }));
      expect(await greet('PONG\r\n')).toMatchObject(outcome);
    }
  });

  test('nats: a server that begins without INFO is a protocol-error', async () => {
    const { hear, greet } = speak(nats());
    hear('PING\r\n');
    expect(await greet()).toMatchObject({ reason: 'protocol-error' });
  });
});

describe('nats: setup', () => {
  test('nats: messages of setup go out in each handshake, after its PONG', async () => {
    const { hear, greet, written } = speak(nats({ setup: [{ op: 'sub', subject: 'a', sid: '1' }] }));
    hear(info({}));
    await greet('PONG\r\n');
    expect(written.slice(1)).toEqual(['SUB a 1\r\n']);
  });

  test('nats: a setup that this server does not take is bad-config', async () => {
    const { hear, greet } = speak(nats({ setup: [{ op: 'pub', subject: 'a', headers: [] }] }));
    hear(info({ headers: false }));
    expect(await greet('PONG\r\n')).toMatchObject({
      reason: 'bad-config',
      detail: expect.stringMatching(/^setup: /),
    });
  });
});

describe('nats: after the handshake', () => {
  test('nats: a violation of permissions is a message, and not an end', async () => {
    const { hear, frames } = await greeted();
    const error = 'Permissions Violation for Publish to "a"';
    expect(hear(`-ERR '${error}'\r\n`)).toBeUndefined();
    expect(frames).toEqual([{ op: 'error', error }]);
  });

  test('nats: INFO with ldm is going-away, so that the next URL is dialled', async () => {
    expect((await greeted()).hear(info({ ldm: true }))).toMatchObject({ reason: 'going-away' });
  });

  test('nats: a later INFO is a message, and its max_payload counts from then on', async () => {
    const { dialogue, hear, frames } = await greeted();
    dialogue.encode({ op: 'pub', subject: 'a', data: 'x'.repeat(100) });
    hear('INFO {"max_payload":10}\r\n');
    expect(frames).toEqual([{ op: 'info', info: { max_payload: 10 } }]);
    expectBadMessage(dialogue, { op: 'pub', subject: 'a', data: 'x'.repeat(11) });
  });

  test('nats: headers and data together are held against max_payload', async () => {
    const { dialogue } = await greeted();
    const pub = { op: 'pub', subject: 'a', headers: [['a', 'b']] } as const;
    const most = 100 - 'NATS/1.0\r\na: b\r\n\r\n'.length;
    dialogue.encode({ ...pub, data: 'x'.repeat(most) });
    expectBadMessage(dialogue, { ...pub, data: 'x'.repeat(most + 1) });
  });

  test('nats: headers for a server without them are a bad message', async () => {
    const { dialogue } = await greeted({ headers: false });
    expectBadMessage(dialogue, { op: 'pub', subject: 'a', headers: [] });
  });

  test('nats: an end of stream is going-away', async () => {
    expect((await greeted()).dialogue.ended?.(undefined)).toMatchObject({ reason: 'going-away' });
  });
});

describe('nats: messages of this side', () => {
  test.each<[string, NatsOut]>([
    ['PUB a.b 2\r\nhi\r\n', { op: 'pub', subject: 'a.b', data: 'hi' }],
    ['PUB a 0\r\n\r\n', { op: 'pub', subject: 'a' }],
    ['PUB a 3\r\n€\r\n', { op: 'pub', subject: 'a', data: '€' }],
    ['PUB a r 2\r\nhi\r\n', { op: 'pub', subject: 'a', reply: 'r', data: Buffer.from('hi') }],
    [
      'HPUB a r 23 25\r\nNATS/1.0\r\nx: 1\r\nx: \r\n\r\nhi\r\n',
      {
        op: 'pub',
        subject: 'a',
        reply: 'r',
        headers: [
          ['x', '1'],
          ['x', ''],
        ],
        data: 'hi',
      },
    ],
    ['SUB a.* 1\r\n', { op: 'sub', subject: 'a.*', sid: '1' }],
    ['SUB a.> q 1\r\n', { op: 'sub', subject: 'a.>', queue: 'q', sid: '1' }],
    ['UNSUB 1\r\n', { op: 'unsub', sid: '1' }],
    ['UNSUB 1 5\r\n', { op: 'unsub', sid: '1', max: 5 }],
  ])('nats: %j goes out, and measure counts its bytes', async (wire, message) => {
    const { dialogue } = await greeted();
    expect(text(dialogue.encode(message))).toBe(wire);
    expect(nats().measure?.(message)).toBe(Buffer.byteLength(wire));
  });

  test.each([
    ['no object', undefined],
    ['another op', { op: 'connect' }],
    ['no subject', { op: 'pub' }],
    ['a subject with a space', { op: 'pub', subject: 'a b' }],
    ['a subject with a line', { op: 'sub', subject: 'a\r\nPUB b 0\r\n', sid: '1' }],
    ['an empty subject', { op: 'pub', subject: '' }],
    ['an empty reply', { op: 'pub', subject: 'a', reply: '' }],
    ['no sid', { op: 'sub', subject: 'a' }],
    ['a sid that is a number', { op: 'unsub', sid: 1 }],
    ['a max of 0', { op: 'unsub', sid: '1', max: 0 }],
    ['a queue with a tab', { op: 'sub', subject: 'a', queue: '\t', sid: '1' }],
    ['data that is an object', { op: 'pub', subject: 'a', data: {} }],
    ['a header with a line', { op: 'pub', subject: 'a', headers: [['x', 'a\r\nb: c']] }],
    ['a header name with a colon', { op: 'pub', subject: 'a', headers: [['x:', 'a']] }],
    ['a header that is a number', { op: 'pub', subject: 'a', headers: [7] }],
    ['headers that are an object', { op: 'pub', subject: 'a', headers: { x: 'a' } }],
  ])('nats: %s is a bad message, when it is sent and when it leaves', async (_, message) => {
    const { dialogue } = await greeted();
    expectBadMessage(dialogue, message);
    expectBadMessage({ encode: (each: never) => nats().measure?.(each) }, message);
  });

  test('nats: options of another kind are refused by name', () => {
    expectRefused(
      () => nats({ maxMessageBytes: 0, name: 1, setup: [{}] } as never),
      'nats.name',
      'nats.setup',
      'nats.maxMessageBytes',
    );
  });

  test('nats: connections of different names are not the same', () => {
    expect(nats({ name: 'a' }).identity).not.toBe(nats({ name: 'b' }).identity);
    expect(nats({ name: 'a' }).identity).toBe(nats({ name: 'a' }).identity);
  });
});
