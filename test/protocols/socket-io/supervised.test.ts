/** A connection with `socketIo()` and the default policy, in virtual time. The server pings every 25 s, as by default. */
import { expect, test } from 'vitest';
import { socketIo, socketIoUrl } from '../../../src/protocols/socket-io/socket-io.ts';
import type { MemoryWebSocketPeer } from '../../../src/testing/network/memory-websocket-peer.ts';
import { webWorld } from '../web-world.ts';

const spec = { url: socketIoUrl('ws+socketio://api.example'), protocol: socketIo() };
const pingInterval = 25_000;
const pingTimeout = 20_000;

function serve(message: string | Uint8Array, peer: MemoryWebSocketPeer) {
  if (String(message).startsWith('40')) peer.send('40{"sid":"s"}');
  else if (String(message).startsWith('42')) peer.send(message);
}

function greet(peer: MemoryWebSocketPeer) {
  peer.send(`0${JSON.stringify({ sid: 'e', upgrades: [], pingInterval, pingTimeout, maxPayload: 1e6 })}`);
}

function world() {
  const here = webWorld(serve, greet);
  /** The server pings for so many intervals. */
  const pings = async (times: number) => {
    for (let n = 0; n < times; n++) {
      await here.clock.run(pingInterval);
      here.peers.at(-1)?.send('2');
    }
  };
  return { ...here, pings };
}

test('socket.io: ten minutes idle without a suspicion, and each ping of the server is answered', async () => {
  const { supervisor, pings, clock, states, heard } = world();
  supervisor.connect(spec);
  await pings(24);
  await clock.run(100);
  expect(states).toEqual(['connecting', 'alive']);
  expect(heard).toEqual(['40{}', ...Array<string>(24).fill('3')]);
});

test('socket.io: frozen, it is suspected at pingInterval + pingTimeout, and condemned condemnAfter later', async () => {
  const { supervisor, pings, clock, states, host } = world();
  supervisor.connect(spec);
  await pings(3);
  await clock.run(1);
  host.freeze();
  await clock.run(pingInterval + pingTimeout - 100);
  expect(states).toEqual(['connecting', 'alive']);
  await clock.run(200);
  expect(states.at(-1)).toBe('suspect');
  await clock.run(10_000 - 400);
  expect(states.at(-1)).toBe('suspect');
  await clock.run(400);
  expect(states).toContain('closing:heartbeat-timeout');
});

test('socket.io: with heartbeat.interval null its silence says nothing', async () => {
  const { supervisor, clock, states } = world();
  supervisor.connect({ ...spec, heartbeat: { interval: null } });
  await clock.run(600_000);
  expect(states).toEqual(['connecting', 'alive']);
});

test('socket.io: events leave after CONNECT, attachments behind their text and ahead of the next event', async () => {
  const { supervisor, clock, heard } = world();
  const connection = supervisor.connect(spec);
  connection.send({ event: 'a', args: [new Uint8Array([1]), new Uint8Array([2])] });
  connection.send({ event: 'b' });
  await clock.run(100);
  expect(heard.map((message) => (typeof message === 'string' ? message : [...message]))).toEqual([
    '40{}',
    '452-["a",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]',
    [1],
    [2],
    '42["b"]',
  ]);
});

test('socket.io: close() says DISCONNECT before the close frame', async () => {
  const { supervisor, clock, heard, peers } = world();
  const connection = supervisor.connect(spec);
  await clock.run(100);
  const codes: number[] = [];
  const [peer] = peers;
  if (peer !== undefined) peer.onClose = ({ code }) => codes.push(code);
  connection.close();
  await clock.run(100);
  expect([heard.at(-1), ...codes]).toEqual(['41', 1000]);
});
