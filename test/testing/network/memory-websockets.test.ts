import { describe, expect, test } from 'vitest';
import { createListeningSupervisor } from '../../../src/actors/supervisor/listening-supervisor.ts';
import { websocket } from '../../../src/protocols/websocket.ts';
import { websocketText } from '../../../src/protocols/websocket-text.ts';
import { virtualClock } from '../../../src/testing/clock.ts';
import { faults } from '../../../src/testing/faults.ts';
import { memoryNetwork } from '../../../src/testing/network/memory.ts';
import type { MemoryWebSocketPeer } from '../../../src/testing/network/memory-websocket-peer.ts';
import { memoryWebSockets } from '../../../src/testing/network/memory-websockets.ts';
import { reaches } from '../../../src/testing/reaches.ts';

function world() {
  const clock = virtualClock();
  const network = memoryNetwork({ clock, latencyMs: 20 });
  const sockets = memoryWebSockets(network, { wall: clock.wall.bind(clock) });
  const supervisor = createListeningSupervisor({
    clock,
    transports: [sockets.transport],
    protocols: { websocket },
  });
  return { clock, network, sockets, supervisor };
}

const echo = (peer: MemoryWebSocketPeer) => {
  peer.onMessage = (message) => peer.send(message);
};

describe('a simulated WebSocket', () => {
  test('carries text and bytes both ways, large messages in slices', async () => {
    const { clock, sockets, supervisor } = world();
    sockets.serve('feed', echo);
    const heard: (string | Uint8Array)[] = [];
    const feed = supervisor.connect({
      url: 'ws://feed/v1',
      protocol: websocket(),
      onMessage: (m) => heard.push(m),
    });
    const large = new Uint8Array(200_000).fill(7);
    feed.send('tëxt');
    feed.send(large);
    feed.send('z'.repeat(150_000));
    await clock.run(1000);
    expect(heard).toEqual(['tëxt', large, 'z'.repeat(150_000)]);
  });

  test('half-closed: after a close frame without an end of stream it ends within deadlines.close', async () => {
    const { clock, sockets, supervisor } = world();
    const peers: MemoryWebSocketPeer[] = [];
    sockets.serve('feed', (peer) => void peers.push(peer));
    const feed = supervisor.connect({ url: 'ws://feed', reconnect: { restart: 'temporary' } });
    await reaches(feed, 'alive', clock, 1000);
    peers[0]?.close(1001, 'retry-after=7s');
    // The answer is never read, so that no end of stream follows.
    peers[0]?.pause();
    await reaches(feed, 'closing', clock, 100);
    await clock.run(2100);
    expect(await feed.closed).toMatchObject({ reason: 'going-away', code: 1001, retryAfterMs: 7000 });
  });

  test.each([
    ['ping frames', websocket(), true],
    ['text heartbeats', websocketText({ ping: 'p', pong: 'q' }), false],
  ])('is probed with %s', async (_kind, protocol, autoPong) => {
    const { clock, network, sockets, supervisor } = world();
    sockets.serve('feed', (peer) => {
      peer.autoPong = autoPong;
      peer.onMessage = (message) => message === 'p' && peer.send('q');
    });
    const feed = supervisor.connect({ url: 'ws://feed', protocol });
    await clock.run(60_000);
    expect(feed.state).toBe('alive');
    expect(feed.rtt?.smoothed).toBeCloseTo(40, 0);
    network.host('feed').freeze();
    await reaches(feed, 'suspect', clock, 12_000);
    network.host('feed').thaw();
    await reaches(feed, 'alive', clock, 1000);
  });

  test('is accepted but not upgraded by a frozen server', async () => {
    const { clock, network, sockets, supervisor } = world();
    sockets.serve('feed', echo);
    network.host('feed').freeze();
    const events: unknown[] = [];
    supervisor.events$.subscribe((event) => 'reason' in event && events.push(event.reason));
    supervisor.connect({ url: 'ws://feed' });
    await clock.run(10_100);
    expect(events).toContain('connect-timeout');
  });

  test('is refused with a status, and its Retry-After is kept', async () => {
    const { clock, sockets, supervisor } = world();
    const seen: unknown[] = [];
    sockets.serve('feed', echo, (request) => {
      seen.push(request.headers.authorization);
      return seen.length === 1 ? { status: 503, retryAfter: '7' } : { status: 401 };
    });
    const feed = supervisor.connect({ url: 'ws://feed', headers: { authorization: 'token' } });
    await clock.run(6900);
    expect(seen).toEqual(['token']);
    await clock.run(1500);
    expect(await feed.closed).toMatchObject({
      reason: 'unauthorized',
      code: 401,
      class: 'fatal',
      response: { status: 401 },
    });
  });

  test('tells what a server answered', async () => {
    const { clock, sockets, supervisor } = world();
    const heard: unknown[] = [];
    const answers = [
      { status: 403, headers: { 'X-Why': ['a', 'b'], 'Set-Cookie': ['c=1', 'd=2'] }, body: 'b'.repeat(3000) },
      { status: 101, protocol: 'v2', headers: { 'x-weight': '1' }, body: 'none' },
    ];
    sockets.serve('feed', echo, () => answers[heard.length]);
    const feed = supervisor.connect({
      url: 'ws://feed',
      protocols: ['v1', 'v2'],
      reconnect: { classes: { unauthorized: 'retryable' } },
      onResponse: ({ status, headers, cookies, body, subprotocol }, { id }) =>
        heard.push({ status, headers, cookies, bytes: body.length, subprotocol, id }),
    });
    await clock.run(100);
    expect(heard).toEqual([
      { status: 403, headers: { 'x-why': 'a, b' }, cookies: ['c=1', 'd=2'], bytes: 2048, id: feed.id },
    ]);
    expect(feed.subprotocol).toBeUndefined();
    await reaches(feed, 'alive', clock, 2000);
    expect(feed.subprotocol).toBe('v2');
    expect(heard[1]).toMatchObject({
      status: 101,
      headers: { 'x-weight': '1' },
      bytes: 0,
      subprotocol: 'v2',
    });
  });

  test.each([101, 503])('is closed by onResponse, at status %i', async (status) => {
    const { clock, sockets, supervisor } = world();
    sockets.serve('feed', echo, () => ({ status }));
    const feed = supervisor.connect({
      url: 'ws://feed',
      onResponse: (_, connection) => void connection.close(),
    });
    await clock.run(100);
    expect(await feed.closed).toMatchObject({ reason: 'closed-by-us' });
  });

  test('ends with the close frame of either side', async () => {
    const { clock, sockets, supervisor } = world();
    const closes: unknown[] = [];
    sockets.serve('feed', (peer) => {
      peer.onClose = (close) => closes.push(close);
      if (closes.length === 0) peer.close(1008, 'not you');
    });
    const sent = supervisor.connect({ id: 'theirs', url: 'ws://feed' });
    await clock.run(1000);
    expect(await sent.closed).toMatchObject({ reason: 'unauthorized', code: 1008, detail: 'not you' });
    const own = supervisor.connect({ id: 'ours', url: 'ws://feed' });
    await clock.run(1000);
    own.close();
    await clock.run(1000);
    expect(closes).toEqual([
      { code: 1008, reason: 'not you' },
      { code: 1000, reason: '' },
    ]);
  });

  test('can be accepted by a supervisor', async () => {
    const { clock, network, supervisor } = world();
    await supervisor.listen({
      url: 'ws://gateway',
      protocol: websocket(),
      onMessage: (message, connection) => connection.send(message),
    });
    const heard: unknown[] = [];
    const feed = supervisor.connect({ url: 'ws://gateway', onMessage: (message) => heard.push(message) });
    feed.send('hello');
    await clock.run(1000);
    expect(heard).toEqual(['hello']);
    supervisor.stop();
    await clock.run(5000);
    expect(network.audit()).toMatchObject({ open: { dial: 0, accept: 0 }, closedTwice: 0 });
  });
});

test('faults(): each fault happens at its time, unless cancelled', async () => {
  const clock = virtualClock();
  const seen: [string, number][] = [];
  const note = (what: string) => () => seen.push([what, clock.scheduler.now()]);
  const takeBack = faults(clock, [
    [500, note('b')],
    [100, note('a')],
    [2000, note('c')],
  ]);
  await clock.run(1000);
  takeBack();
  await clock.run(5000);
  expect(seen).toEqual([
    ['a', 100],
    ['b', 500],
  ]);
  expect(clock.pending).toBe(0);
});

test('reaches(): resolves with the elapsed time, or rejects with the states reached', async () => {
  const { clock, sockets, supervisor } = world();
  sockets.serve('feed', echo);
  const feed = supervisor.connect({ id: 'feed', url: 'ws://feed' });
  expect(await reaches(feed, 'alive', clock, 1000)).toBe(80);
  expect(await reaches(feed, 'alive', clock, 1000)).toBe(0);
  await expect(reaches(feed, 'suspect', clock, 30_000)).rejects.toThrow(
    'feed is not suspect within 30000 ms: alive at 0 ms',
  );
});
