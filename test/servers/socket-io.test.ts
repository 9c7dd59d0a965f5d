/** `socketIo()` against the server of npm's socket.io. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Connection } from '../../src/actors/supervisor/handle.ts';
import type { SocketIoIn, SocketIoOut } from '../../src/protocols/socket-io/messages.ts';
import { type SocketIoOptions, socketIo, socketIoUrl } from '../../src/protocols/socket-io/socket-io.ts';
import { later } from '../transport/peers.ts';
import { nodeServer } from './support/node-server.ts';
import { reply } from './support/replies.ts';
import { scenario } from './support/scenario.ts';
import type { Server } from './support/server.ts';
import { fast, watched } from './support/watched.ts';

/** A server pings every 25 s by default: scaled by 100. */
const pingInterval = 250;
const pingTimeout = 200;
const start = () => nodeServer('socket-io-server.mjs', pingInterval, pingTimeout);
const specOf = ({ address }: Server, options: SocketIoOptions = {}) => ({
  url: socketIoUrl(`ws+socketio://${address}`),
  protocol: socketIo(options),
  credentials: { handshake: { token: 'secret' } },
});

const isEvent = (name: string) => (message: SocketIoIn) => 'event' in message && message.event === name;

async function echo(connection: Connection<SocketIoIn, SocketIoOut>) {
  const echoed = reply(connection, isEvent('echoed'));
  const bytes = new Uint8Array([0, 1, 255]);
  await connection.send({ event: 'echo', args: [{ text: 'hi', bytes }] });
  const { args } = (await echoed) as { args: readonly unknown[] };
  expect(args[0]).toEqual({ text: 'hi', bytes });
}

scenario({
  name: 'socket.io',
  programs: [],
  start,
  connect: (server: Server) => specOf(server),
  wrong: { handshake: { token: 'wrong' } },
  business: echo,
  stopped: ['closed-by-peer'],
});

describe('socket.io', () => {
  let server: Server;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server.kill());

  async function alive(options: SocketIoOptions = {}) {
    const { supervisor, sights } = watched({}, () => server.log());
    later(() => supervisor.stop());
    const connection = supervisor.connect(specOf(server, options));
    await sights.within(connection.ready(), 'ready');
    return { connection, sights };
  }

  test('socket.io: ten minutes idle, scaled to 6 s, without a suspicion', async () => {
    const { connection, sights } = await alive();
    await new Promise((resolve) => setTimeout(resolve, 6000));
    expect([sights.entered('suspect'), connection.incarnation]).toEqual([0, 1]);
    expect(connection.agreed).toMatchObject({ pingInterval, pingTimeout, recovered: false });
  });

  test('socket.io: frozen, the verdict comes after pingInterval + pingTimeout + condemnAfter', async () => {
    const { connection, sights } = await alive();
    const pinged = sights.heartbeats(1);
    await pinged;
    const from = performance.now();
    server.freeze();
    later(() => server.thaw());
    await sights.sees('its condemnation', () => sights.exits.length > 0);
    const took = performance.now() - from;
    server.thaw();
    const due = pingInterval + pingTimeout + fast.heartbeat.condemnAfter;
    expect(took).toBeGreaterThan(due - 50);
    expect(took).toBeLessThan(due + 300);
    expect(sights.exits).toEqual(['heartbeat-timeout']);
    await sights.within(connection.ready(), 'ready after SIGCONT');
  });

  test('socket.io: acknowledgements are matched in both directions, and confirm receipts', async () => {
    const { connection, sights } = await alive({ namespace: '/admin' });
    const acked = reply(connection, (message) => 'ack' in message);
    const receipt = await connection.send({ event: 'echo', args: [7], ack: 'mine' });
    expect(await sights.within(acked, 'the acknowledgement')).toEqual({ ack: 'mine', args: ['/admin', 7] });
    expect(await sights.within(receipt.confirmed, 'confirmed')).toBe('confirmed');
    const asked = reply(connection, isEvent('asks'));
    const told = reply(connection, isEvent('told'));
    await connection.send({ event: 'ask me' });
    const { id } = (await sights.within(asked, 'the question')) as { id: number };
    await connection.send({ answer: id, args: ['answer'] });
    expect(await sights.within(told, 'the answer')).toMatchObject({ args: ['answer', expect.any(String)] });
  });

  test('socket.io: a burst of messages with attachments arrives in order and whole', async () => {
    const { connection, sights } = await alive();
    const got: unknown[] = [];
    connection.messages$.subscribe((message) => {
      if (!('ack' in message)) return;
      const [i, bytes, more] = message.args[1] as [number, Uint8Array, Uint8Array];
      got.push([i, bytes.length, bytes.every((byte) => byte === i), ...more]);
    });
    const numbers = Array.from({ length: 50 }, (_, i) => i);
    for (const i of numbers)
      connection.send({
        event: 'echo',
        args: [[i, new Uint8Array(i * 1000).fill(i), Uint8Array.of(i)]],
        ack: 1,
      });
    const last = reply(connection, () => got.length === numbers.length);
    await sights.within(last, 'the last echo');
    expect(got).toEqual(numbers.map((i) => [i, i * 1000, true, i]));
  });

  test('socket.io: after a cut the session is recovered, with the event that was missed', async () => {
    const { connection, sights } = await alive();
    const first = reply(connection, isEvent('news'));
    await connection.send({ event: 'publish', args: [1] });
    await sights.within(first, 'the first news');
    const missed = reply(connection, isEvent('news'));
    await connection.send({ event: 'publish', args: [2] });
    await connection.send({ event: 'cut' });
    await sights.sees('the cut', () => sights.exits.length > 0);
    expect(await sights.within(missed, 'the news that was missed')).toMatchObject({
      args: [2, expect.any(String)],
    });
    expect([connection.incarnation, connection.agreed]).toMatchObject([2, { recovered: true }]);
  });

  test('socket.io: the server that disconnects the namespace is closed-by-peer', async () => {
    const { connection, sights } = await alive();
    await connection.send({ event: 'leave' });
    await sights.sees('its exit', () => sights.exits.length > 0);
    expect(sights.exits).toEqual(['closed-by-peer']);
  });

  test('socket.io: close() is a client namespace disconnect for the server', async () => {
    const { connection, sights } = await alive();
    const before = server.log().length;
    await sights.within(connection.close(), 'close()');
    await expect.poll(() => server.log().slice(before)).toContain('left: client namespace disconnect');
  });

  test('socket.io: a namespace that does not exist is bad-config', async () => {
    const { supervisor, sights } = watched({}, () => server.log());
    later(() => supervisor.stop());
    const connection = supervisor.connect(specOf(server, { namespace: '/nowhere' }));
    const exit = await sights.within(connection.closed, 'the end');
    expect(exit).toMatchObject({ reason: 'bad-config', detail: 'Invalid namespace' });
  });

  test('socket.io: the token is in CONNECT and in no part of the upgrade request', async () => {
    const { connection } = await alive();
    expect(connection.state).toBe('alive');
    expect(server.log()).toContain('request /socket.io/?EIO=4&transport=websocket');
    expect(server.log()).not.toContain('secret');
  });
});
