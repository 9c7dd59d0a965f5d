import { test } from 'vitest';
import { nats } from '../../../src/nats.ts';
import { protocolContract } from '../../../src/testing/contract/contract.ts';
import { bytes } from '../decoding.ts';

const info = bytes('INFO {"max_payload":1000,"headers":true}\r\n');
const limit = 64 * 1024;

const checks = protocolContract({
  protocol: nats({ maxMessageBytes: 1000 }),
  handshake: { credentials: 'secret', peer: [info, bytes('PONG\r\n')] },
  frames: [
    'PING\r\n',
    'PONG\r\n',
    'MSG a.b 1 2\r\nhi\r\n',
    'HMSG a 1 reply 22 24\r\nNATS/1.0\r\nx: a\r\ny:\r\n\r\nhi\r\n',
    '-ERR \'Permissions Violation for Publish to "a"\'\r\n',
    'INFO {"connect_urls":["é"]}\r\n',
  ].map((text) => bytes(text)),
  messages: [
    { op: 'pub', subject: 'a', data: '\u{1f600}' },
    { op: 'pub', subject: 'a', reply: 'b', headers: [['x', 'y']], data: bytes([0, 255]) },
    { op: 'sub', subject: 'a.>', queue: 'q', sid: '1' },
    { op: 'unsub', sid: '1', max: 1 },
  ],
  peer: null,
  unsendable: [
    undefined,
    { op: 'connect' },
    { op: 'pub', subject: 'a\r\nb' },
    { op: 'pub', subject: 'a', data: 'x'.repeat(1001) },
  ],
  endless: [
    { name: 'line of control', start: bytes('MSG '), fill: bytes('a'), limit },
    { name: 'message', start: bytes('MSG a 1 1001\r\n'), fill: bytes('a'), limit: 1 },
    { name: 'headers', start: bytes('HMSG a 1 999 1000\r\nNATS/1.0\r\n'), fill: bytes('a'), limit: 1000 },
  ],
  answer: bytes('PONG\r\n'),
  refusals: [
    {
      name: 'a wrong password',
      peer: [info, bytes("-ERR 'Authorization Violation'\r\n")],
      reason: 'unauthorized',
    },
    { name: 'TLS after INFO', peer: [bytes('INFO {"tls_required":true}\r\n')], reason: 'bad-config' },
    { name: 'the end of the stream', peer: [info], reason: 'going-away' },
  ],
});

for (const { name, run } of checks) test(`contract: ${name}`, run);
