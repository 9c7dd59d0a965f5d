import { test } from 'vitest';
import { graphqlWs } from '../../../src/graphql-ws.ts';
import { ControlFrame } from '../../../src/ports/websocket-chunk.ts';
import { protocolContract } from '../../../src/testing/contract/contract.ts';
import { bytes } from '../decoding.ts';

const limit = 1000;
const ack = '{"type":"connection_ack","payload":{"user":"ann"}}';
const token = { handshake: { token: 'secret' } };

const checks = protocolContract({
  protocol: graphqlWs({ maxMessageBytes: limit }),
  handshake: { credentials: token, peer: ['{"type":"ping"}', ack] },
  frames: [
    '{"type":"next","id":"1","payload":{"data":{"a":1}}}',
    '{"type":"ping","payload":{"a":1}}',
    '{"type":"error","id":"2","payload":[{"message":"no"}]}',
    '{"type":"complete","id":"1"}',
    new ControlFrame('ping', bytes('a')),
  ],
  messages: [
    { type: 'subscribe', id: '1', payload: { query: '{ a }', variables: { b: 'é' } } },
    { type: 'complete', id: '1' },
  ],
  peer: null,
  unsendable: [undefined, { type: 'ping' }, { type: 'complete', id: '' }],
  answer: '{"type":"pong","payload":{"holdfast":1}}',
  endless: [
    { name: 'text', start: '{"type":"next","id":"', fill: 'a', limit },
    { name: 'nesting', start: '{"type":"next","id":"1","payload":', fill: '[', limit },
  ],
  refusals: [
    {
      name: 'close code 4403',
      credentials: token,
      peer: [],
      close: { code: 4403, reason: 'Forbidden' },
      reason: 'unauthorized',
    },
    { name: 'close code 4401', peer: [], close: { code: 4401, reason: '' }, reason: 'unauthorized' },
    { name: 'close code 4500', peer: [], close: { code: 4500, reason: '' }, reason: 'going-away' },
    {
      name: 'a result before the acknowledgement',
      peer: ['{"type":"complete","id":"1"}'],
      reason: 'protocol-error',
    },
    { name: 'a text as credentials', credentials: { handshake: 'secret' }, peer: [], reason: 'bad-config' },
  ],
});

for (const { name, run } of checks) test(`contract: ${name}`, run);
