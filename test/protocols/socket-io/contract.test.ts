import { test } from 'vitest';
import { socketIo } from '../../../src/socket.io.ts';
import { protocolContract } from '../../../src/testing/contract/contract.ts';
import { bytes } from '../decoding.ts';

const limit = 1000;
const open = '0{"sid":"e1","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":500}';
const token = { handshake: { token: 'secret' } };

const checks = protocolContract({
  protocol: socketIo({ maxMessageBytes: limit }),
  handshake: { credentials: token, peer: [open, '40{"sid":"s1"}'] },
  frames: [
    '2',
    '42["news","é",{"a":1}]',
    '427["asks"]',
    ['451-["bytes",{"_placeholder":true,"num":0}]', bytes([1, 2])],
  ],
  messages: [
    { event: 'buy', args: ['ACME', bytes([1])], ack: 1 },
    { answer: 7, args: [] },
  ],
  peer: null,
  unsendable: [undefined, {}, { event: 'connect' }, { event: 'a', args: ['x'.repeat(limit)] }],
  endless: [
    { name: 'text', start: '42["', fill: 'a', limit },
    { name: 'attachment', fill: bytes('a'), limit },
    { name: 'nesting', start: '42', fill: '[', limit },
  ],
  refusals: [
    {
      name: 'an error of the middleware',
      credentials: token,
      peer: [open, '44{"message":"not authorized"}'],
      reason: 'unauthorized',
    },
    { name: 'an unknown namespace', peer: [open, '44{"message":"Invalid namespace"}'], reason: 'bad-config' },
    {
      name: 'a busy server',
      peer: [open, '44{"message":"busy","data":{"retryAfterMs":1500}}'],
      reason: 'going-away',
    },
    { name: 'a packet before the open packet', peer: ['42["a"]'], reason: 'protocol-error' },
  ],
});

for (const { name, run } of checks) test(`contract: ${name}`, run);
