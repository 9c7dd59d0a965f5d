import { test } from 'vitest';
import { mqtt } from '../../../src/mqtt.ts';
import { protocolContract } from '../../../src/testing/contract/contract.ts';
import { bytes } from '../decoding.ts';

const limit = 1000;
const pingresp = bytes([0xd0, 0]);
const connack = { 4: bytes([0x20, 2, 0, 0]), 5: bytes([0x20, 3, 0, 0, 0]) };
const refused = { 4: bytes([0x20, 2, 0, 5]), 5: bytes([0x20, 3, 0, 0x87, 0]) };
const login = { handshake: { username: 'ann', password: 'secret' } };
const properties = { 4: [], 5: [0] };

const checks = ([4, 5] as const).flatMap((version) => {
  const none = properties[version];
  const publish = (first: number, id: readonly number[], payload: string) => {
    const rest = bytes([0, 3], 'a/b', id, none, payload);
    return bytes([first, rest.length], rest);
  };
  return protocolContract({
    protocol: { ...mqtt({ version, clientId: 'me', maxMessageBytes: limit }), name: `mqtt ${version}` },
    handshake: { credentials: login, peer: [connack[version]] },
    frames: [
      publish(0x30, [], 'hé'),
      pingresp,
      publish(0x32, [0, 1], ''),
      publish(0x34, [0, 2], 'twice'),
      bytes([0x62, 2, 0, 2]),
    ],
    messages: [
      { cmd: 'publish', topic: 'a', payload: 'text' },
      { cmd: 'publish', topic: 'a', payload: bytes([0, 255]), qos: 1 },
      { cmd: 'subscribe', subscriptions: [{ topic: 'a/#', qos: 2 }] },
      { cmd: 'unsubscribe', unsubscriptions: ['a/#'] },
    ],
    peer: null,
    unsendable: [
      undefined,
      { cmd: 'connect' },
      { cmd: 'publish', topic: 'a/#', payload: '' },
      { cmd: 'publish', topic: 'a', payload: 'x'.repeat(limit + 1) },
    ],
    answer: pingresp,
    endless: [
      { name: 'packet', start: bytes([0x30, 0xff, 0xff, 0xff, 0x7f]), fill: bytes('a'), limit },
      { name: 'length', start: bytes([0x30]), fill: bytes([0xff]), limit },
    ],
    refusals: [
      { name: 'a wrong password', credentials: login, peer: [refused[version]], reason: 'unauthorized' },
      { name: 'another packet', peer: [pingresp], reason: 'protocol-error' },
      { name: 'the end of the stream', peer: [], reason: 'cut-off' },
    ],
  });
});

for (const { name, run } of checks) test(`contract: ${name}`, run);
