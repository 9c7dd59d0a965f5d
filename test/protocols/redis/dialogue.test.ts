import { describe, expect, test } from 'vitest';
import type { RedisCommand } from '../../../src/protocols/redis/messages.ts';
import { hello, Scripted } from './scripted.ts';

const ok = '+OK\r\n';
const pong = '+PONG\r\n';

/** A dialogue that has greeted, in RESP3 or RESP2. */
async function greeted(options: ConstructorParameters<typeof Scripted>[0] = {}): Promise<Scripted> {
  const scripted = new Scripted(options);
  const done = scripted.greet();
  await scripted.answers([hello], [pong]);
  await done;
  return scripted;
}

describe('redis: replies', () => {
  test('belong to commands by their order, the very arrays that were sent', async () => {
    const scripted = await greeted();
    const [get, set]: RedisCommand[] = [
      ['GET', 'a'],
      ['SET', 'b', 1],
    ];
    scripted.send(get as RedisCommand);
    scripted.send(set as RedisCommand);
    scripted.says('$1\r\n7\r\n', ok);
    const [first, second] = scripted.news as readonly { command: RedisCommand }[];
    expect([first, second]).toEqual([
      { kind: 'reply', command: get, value: '7' },
      { kind: 'reply', command: set, value: 'OK' },
    ]);
    expect([first?.command === get, second?.command === set]).toEqual([true, true]);
  });

  test('errors of the server are messages, and redirects say where to', async () => {
    const scripted = await greeted();
    for (const key of 'abc') scripted.send(['GET', key]);
    scripted.says(
      '-WRONGTYPE Operation against a key\r\n',
      '-MOVED 3999 127.0.0.1:6381\r\n',
      '-ASK 7 :6382\r\n',
    );
    expect(scripted.news).toMatchObject([
      { kind: 'error', code: 'WRONGTYPE', message: 'WRONGTYPE Operation against a key' },
      { kind: 'redirect', how: 'moved', slot: 3999, host: '127.0.0.1', port: 6381 },
      { kind: 'redirect', how: 'ask', slot: 7, host: 'cache.example', port: 6382 },
    ]);
    expect(scripted.violation).toBeUndefined();
  });

  test("a user's own PING is answered, also with the number of a heartbeat, and heartbeats are not delivered", async () => {
    const scripted = await greeted();
    scripted.send(['PING', '1']);
    scripted.ping(1);
    scripted.send(['PING']);
    scripted.says('$1\r\n1\r\n', '$1\r\n1\r\n', pong);
    expect(scripted.news).toMatchObject([{ value: '1' }, { value: 'PONG' }]);
    expect(scripted.pongs).toEqual([1]);
  });

  test('an error is an answer to a heartbeat, another value ends the connection', async () => {
    const scripted = await greeted();
    scripted.ping(1);
    scripted.says('-LOADING Redis is loading the dataset in memory\r\n');
    expect([scripted.pongs, scripted.violation]).toEqual([[1], undefined]);
    scripted.ping(2);
    scripted.says('$1\r\n7\r\n');
    expect(scripted.violation).toMatchObject({ reason: 'protocol-error' });
  });

  test.each([
    ['going-away', '-ERR max number of clients reached\r\n'],
    ['protocol-error', '-ERR Protocol error: too big mbulk count string\r\n'],
    ['protocol-error', ok],
  ])('a reply to no command is %s: %s', async (reason, reply) => {
    const scripted = await greeted();
    scripted.says(reply);
    expect(scripted.violation?.reason).toBe(reason);
  });

  test('READONLY is delivered, and ends the connection as going-away unless it is to be reported only', async () => {
    for (const [readonly, reason] of [
      ['leave', 'going-away'],
      ['report', undefined],
    ] as const) {
      const scripted = await greeted({ readonly });
      scripted.send(['SET', 'a', 'b']);
      scripted.says("-READONLY You can't write against a read only replica.\r\n");
      expect(scripted.news).toMatchObject([{ kind: 'error', code: 'READONLY', command: ['SET', 'a', 'b'] }]);
      expect(scripted.violation?.reason).toBe(reason);
    }
  });

  test('NOPERM for one command is its error alone, NOAUTH ends the connection as unauthorized', async () => {
    const scripted = await greeted();
    scripted.send(['FLUSHALL']);
    scripted.says('-NOPERM this user has no permissions\r\n');
    expect(scripted.violation).toBeUndefined();
    scripted.send(['GET', 'a']);
    scripted.says('-NOAUTH Authentication required.\r\n');
    expect(scripted.violation).toMatchObject({ reason: 'unauthorized', code: 'NOAUTH' });
  });

  test('an end of stream is going-away, but after a QUIT, or before the handshake is done', async () => {
    expect(new Scripted().dialogue.ended?.(undefined)).toBeUndefined();
    const scripted = await greeted();
    expect(scripted.dialogue.ended?.(undefined)).toMatchObject({ reason: 'going-away' });
    scripted.send(['quit']);
    scripted.says(ok);
    expect(scripted.dialogue.ended?.(undefined)).toBeUndefined();
  });
});

