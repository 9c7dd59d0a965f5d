import { test } from 'vitest';
import { phoenix, phoenixUrl } from '../../../src/phoenix.ts';
import { ControlFrame } from '../../../src/ports/websocket-chunk.ts';
import { protocolContract } from '../../../src/testing/contract/contract.ts';
import { bytes } from '../decoding.ts';

const limit = 1000;

/** The server's reply to the join that was sent last. */
const joined = (status: string, response: object) => (sent: readonly unknown[]) => {
  const [joinRef, ref, topic] = JSON.parse(String(sent.at(-1)));
  return JSON.stringify([joinRef, ref, topic, 'phx_reply', { status, response }]);
};

const checks = protocolContract({
  protocol: phoenix({ join: { 'room:a': {} }, maxMessageBytes: limit }),
  about: { url: new URL(phoenixUrl('ws://chat.example/socket')) },
  handshake: { credentials: { handshake: { token: 'secret' } }, peer: [joined('ok', { id: 1 })] },
  frames: [
    '[null,null,"room:a","said",{"text":"é"}]',
    '[null,"7","phoenix","phx_reply",{"status":"ok","response":{}}]',
    '["1","9","room:a","phx_reply",{"status":"error","response":{}}]',
    bytes([2, 6, 4], 'room:asaid', [0, 255]),
    new ControlFrame('ping', bytes('a')),
  ],
  messages: [
    { topic: 'room:a', event: 'say', payload: { text: 'é' }, key: 1 },
    { topic: 'room:b', event: 'phx_join' },
    { topic: 'room:a', event: 'send', payload: bytes([0, 255]) },
  ],
  peer: null,
  unsendable: [undefined, { topic: 'room:a' }, { topic: 'room:a', event: 'say', payload: 'x'.repeat(limit) }],
  answer: '[null,"1","phoenix","phx_reply",{"status":"ok","response":{}}]',
  endless: [
    { name: 'text', start: '[null,null,"', fill: 'a', limit },
    { name: 'binary message', fill: bytes([2]), limit },
    { name: 'nesting', fill: '[', limit },
  ],
  refusals: [
    { name: 'a refused join', peer: [joined('error', { reason: 'unauthorized' })], reason: 'unauthorized' },
    {
      name: 'an unknown topic',
      peer: [joined('error', { reason: 'unmatched topic' })],
      reason: 'bad-config',
    },
    {
      name: 'a join that crashed',
      peer: [joined('error', { reason: 'join crashed' })],
      reason: 'going-away',
    },
    { name: 'a text that is no message', peer: ['hello'], reason: 'protocol-error' },
  ],
});

for (const { name, run } of checks) test(`contract: ${name}`, run);
