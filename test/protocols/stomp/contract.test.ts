import { test } from 'vitest';
import { stomp } from '../../../src/stomp.ts';
import { protocolContract } from '../../../src/testing/contract/contract.ts';
import { bytes } from '../decoding.ts';

const limit = 64 * 1024;
const error = (message: string) => bytes(`ERROR\nmessage:${message}\n\n\0`);

const checks = [false, true].flatMap((receipts) =>
  protocolContract({
    protocol: {
      ...stomp({ receipts, maxMessageBytes: 1000 }),
      name: receipts ? 'stomp with receipts' : 'stomp',
    },
    handshake: {
      credentials: { handshake: { username: 'u', password: 'p' } },
      peer: [bytes('CONNECTED\nversion:1.2\nheart-beat:1000,1000\n\n\0')],
    },
    frames: [
      '\n',
      '\r\n',
      'MESSAGE\r\na\\c:b\\n\r\n\r\nhé\0',
      'MESSAGE\ncontent-length:2\n\n\0\0\0',
      'RECEIPT\nreceipt-id:holdfast-1\n\n\0',
    ].map((text) => bytes(text)),
    messages: [
      { command: 'SEND', headers: { destination: '/q:1' }, body: '\u{1f600}' },
      { command: 'SEND', body: bytes([0, 255]) },
      { command: 'ABORT', headers: { transaction: '1' } },
    ],
    peer: null,
    unsendable: [undefined, { command: 'CONNECT' }, { command: 'SEND', body: 'x'.repeat(1001) }],
    endless: [
      { name: 'header', start: bytes('MESSAGE\na:'), fill: bytes('b'), limit },
      { name: 'headers', start: bytes('MESSAGE\n'), fill: bytes('a:\n'), limit },
      { name: 'body', start: bytes('MESSAGE\n\n'), fill: bytes('b'), limit: 1001 },
      {
        name: 'body of a length',
        start: bytes('MESSAGE\ncontent-length:1001\n\n'),
        fill: bytes('b'),
        limit: 1,
      },
    ],
    refusals: [
      { name: 'a wrong password', peer: [error('Access refused')], reason: 'unauthorized' },
      { name: 'another version', peer: [error('Version mismatch')], reason: 'protocol-error' },
      { name: 'the end of the stream', peer: [], reason: 'going-away' },
    ],
  }),
);

for (const { name, run } of checks) test(`contract: ${name}`, run);