describe('redis: subscriptions', () => {
  const news = { kind: 'message', channel: 'news', message: 'hi' };

  test.each([
    ['RESP3, as pushes', 3, '>'],
    ['RESP2, as arrays', 2, '*'],
  ] as const)('look the same in %s', async (_, resp, type) => {
    const scripted = await greeted({ resp });
    scripted.send(['SUBSCRIBE', 'news', 'other']);
    scripted.send(['PSUBSCRIBE', 'n*']);
    scripted.says(
      `${type}3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n`,
      `${type}3\r\n$9\r\nsubscribe\r\n$5\r\nother\r\n:2\r\n`,
      `${type}3\r\n$10\r\npsubscribe\r\n$2\r\nn*\r\n:3\r\n`,
      `${type}3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$2\r\nhi\r\n`,
      `${type}4\r\n$8\r\npmessage\r\n$2\r\nn*\r\n$4\r\nnews\r\n$2\r\nhi\r\n`,
    );
    expect(scripted.news).toEqual([
      { kind: 'subscription', change: 'subscribe', channel: 'news', count: 1 },
      { kind: 'subscription', change: 'subscribe', channel: 'other', count: 2 },
      { kind: 'subscription', change: 'psubscribe', channel: 'n*', count: 3 },
      news,
      { ...news, pattern: 'n*' },
    ]);
  });

  test.each([
    ['RESP3', 3, '>', '$1\r\n3\r\n'],
    ['RESP2, where the answer is an array', 2, '*', '*2\r\n$4\r\npong\r\n$1\r\n3\r\n'],
  ] as const)('heartbeats are answered between messages in %s', async (_, resp, type, answer) => {
    const scripted = await greeted({ resp });
    scripted.send(['SUBSCRIBE', 'news']);
    scripted.ping(3);
    scripted.says(
      `${type}3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n`,
      `${type}3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$2\r\nhi\r\n`,
      answer,
    );
    expect(scripted.pongs).toEqual([3]);
    expect(scripted.violation).toBeUndefined();
  });

  test('UNSUBSCRIBE without channels is confirmed for each, and replies match again afterwards', async () => {
    const scripted = await greeted({ resp: 2 });
    scripted.send(['SUBSCRIBE', 'a', 'b']);
    scripted.send(['UNSUBSCRIBE']);
    scripted.send(['LRANGE', 'list', 0, -1]);
    scripted.says(
      '*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n*3\r\n$9\r\nsubscribe\r\n$1\r\nb\r\n:2\r\n',
      '*3\r\n$11\r\nunsubscribe\r\n$1\r\nb\r\n:1\r\n*3\r\n$11\r\nunsubscribe\r\n$1\r\na\r\n:0\r\n',
      '*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nb\r\n',
    );
    expect(scripted.news.at(-1)).toMatchObject({ kind: 'reply', value: ['message', 'a', 'b'] });
  });

  test('a subscription that is refused is an error of its command', async () => {
    const scripted = await greeted({ resp: 2 });
    scripted.send(['SUBSCRIBE', 'secret', 'news']);
    scripted.send(['GET', 'a']);
    scripted.says('-NOPERM this user has no permissions to access the channel\r\n', '$1\r\nx\r\n');
    expect(scripted.news).toMatchObject([
      { kind: 'error', code: 'NOPERM' },
      { kind: 'reply', value: 'x' },
    ]);
  });

  test.each([
    ['RESP3', 3, '>2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n'],
    ['RESP2', 2, '*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n*1\r\n$1\r\nk\r\n'],
  ] as const)('keys that tracking found changed are a push in %s', async (_, resp, push) => {
    const scripted = await greeted({ resp });
    scripted.send(['SUBSCRIBE', '__redis__:invalidate']);
    scripted.says(push);
    expect(scripted.news).toEqual([{ kind: 'push', type: 'invalidate', values: [['k']] }]);
  });
});

describe('redis: patience', () => {
  test('is the sum of what the commands without a reply may take, and ends with their replies', async () => {
    const scripted = await greeted();
    scripted.send(['BLPOP', 'queue', 30]);
    expect(scripted.dialogue.patience).toBe(30_000);
    scripted.send(['XREAD', 'BLOCK', '5000', 'STREAMS', 's', '$']);
    expect(scripted.dialogue.patience).toBe(35_000);
    scripted.says('_\r\n', '_\r\n');
    expect(scripted.patience).toEqual([5000, 0]);
  });

  test('is not renewed by commands that do not block', async () => {
    const scripted = await greeted();
    scripted.send(['BLPOP', 'queue', 30]);
    scripted.send(['SET', 'a', 1]);
    expect([scripted.dialogue.patience, scripted.dialogue.patience]).toEqual([30_000, 0]);
    scripted.send(['SET', 'a', 2]);
    expect(scripted.dialogue.patience).toBe(0);
  });

  test('has no end with a timeout of 0, until the reply', async () => {
    const scripted = await greeted();
    scripted.send(['BRPOP', 'queue', 0]);
    expect(scripted.dialogue.patience).toBe(Number.POSITIVE_INFINITY);
    scripted.says('_\r\n');
    expect(scripted.patience).toEqual([0]);
  });

  test('follows the reply of CLIENT PAUSE, until the next reply', async () => {
    const scripted = await greeted();
    scripted.send(['CLIENT', 'PAUSE', 4000]);
    scripted.ping(1);
    expect(scripted.dialogue.patience).toBe(0);
    scripted.says(ok);
    expect(scripted.patience).toEqual([4000]);
    scripted.send(['GET', 'a']);
    scripted.says('$1\r\n1\r\n', '_\r\n');
    expect(scripted.patience).toEqual([4000, 0]);
  });

  test('is none within a transaction, where no command blocks', async () => {
    const scripted = await greeted();
    scripted.send([['MULTI'], ['BLPOP', 'queue', 30], ['EXEC']]);
    expect(scripted.dialogue.patience).toBe(0);
  });
});
