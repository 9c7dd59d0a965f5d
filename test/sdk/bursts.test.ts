/** Many messages, or long ones, in one turn on an open socket: the standard sets no limit to what waits there. */
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { silentLogger } from '../../src/base/log.ts';
import { createWebSocketClass } from '../../src/presets/websocket-class.ts';
import { wsServer } from '../transport/websocket-peers.ts';
import { dropInWorld, recorded } from './drop-in-world.ts';

test.each([
  [20_000, 10],
  [20, 2 ** 20],
  [1, 17 * 2 ** 20],
])('drop-in: %i messages of %i B in one turn all arrive before the clean close', async (count, size) => {
  const { url, server } = await wsServer({ maxPayload: 0 });
  let [messages, bytes] = [0, 0];
  server.on('connection', (ws) =>
    ws.on('message', (data: Buffer) => {
      messages++;
      bytes += data.length;
    }),
  );
  const ws = new (createWebSocketClass({ logger: silentLogger }))(url);
  await once(ws, 'open');
  const errors: unknown[] = [];
  ws.onerror = (event) => errors.push(event);
  const closed = once(ws, 'close');
  for (let i = 0; i < count; i++) ws.send(new Uint8Array(size));
  expect(ws.bufferedAmount).toBe(count * size);
  ws.close(1000);
  const [{ code, wasClean }] = await closed;
  expect([messages, bytes]).toEqual([count, count * size]);
  expect([code, wasClean, errors, ws.bufferedAmount]).toEqual([1000, true, [], 0]);
});

test('drop-in: a reopening class takes a burst while it is open, and no more than its outbox in between', async () => {
  const { clock, network, heard, open } = dropInWorld({ reopen: true });
  const { ws, log } = open();
  await clock.run(100);
  for (let i = 0; i < 5000; i++) ws.send('x');
  await clock.run(100);
  expect([heard.length, log]).toEqual([5000, ['open/1']]);
  network.host('feed').down();
  await clock.run(100);
  for (let i = 0; i < 1001; i++) ws.send('y');
  await clock.settle();
  expect(log).toEqual(['open/1', 'error/0']);
  expect(ws.bufferedAmount).toBe(1000);
  network.host('feed').up();
  await clock.run(60_000);
  expect([heard.length, ws.bufferedAmount]).toEqual([6000, 0]);
});

test.each([
  [{ messages: 3 }, ['a', 'b', 'c', 'd'], 'never-sent'],
  [{ bytes: 3 }, ['abcd'], 'never-sent'],
  [{ messages: 3, overflow: 'drop-oldest' }, ['a', 'b', 'c', 'd'], 'evicted'],
] as const)(
  'drop-in: a message over an outbox limit of the user fails the connection: %j',
  async (outbox, messages, reason) => {
    const { clock, network, peers, open } = dropInWorld({ outbox });
    const { ws, log } = open();
    await clock.run(100);
    network.host('feed').freeze();
    await clock.run(11_500);
    for (const message of messages) ws.send(message);
    await clock.settle();
    expect([ws.readyState, log]).toEqual([2, ['open/1']]);
    ws.send('too late');
    const told: unknown[] = [];
    for (const peer of peers) peer.onClose = (close) => told.push(close);
    network.host('feed').thaw();
    await clock.run(3000);
    expect(log).toEqual(['open/1', 'error/3', `close/3 1006 ${reason} unclean`]);
    expect(told).toEqual([{ code: 1011, reason }]);
    expect(ws.bufferedAmount).toBeGreaterThanOrEqual(9);
  },
);

test('drop-in: a message that expires in the outbox fails the connection', async () => {
  const { clock, network, open } = dropInWorld({ outbox: { age: '1s' } });
  const { ws, log } = open();
  await clock.run(100);
  network.host('feed').freeze();
  await clock.run(11_500);
  ws.send('stale');
  await clock.run(5000);
  expect(log).toEqual(['open/1', 'error/3', 'close/3 1006 expired unclean']);
  expect(ws.bufferedAmount).toBe(5);
});

test('drop-in: bytes that a peer never read stay in bufferedAmount, and the close is unclean', async () => {
  const { clock, peers, open } = dropInWorld();
  const { ws, log } = open();
  await clock.run(100);
  peers[0]?.pause();
  for (let i = 0; i < 8; i++) ws.send(new Uint8Array(2 ** 20));
  ws.close(1000);
  await clock.run(60_000);
  expect(log.at(-1)).toMatch(/^close\/3 1006 .* unclean$/);
  expect(ws.bufferedAmount).toBeGreaterThan(2 ** 20);
});

test('drop-in: bufferedAmount keeps what was not sent when the peer closes first', async () => {
  const { clock, peers, open } = dropInWorld();
  const { ws, log } = open();
  await clock.run(100);
  peers[0]?.pause();
  peers[0]?.close(1000, 'enough');
  for (let i = 0; i < 8; i++) ws.send(new Uint8Array(2 ** 20));
  await clock.run(60_000);
  expect(log.at(-1)).toMatch(/^close\/3 /);
  expect(ws.bufferedAmount).toBeGreaterThan(0);
});

test('drop-in: what waits at close() has the time that a slow network needs, and the close is clean', async () => {
  const { clock, peers, heard, open } = dropInWorld();
  const { ws, log } = open();
  await clock.run(100);
  const peer = peers[0];
  for (let i = 0; i < 40; i++) ws.send(new Uint8Array(2 ** 20));
  ws.close(1000, 'done');
  // 4 MiB each 4 s: the window of the simulated peer.
  for (let s = 0; s < 40 && ws.readyState < 3; s += 4) {
    peer?.pause();
    await clock.run(4000);
    peer?.resume();
    await clock.run(50);
  }
  expect(heard).toHaveLength(40);
  expect(log).toEqual(['open/1', 'close/3 1000 done clean']);
});

test('drop-in: a reopening socket that is lost while it sends its last messages stays closed', async () => {
  const { clock, network, peers, open } = dropInWorld({ reopen: true });
  const { ws, log } = open();
  await clock.run(100);
  peers[0]?.pause();
  for (let i = 0; i < 8; i++) ws.send(new Uint8Array(2 ** 20));
  ws.close();
  await clock.run(100);
  network.host('feed').down();
  await clock.run(100);
  network.host('feed').up();
  await clock.run(600_000);
  expect(log).toEqual(['open/1', expect.stringMatching(/^close\/3 1006 .* unclean$/)]);
  expect([peers.length, clock.pending]).toEqual([1, 0]);
  expect(ws.bufferedAmount).toBeGreaterThan(0);
});

test('drop-in: bytes that a platform buffers are counted, also those it reported as written', async () => {
  const { clock, sockets, WebSocket: _, ...world } = dropInWorld();
  let buffered = 0;
  const transport: typeof sockets.transport = {
    ...sockets.transport,
    dial: (...how) => {
      const socket = sockets.transport.dial(...how);
      return Object.defineProperty(socket, 'bufferedAmount', { get: () => buffered });
    },
  };
  const { ws } = recorded(new (createWebSocketClass({ clock, transport }))('ws://feed/'));
  await clock.run(100);
  ws.send('four');
  expect(ws.bufferedAmount).toBe(4);
  await clock.run(100);
  expect([world.heard, ws.bufferedAmount]).toEqual([['four'], 0]);
  buffered = 7;
  expect(ws.bufferedAmount).toBe(7);
});
