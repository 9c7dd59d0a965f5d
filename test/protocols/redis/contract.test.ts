import { test } from 'vitest';
import { redis } from '../../../src/redis.ts';
import { protocolContract } from '../../../src/testing/contract/contract.ts';
import { bytes } from '../decoding.ts';
import { hello } from './scripted.ts';

const limit = 4096;
const longestLine = 64 * 1024;
const bulk = (text: string) => `$${text.length}\r\n${text}\r\n`;
const login = { handshake: { username: 'ann', password: 'secret' } };
const pong = bytes('+PONG\r\n');

/** RESP3: a reply without a command is an error, so that the frames of a peer are pushes. */
const checks = protocolContract({
  protocol: redis({ maxMessageBytes: limit }),
  about: { url: new URL('redis://cache.example') },
  handshake: { credentials: login, peer: [bytes(hello), pong] },
  frames: [
    `>3\r\n${bulk('message')}${bulk('news')}${bulk('a\r\nb')}`,
    `>2\r\n${bulk('invalidate')}*2\r\n${bulk('one')}${bulk('two')}`,
    `>4\r\n${bulk('pmessage')}${bulk('n*')}${bulk('news')}${bulk('')}`,
  ].map((text) => bytes(text)),
  messages: [
    ['GET', 'key'],
    [
      ['SET', 'key', bytes([0, 255])],
      ['INCR', 7n],
    ],
  ],
  peer: null,
  unsendable: [undefined, [], 'GET key', ['SET', 'key', 'x'.repeat(limit + 1)]],
  answer: bytes(bulk('1')),
  endless: [
    { name: 'simple string', start: bytes('+'), fill: bytes('x'), limit: longestLine },
    { name: 'bulk string', start: bytes('$4097\r\n'), fill: bytes('x'), limit },
    { name: 'number', start: bytes(':'), fill: bytes('1'), limit: longestLine },
    { name: 'array', start: bytes('*1000000\r\n'), fill: bytes(':1\r\n'), limit },
    { name: 'nesting', fill: bytes('*1\r\n'), limit },
    { name: 'map', start: bytes('%1000000\r\n'), fill: bytes('+a\r\n'), limit },
  ],
  refusals: [
    {
      name: 'a wrong password',
      credentials: login,
      peer: [bytes('-WRONGPASS invalid username-password pair or user is disabled.\r\n')],
      reason: 'unauthorized',
    },
    { name: 'no password', peer: [bytes('-NOAUTH Authentication required.\r\n')], reason: 'unauthorized' },
    {
      name: 'a data set that loads',
      peer: [bytes(hello), bytes('-LOADING Redis is loading the dataset in memory\r\n')],
      reason: 'going-away',
    },
    { name: 'HTTP', peer: [bytes('HTTP/1.1 400 Bad Request\r\n')], reason: 'protocol-error' },
  ],
});

for (const { name, run } of checks) test(`contract: ${name}`, run);
