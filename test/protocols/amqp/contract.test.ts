import { test } from 'vitest';
import { amqp } from '../../../src/amqp.ts';
import { protocolContract } from '../../../src/testing/contract/contract.ts';
import { bytes } from '../decoding.ts';
import { channelOpen, close, control, frame, method, openOk, shortText, start, tune } from './peer.ts';

const silence = bytes();

const checks = protocolContract({
  protocol: amqp({ maxFrameBytes: 4096 }),
  handshake: {
    credentials: { handshake: { username: 'u', password: 'p' } },
    peer: [bytes(start()), bytes(tune()), bytes(openOk)],
  },
  frames: [
    frame(8, 0, []),
    frame(1, 1, method(20, 11)),
    frame(2, 1, [1, 2, 3]),
    frame(3, 65_535, []),
    control(10, 60, shortText('memory')),
    control(10, 61),
  ].map((each) => bytes(each)),
  messages: [channelOpen(1), [channelOpen(2), { type: 'body', channel: 2, payload: bytes([0xce]) }]],
  peer: null,
  unsendable: [undefined, [], { type: 'body', channel: 3, payload: bytes('a') }, { ...channelOpen(0) }],
  endless: [{ name: 'payload', start: bytes([3, 0, 1, 0, 0, 0x10]), fill: bytes([0]), limit: 1 }],
  refusals: [
    {
      name: 'a wrong password',
      peer: [bytes(start()), bytes(close(403, 'refused'))],
      reason: 'unauthorized',
    },
    {
      name: 'a virtual host that does not exist',
      peer: [bytes(start()), bytes(tune()), bytes(close(530, 'vhost not found'))],
      reason: 'bad-config',
    },
    { name: 'another version', peer: [bytes('AMQP\0\x01\0\0')], reason: 'protocol-error' },
    { name: 'the end of the stream', peer: [silence], reason: 'cut-off' },
  ],
});

for (const { name, run } of checks) test(`contract: ${name}`, run);
