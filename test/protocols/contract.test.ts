/** Our own protocols keep the contract that authors run on theirs, and the contract finds each broken rule. */
import { test } from 'vitest';
import { ControlFrame } from '../../src/ports/websocket-chunk.ts';
import { bytes } from '../../src/protocols/bytes.ts';
import { framed } from '../../src/protocols/framed.ts';
import { line } from '../../src/protocols/line.ts';
import { raw } from '../../src/protocols/raw.ts';
import { websocket } from '../../src/protocols/websocket.ts';
import { plainMessages } from '../../src/protocols/websocket-plain.ts';
import { websocketText } from '../../src/protocols/websocket-text.ts';
import { protocolContract } from '../../src/testing/contract/contract.ts';
import { bytes as wire } from './decoding.ts';

const MiB = 1024 * 1024;
const streamed = (text: unknown) => (typeof text === 'string' ? wire(text) : text);

const contracts = [
  protocolContract({
    protocol: bytes(),
    frames: [wire('some'), wire([0, 1, 2])],
    transparent: true,
    messages: ['text', wire([0, 255])],
    arrives: streamed,
    unsendable: ['', wire(), 7, null],
    endless: [],
  }),
  protocolContract({
    protocol: raw(),
    frames: [wire('ping'), wire('popopo-'), wire('pong'), wire('pinping')],
    transparent: true,
    messages: ['text', wire([0, 255])],
    arrives: streamed,
    unsendable: ['', 'a pong', 7, undefined],
    endless: [],
  }),
  protocolContract({
    protocol: line(),
    frames: ['PING\n', 'hé€\u{1f600}\r\n', '\n', 'PONG\r\n'].map((text) => wire(text)),
    messages: ['', 'text', '\u{1f600}'],
    unsendable: ['PING', 'a\nb', 'a\r', 'x'.repeat(64 * 1024 + 1), 7],
    endless: [{ name: 'line', start: wire('a'), fill: wire('b'), limit: 64 * 1024 }],
  }),
  protocolContract({
    protocol: {
      ...line({ delimiter: '\r\n', encoding: 'latin1', maxMessageBytes: 100 }),
      name: 'line of CRLF',
    },
    frames: ['PING\r\n', 'a\nb\rc\r\r\n', '\r\n'].map((text) => wire(text)),
    messages: ['', 'é', 'a\nb'],
    unsendable: ['PONG', 'a\r\nb', '€'],
    endless: [
      { name: 'line', fill: wire('b'), limit: 102 },
      { name: 'start of a delimiter', fill: wire('\r'), limit: 102 },
    ],
  }),
  protocolContract({
    protocol: framed({ maxMessageBytes: MiB }),
    frames: [wire([0, 1]), wire([0, 2, 0, 0, 0, 3], 'abc'), wire([0, 2, 0, 0, 0, 0])],
    messages: ['', 'text', wire([0, 1, 0, 2])],
    arrives: streamed,
    unsendable: [7, new Uint8Array(MiB + 1)],
    endless: [{ name: 'payload', start: wire([0, 2, 0xff, 0xff, 0xff]), fill: wire([0xff]), limit: 1 }],
  }),
  protocolContract({
    protocol: websocket({ maxMessageBytes: 1000 }),
    frames: ['text', wire([1, 2]), new ControlFrame('ping', wire('hello')), new ControlFrame('pong', wire())],
    messages: ['', 'text', wire([1, 2])],
    unsendable: [7, 'x'.repeat(1001)],
    endless: [
      { name: 'text', fill: 'é', limit: 500 },
      { name: 'binary message', fill: wire('a'), limit: 1000 },
    ],
  }),
  protocolContract({
    protocol: websocketText({ ping: 'ping', pong: 'pong', maxMessageBytes: 1000 }),
    frames: ['text', 'ping', wire([1, 2]), 'pong', new ControlFrame('ping', wire())],
    messages: ['', 'text', wire([1, 2])],
    unsendable: [7, 'ping', 'pong', 'x'.repeat(1001)],
    endless: [{ name: 'text', fill: 'a', limit: 1000 }],
  }),
  protocolContract({
    protocol: plainMessages(1000),
    frames: ['text', wire([1, 2])],
    messages: ['', 'text', wire([1, 2])],
    unsendable: [7, 'x'.repeat(1001)],
    endless: [{ name: 'text', fill: 'a', limit: 1000 }],
  }),
];

for (const { name, run } of contracts.flat()) test(`contract: ${name}`, run);
