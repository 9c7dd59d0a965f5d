/** The events at an end: a close frame is a clean close, whatever its code says. */
import { expect, test } from 'vitest';
import { silentLogger } from '../../src/base/log.ts';
import { createWebSocketClass } from '../../src/presets/websocket-class.ts';
import { upgradingPeer, wsServer } from '../transport/websocket-peers.ts';
import { recorded } from './drop-in-world.ts';

const WebSocket = createWebSocketClass({ logger: silentLogger, maxMessageBytes: 100 });

test.each([1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 4000, 4999])(
  'drop-in: a close frame of the peer with code %i is a clean close without an error event',
  async (code) => {
    const { url, server } = await wsServer();
    server.on('connection', (ws) => ws.close(code, 'because'));
    const { log } = recorded(new WebSocket(url));
    await expect.poll(() => log).toEqual(['open/1', `close/3 ${code} because clean`]);
  },
);

test.each([
  ['a frame with a reserved bit', [0xc1, 1, 0x61], 'protocol-error'],
  ['text that is not UTF-8', [0x81, 1, 0xff], 'protocol-error'],
  ['a message over maxMessageBytes', [0x82, 101, ...Array(101).fill(0)], 'message-too-big'],
])('drop-in: %s is a failure of this side: error, then close 1006', async (_what, frame, reason) => {
  const url = await upgradingPeer((socket) => void socket.write(Uint8Array.from(frame)));
  const { log } = recorded(new WebSocket(url));
  await expect
    .poll(() => log, { timeout: 5000 })
    .toEqual(['open/1', 'error/3', `close/3 1006 ${reason} unclean`]);
});

/** A close frame of code 1001. The socket of the peer stays open behind it. */
const goodbye = Uint8Array.of(0x88, 2, 1001 >> 8, 1001 & 0xff);

test.each([
  ['the peer begins', false],
  ['this side begins', true],
])(
  'drop-in: a close frame without an end of the stream counts within deadlines.close: %s',
  async (_who, ours) => {
    const url = await upgradingPeer((socket) => {
      if (!ours) socket.write(goodbye);
      else socket.once('data', () => socket.write(goodbye));
    });
    const Impatient = createWebSocketClass({ logger: silentLogger, deadlines: { close: '300ms' } });
    const { ws, log } = recorded(new Impatient(url));
    ws.addEventListener('open', () => ours && ws.close(1000));
    await expect.poll(() => log, { timeout: 5000 }).toEqual(['open/1', 'close/3 1001  clean']);
  },
);
