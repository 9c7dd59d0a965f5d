/** NATS against evil servers, and against texts that would be lines of their own. */
import { describe, expect, test } from 'vitest';
import { type NatsOut, nats } from '../../../src/nats.ts';
import { speak } from '../conversation.ts';
import { deep, expectBadMessage } from '../decoding.ts';

const info = 'INFO {"max_payload":100,"headers":true}\r\n';

async function greeted() {
  const spoken = speak(nats());
  spoken.hear(info);
  await spoken.greet('PONG\r\n');
  spoken.frames.splice(0);
  return spoken;
}

const lineBreaks = [
  'a\r\nPUB b 0\r\n',
  'a\nb',
  'a b',
  'a\tb',
  'a\0b',
  'a\u0085b',
  'a\u2028b',
  '',
  7,
  undefined,
  {},
];

describe('nats: no text begins a line of its own', () => {
  test.each(['subject', 'reply', 'queue', 'sid'])(
    'nats: %s of any text that is more than a word is bad-message and names it',
    async (field) => {
      const { dialogue } = await greeted();
      const optional = field === 'reply' || field === 'queue';
      for (const value of lineBreaks) {
        if (optional && value === undefined) continue;
        const pub = field === 'subject' || field === 'reply';
        const message = pub
          ? { op: 'pub', subject: 'a', [field]: value }
          : { op: 'sub', subject: 'a', sid: '1', [field]: value };
        expect(() => dialogue.encode(message as NatsOut), String(value)).toThrow(field);
        expectBadMessage({ encode: (sent: never) => nats().measure?.(sent) }, message as NatsOut);
      }
    },
  );

  test.each<[string, unknown]>([
    ['a name with a line break', [['a\r\nb', 'c']]],
    ['a name with a colon', [['a:b', 'c']]],
    ['a value with a line break', [['a', 'b\r\nc: d']]],
    ['a value with NUL', [['a', 'b\0c']]],
    ['null', null],
    ['an object', { a: 'b' }],
    ['a number', [[1, 2]]],
  ])('nats: headers with %s are bad-message and named', async (_, headers) => {
    const { dialogue } = await greeted();
    expect(() => dialogue.encode({ op: 'pub', subject: 'a', headers } as NatsOut)).toThrow('headers');
  });

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['a list', []],
    ['a subject that is a list', { op: 'pub', subject: ['a'] }],
    ['data that is null', { op: 'pub', subject: 'a', data: null }],
    ['data that is a number', { op: 'pub', subject: 'a', data: 5 }],
    ['max 0', { op: 'unsub', sid: '1', max: 0 }],
    ['max 1.5', { op: 'unsub', sid: '1', max: 1.5 }],
    ['max 2^53', { op: 'unsub', sid: '1', max: 2 ** 53 }],
    ['max that is a text', { op: 'unsub', sid: '1', max: '1' }],
    ['another op', { op: 'PUB', subject: 'a' }],
  ])('nats: %s is a bad message', async (_, message) => {
    const { dialogue } = await greeted();
    expectBadMessage(dialogue, message as NatsOut);
    expectBadMessage({ encode: (sent: never) => nats().measure?.(sent) }, message as NatsOut);
  });
});

describe('nats: evil servers', () => {
  test.each([
    ['20,000 nested lists', `INFO {"a":${deep}}\r\n`],
    ['a list', 'INFO []\r\n'],
    ['null', 'INFO null\r\n'],
    ['a text', 'INFO "x"\r\n'],
    ['a max_payload below 0', 'INFO {"max_payload":-1}\r\n'],
    ['a max_payload that is a text', 'INFO {"max_payload":"1"}\r\n'],
    ['a max_payload that is null', 'INFO {"max_payload":null}\r\n'],
  ])('nats: INFO with %s is a protocol-error', (_, line) => {
    expect(speak(nats()).hear(line)).toMatchObject({ reason: 'protocol-error' });
  });

  test.each([
    ['-1', 'MSG a 1 -1\r\n'],
    ['NaN', 'MSG a 1 NaN\r\n'],
    ['1e3', 'MSG a 1 1e3\r\n'],
    ['headers longer than the message', 'HMSG a 1 20 10\r\n'],
  ])('nats: a message of the length %s is a protocol-error', async (_, line) => {
    expect((await greeted()).hear(line)).toMatchObject({ reason: 'protocol-error' });
  });

  test.each(['2147483648', '9007199254', '9999999999'])(
    'nats: a message of %s bytes is message-too-big',
    async (length) => {
      expect((await greeted()).hear(`MSG a 1 ${length}\r\n`)).toMatchObject({ reason: 'message-too-big' });
    },
  );

  test('nats: a MSG before the PONG of the handshake is a protocol-error', async () => {
    const spoken = speak(nats());
    spoken.hear(info);
    expect(await spoken.greet('MSG a 1 1\r\nx\r\nPONG\r\n')).toMatchObject({ reason: 'protocol-error' });
  });
});
