import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { blocksFor, pausesFor } from '../../../src/protocols/redis/blocking.ts';
import { encode, measure } from '../../../src/protocols/redis/encoding.ts';
import type { RedisCommand, RedisValue } from '../../../src/protocols/redis/messages.ts';
import { RespParser } from '../../../src/protocols/redis/parser.ts';
import { redis } from '../../../src/protocols/redis/redis.ts';
import { expectRefused } from '../decoding.ts';
import { Scripted } from './scripted.ts';

const mib = 1024 * 1024;

/** Commands, and the milliseconds for which they may block. */
const blocking: readonly (readonly [RedisCommand, number])[] = [
  [['BLPOP', 'a', 'b', 2.5], 2500],
  [['brpop', 'a', '30'], 30_000],
  [['BLMOVE', 'a', 'b', 'LEFT', 'RIGHT', 1], 1000],
  [['BRPOPLPUSH', 'a', 'b', 0], Number.POSITIVE_INFINITY],
  [['BLMPOP', 3, 1, 'a', 'LEFT'], 3000],
  [['BZMPOP', 0.1, 1, 'a', 'MIN'], 100],
  [['BZPOPMIN', 'a', new TextEncoder().encode('4')], 4000],
  [['BZPOPMAX', 'a', 4n], 4000],
  [['XREAD', 'COUNT', 2, 'BLOCK', 5000, 'STREAMS', 's', '$'], 5000],
  [['XREAD', 'STREAMS', 'BLOCK', '5000'], 0],
  [['XREADGROUP', 'GROUP', 'g', 'me', 'block', 0, 'STREAMS', 's', '>'], Number.POSITIVE_INFINITY],
  [['WAIT', 1, 700], 700],
  [['WAITAOF', 1, 1, 700], 700],
  [['DEBUG', 'SLEEP', 2], 2000],
  [['BLPOP', 'a', 'soon'], 0],
  [['LPOP', 'a', 30], 0],
  [['constructor', 'a', 30], 0],
];

describe('redis: commands', () => {
  test('are arrays of bulk strings, of the length that was measured', () => {
    const argument = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.uint8Array({ maxLength: 12 }),
      fc.maxSafeInteger(),
      fc.bigInt(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
    );
    const command = fc.array(argument, { maxLength: 8 }).map((args): RedisCommand => ['CMD', ...args]);
    fc.assert(
      fc.property(fc.array(command, { minLength: 1, maxLength: 4 }), (commands) => {
        const frame = encode(commands);
        expect(measure(commands, mib)).toBe(frame.length);
        expect(read(frame)).toEqual(
          commands.map((each) => each.map((arg) => Buffer.from(plain(arg)).toString('hex'))),
        );
      }),
    );
  });

  test.each([
    ['no array', 'PING'],
    ['an empty array', []],
    ['a command without a name', [1, 2]],
    ['an argument of another type', ['SET', 'a', null]],
    ['an argument that is no number', ['SET', 'a', Number.NaN]],
    ['a message over the limit', ['SET', 'a', 'b'.repeat(17 * mib)]],
    ['HELLO, which the handshake sends', ['hello', 3]],
    ['MONITOR, whose lines are no replies', ['MONITOR']],
    ['RESET', ['RESET']],
    ['CLIENT REPLY, after which heartbeats have no answer', ['client', 'reply', 'off']],
    ['MULTI without its EXEC', ['MULTI']],
    ['EXEC without its MULTI', ['EXEC']],
    ['a transaction without an end', [['MULTI'], ['SET', 'a', 1]]],
    ['a transaction in a transaction', [['MULTI'], ['MULTI'], ['EXEC']]],
  ])('are refused with bad-message: %s', (_, message) => {
    const { measure: measured } = redis();
    expect(() => measured?.(message as never)).toThrow(expect.objectContaining({ code: 'bad-message' }));
  });

  test('of a transaction leave as one piece', () => {
    const scripted = new Scripted();
    expect(scripted.send([['WATCH', 'a'], ['MULTI'], ['SET', 'a', 1], ['EXEC'], ['GET', 'a']])).toBe(
      'WATCH a MULTI SET a 1 EXEC GET a',
    );
  });

  test.each(blocking.map(([command, ms]) => ({ title: command.map(String).join(' '), command, ms })))(
    '$title may block for $ms ms',
    ({ command, ms }) => {
      expect(blocksFor(command)).toBe(ms);
    },
  );

  test('CLIENT PAUSE holds heartbeats, unless writes alone are paused', () => {
    expect(pausesFor(['CLIENT', 'PAUSE', 900])).toBe(900);
    expect(pausesFor(['CLIENT', 'pause', 900, 'ALL'])).toBe(900);
    expect(pausesFor(['CLIENT', 'PAUSE', 900, 'WRITE'])).toBe(0);
    expect(pausesFor(['CLIENT', 'LIST'])).toBe(0);
  });

  test('options that cannot work are refused, each by its name', () => {
    const wrong = {
      resp: 4,
      database: -1,
      clientName: 'a b',
      setup: [['MULTI']],
      bulk: 'x',
      readonly: 'x',
      maxMessageBytes: 1,
    };
    expectRefused(() => redis(wrong as never), ...Object.keys(wrong).map((name) => `redis.${name}`));
  });

  test('a refusal of setup does not show its arguments', () => {
    const setup: RedisCommand[] = [['AUTH', 'secret'], ['MULTI']];
    const problems = [expect.objectContaining({ path: 'redis.setup', value: ['AUTH', 'MULTI'] })];
    expect(() => redis({ setup })).toThrow(expect.objectContaining({ problems }));
  });

  test('connections with other options have another identity', () => {
    const identities = [redis(), redis({ database: 1 }), redis({ setup: [['SUBSCRIBE', 'a', 1n]] })];
    expect(new Set(identities.map(({ identity }) => identity)).size).toBe(3);
  });
});

/** The commands in a frame, each argument in hexadecimal. */
function read(frame: Uint8Array): string[][] {
  const commands: string[][] = [];
  const hex = (value: RedisValue<string | Uint8Array>) => Buffer.from(value as Uint8Array).toString('hex');
  const reply = (value: RedisValue<string | Uint8Array>) => void commands.push((value as []).map(hex));
  new RespParser({ maxMessageBytes: mib, bytes: true }, { reply, pushed: () => undefined }).push(frame);
  return commands;
}

function plain(arg: RedisCommand[number]): string | Uint8Array {
  return arg instanceof Uint8Array ? arg : String(arg);
}
