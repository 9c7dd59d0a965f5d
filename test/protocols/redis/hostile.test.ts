/** Redis against evil servers. */
import { describe, expect, test } from 'vitest';
import type { RedisRequest } from '../../../src/protocols/redis/messages.ts';
import { redis } from '../../../src/protocols/redis/redis.ts';
import { expectBadMessage } from '../decoding.ts';
import { hello, Scripted } from './scripted.ts';

const login = { handshake: { username: 'ann', password: 'Tr0ub4dor' } };
const ok = '+OK\r\n';
const pong = '+PONG\r\n';
const unknown = "-ERR unknown command 'HELLO'\r\n";

async function refusal(options: ConstructorParameters<typeof Scripted>[0], ...turns: string[][]) {
  const scripted = new Scripted(options);
  const done = scripted.greet();
  await scripted.answers(...turns);
  return done;
}

async function greeted() {
  const scripted = new Scripted();
  const done = scripted.greet();
  await scripted.answers([hello], [pong]);
  await done;
  return scripted;
}

describe('redis: answers of an evil server in the handshake', () => {
  test.each([
    ['a text', ok],
    ['a number', ':3\r\n'],
    ['null', '_\r\n'],
    ['an empty map', '%0\r\n'],
    ['a list without names', '*2\r\n:1\r\n:2\r\n'],
  ])('%s in answer to HELLO is protocol-error', async (_, answer) => {
    expect(await refusal({}, [answer], [pong])).toMatchObject({ reason: 'protocol-error' });
  });

  test.each([
    ['OK', ok],
    ['null', '$-1\r\n'],
    ['a number', ':1\r\n'],
    ['an empty list', '*0\r\n'],
  ])('%s in answer to PING is protocol-error', async (_, answer) => {
    expect(await refusal({}, [hello], [answer])).toMatchObject({ reason: 'protocol-error' });
  });

  test('what HELLO does not tell is empty, and not the name of another field', async () => {
    expect(await refusal({}, ['%2\r\n+server\r\n+role\r\n+version\r\n+7\r\n'], [pong])).toEqual({
      info: { server: 'role', version: '7', resp: 3, mode: '', role: '' },
    });
  });

  test('an error that repeats the arguments of AUTH does not show the password', async () => {
    for (const error of [
      '-ERR unknown command `AUTH`, with args beginning with: `ann`, `Tr0ub4dor`, \r\n',
      '-WRONGPASS Tr0ub4dor is wrong\r\n',
    ]) {
      const failure = await refusal({ credentials: login }, [unknown], [error]);
      expect(failure).toMatchObject({ code: expect.any(String) });
      expect(JSON.stringify(failure)).not.toContain('Tr0ub4dor');
    }
  });

  test('an error in answer to HELLO that repeats its arguments does not show the password', async () => {
    const failure = await refusal({ credentials: login }, ['-WRONGPASS ann Tr0ub4dor\r\n']);
    expect(failure).toMatchObject({ reason: 'unauthorized' });
    expect(JSON.stringify(failure)).not.toContain('Tr0ub4dor');
  });
});

describe('redis: answers of an evil server', () => {
  test.each([
    ['a reply', ok],
    ['a number', ':1\r\n'],
    ['a list', '*1\r\n:1\r\n'],
  ])('%s to no command is protocol-error', async (_, answer) => {
    const scripted = await greeted();
    scripted.says(answer);
    expect(scripted.violation).toMatchObject({ reason: 'protocol-error' });
  });

  test.each([
    ['a string of a negative length', '$-2\r\n'],
    ['a string of 2^31 bytes', '$2147483648\r\n'],
    ['a string of 2^53 bytes', '$9007199254740993\r\n'],
    ['a string of NaN bytes', '$NaN\r\n'],
    ['a list of -2 elements', '*-2\r\n'],
    ['a list of 2^31 elements', '*2147483648\r\n'],
    ['a map of 2^53 pairs', '%9007199254740993\r\n'],
    ['a push of 10^15 elements', '>999999999999999\r\n'],
    ['attributes without an end', '|1\r\n+a\r\n+b\r\n'.repeat(1_000_000)],
  ])('%s ends with protocol-error or message-too-big', async (_, answer) => {
    const scripted = await greeted();
    scripted.send(['GET', 'a']);
    scripted.says(answer);
    expect(scripted.violation?.reason).toMatch(/^(protocol-error|message-too-big)$/);
  });

  test('a confirmation without a count is a protocol-error', async () => {
    const scripted = await greeted();
    scripted.send(['SUBSCRIBE', 'a']);
    scripted.says('>3\r\n+subscribe\r\n+a\r\n_\r\n');
    expect(scripted.violation).toMatchObject({ reason: 'protocol-error' });
    expect(scripted.news).toEqual([]);
  });
});

describe('redis: messages of wrong shape', () => {
  const cyclic: unknown[] = ['GET'];
  cyclic.push(cyclic);
  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'GET a'],
    ['a number', 5],
    ['an object', { name: 'GET' }],
    ['a list that holds itself', cyclic],
    ['an argument that is undefined', ['GET', undefined]],
    ['an argument that is NaN', ['GET', Number.NaN]],
    ['an argument that is an object', ['SET', 'a', {}]],
    ['a hole', Object.assign([], { 0: ['GET', 'a'], 2: ['GET', 'b'] })],
    ['an empty command', [[]]],
    ['a name of bytes', [new Uint8Array(3)]],
    ['HELLO in small letters', ['hello', 3]],
    ['RESET within a list', [['GET', 'a'], ['reset']]],
    ['MULTI without an end', [['MULTI'], ['GET', 'a']]],
    ['a command over the limit', ['SET', 'a', 'x'.repeat(17 * 1024 * 1024)]],
  ])('%s is bad-message', async (_, message) => {
    const { dialogue } = await greeted();
    expectBadMessage(dialogue, message as RedisRequest);
    expectBadMessage({ encode: (sent: never) => redis().measure?.(sent) }, message);
  });
});
