/** The gates of routes: what a host answers for one path says nothing about its other paths. */
import { expect, test } from 'vitest';
import type { LifecycleEvent } from '../../src/actors/supervisor/events.ts';
import type { Connection } from '../../src/actors/supervisor/handle.ts';
import { createListeningSupervisor } from '../../src/actors/supervisor/listening-supervisor.ts';
import { websocket } from '../../src/protocols/websocket.ts';
import { virtualClock } from '../../src/testing/clock.ts';
import { memoryNetwork } from '../../src/testing/network/memory.ts';
import type { MemoryWebSocketPeer } from '../../src/testing/network/memory-websocket-peer.ts';
import { memoryWebSockets } from '../../src/testing/network/memory-websockets.ts';

const ORDERS = 'ws://h/orders';
const PRICES = 'ws://h/prices';

type Answer = { status: number; retryAfter?: string } | undefined;
const busy: Answer = { status: 503 };
const busyFor45s: Answer = { status: 503, retryAfter: '45' };

interface Options {
  readonly gated?: boolean;
  readonly seed?: number;
  /** Called with each peer that was accepted. */
  readonly accept?: (peer: MemoryWebSocketPeer) => void;
}

/** The host `h`, whose answer to an upgrade depends on the path; `undefined` accepts. */
function hostWorld(answer: (path: string) => Answer, { seed = 1, gated = true, accept }: Options = {}) {
  const clock = virtualClock({ seed });
  const network = memoryNetwork({ clock });
  const sockets = memoryWebSockets(network, { wall: () => clock.wall() });
  const dials: string[] = [];
  const peers: MemoryWebSocketPeer[] = [];
  const serve = () =>
    sockets.serve(
      'h',
      (peer) => {
        peers.push(peer);
        accept?.(peer);
      },
      ({ url }) => {
        const { pathname } = new URL(url);
        dials.push(pathname);
        return answer(pathname);
      },
    );
  const supervisor = createListeningSupervisor({
    transports: [sockets.transport],
    protocols: { websocket },
    clock,
    gate: { enabled: gated },
  });
  const events: LifecycleEvent[] = [];
  supervisor.events$.subscribe((event) => events.push(event));
  const connect = (url: string | (() => string), count = 1, name = String(url)): Connection[] =>
    Array.from({ length: count }, (_, at) => supervisor.connect({ id: `${name} ${at}`, url }));
  const dialsOf = (path: string) => dials.filter((dialled) => dialled === path).length;
  const gateEvents = () => events.filter((event) => event.event === 'gate');
  const expectNothingLeft = async () => {
    void supervisor.stop();
    await clock.run(20_000);
    expect([[...supervisor.gates], [...supervisor.connections], clock.pending]).toEqual([[], [], 0]);
  };
  return {
    clock,
    supervisor,
    dials,
    peers,
    stop: serve(),
    serve,
    connect,
    dialsOf,
    gateEvents,
    expectNothingLeft,
  };
}

test.each([1, 3])(
  'gate: a 503 with Retry-After of one route (%d connections) leaves another route of its host open',
  async (count) => {
    const { clock, connect, peers, dialsOf, expectNothingLeft } = hostWorld((path) =>
      path === '/orders' ? busyFor45s : undefined,
    );
    connect(ORDERS, count);
    const prices = connect(PRICES, 2);
    await clock.run(20_000);
    expect(prices.map(({ state }) => state)).toEqual(['alive', 'alive']);
    for (const peer of peers) peer.terminate();
    await clock.run(2500);
    expect(prices.map(({ state }) => state)).toEqual(['alive', 'alive']);
    // A connection alone on its route has its own wait, several on one route one for all.
    expect(dialsOf('/orders')).toBe(1);
    await expectNothingLeft();
  },
);

test('gate: a route that closes after a 503 is listed with its path, as is its event, and its host stays open', async () => {
  const { clock, supervisor, connect, gateEvents, expectNothingLeft } = hostWorld((path) =>
    path === '/orders' ? busyFor45s : undefined,
  );
  connect(ORDERS, 3);
  connect(PRICES);
  await clock.run(2000);
  const [gate, ...others] = supervisor.gates;
  expect(others).toEqual([]);
  expect(gate).toMatchObject({ endpoint: 'ws://h:80', route: '/orders', state: 'failed', waiting: 3 });
  expect(gate?.untilMs).toBeGreaterThan(42_000);
  const closings = gateEvents().filter(({ to }) => to === 'failed');
  expect(closings).toMatchObject([{ endpoint: 'ws://h:80', route: '/orders', from: 'unknown' }]);
  await expectNothingLeft();
});

test('gate: a host that is refused closes for all its routes, is listed without a path, and one dial stands for all', async () => {
  const { clock, supervisor, stop, serve, connect, gateEvents, expectNothingLeft } = hostWorld(
    () => undefined,
  );
  stop();
  const all = [...connect(ORDERS, 20), ...connect(PRICES, 20)];
  await clock.run(15_000);
  expect([...supervisor.gates]).toMatchObject([{ endpoint: 'ws://h:80', state: 'failed', window: 1 }]);
  const [gate] = supervisor.gates;
  expect(gate).not.toHaveProperty('route');
  expect((gate?.waiting ?? 0) + (gate?.inFlight ?? 0)).toBe(40);
  expect(all.reduce((sum, { incarnation }) => sum + incarnation, 0)).toBeLessThan(12);
  serve();
  await clock.run(31_000);
  expect(all.every(({ state }) => state === 'alive')).toBe(true);
  expect(gateEvents().map(({ to }) => to)).toEqual(['failed', 'open']);
  await expectNothingLeft();
});

test.each<[title: string, answer: Answer, code?: number]>([
  ['refuses with 503', busy],
  ['refuses with 503 and Retry-After', { status: 503, retryAfter: '20' }],
  ['accepts and closes with 1013 at once', undefined, 1013],
])(
  'gate: a route that %s is dialled no more often than without gates, beside one that comes and goes',
  async (_title, answer, code) => {
    const dialsIn = async (gated: boolean, seed: number) => {
      const accept = (peer: MemoryWebSocketPeer) => {
        if (code !== undefined && peer.request?.url.endsWith('/orders')) peer.close(code);
      };
      const here = hostWorld((path) => (path === '/orders' ? answer : undefined), { gated, seed, accept });
      here.connect(ORDERS, 2);
      here.connect(PRICES, 2);
      for (let second = 0; second < 300; second += 3) {
        await here.clock.run(3000);
        for (const peer of here.peers.splice(0)) peer.terminate();
      }
      const dials = here.dialsOf('/orders');
      await here.expectNothingLeft();
      return dials;
    };
    let [withGates, without] = [0, 0];
    for (let seed = 1; seed <= 5; seed++) {
      withGates += await dialsIn(true, seed);
      without += await dialsIn(false, seed);
    }
    expect(withGates).toBeLessThanOrEqual(without);
    expect(withGates).toBeGreaterThan(0);
  },
);

test('gate: a 429 with Retry-After of one route delays its own connection alone', async () => {
  let refused = 0;
  const { clock, supervisor, connect, expectNothingLeft } = hostWorld(() =>
    refused++ === 0 ? { status: 429, retryAfter: '45' } : undefined,
  );
  const all = connect(ORDERS, 3);
  await clock.run(2000);
  expect(all.map(({ state }) => state)).toEqual(['closed', 'alive', 'alive']);
  expect([...supervisor.gates]).toEqual([]);
  await expectNothingLeft();
});

test('gate: several routes refused with 5xx and none proved close their host, and a proof opens it', async () => {
  let isUp = false;
  const here = hostWorld(() => (isUp ? undefined : busy));
  const all = Array.from({ length: 300 }, (_, at) => here.connect(`ws://h/${at}`)).flat();
  await here.clock.run(60_000);
  expect(here.dials.length).toBeLessThan(40);
  expect([...here.supervisor.gates]).toMatchObject([{ endpoint: 'ws://h:80', state: 'failed' }]);
  isUp = true;
  await here.clock.run(32_000);
  expect(all.filter(({ state }) => state === 'alive').length).toBe(300);
  expect(here.gateEvents().map(({ to, route }) => [to, route])).toEqual([
    ['failed', undefined],
    ['open', undefined],
  ]);
  await here.expectNothingLeft();
});

test('gate: two routes refused with 503 leave their host open while a third one is alive', async () => {
  const here = hostWorld((path) => (path === '/orders' || path === '/trades' ? busyFor45s : undefined));
  here.connect(PRICES);
  await here.clock.run(100);
  here.connect(ORDERS);
  here.connect('ws://h/trades');
  await here.clock.run(10_000);
  expect(here.gateEvents().filter(({ to }) => to === 'failed')).toEqual([]);
  const [late] = here.connect('ws://h/quotes');
  await here.clock.run(100);
  expect([late?.state, [...here.supervisor.gates]]).toEqual(['alive', []]);
  await here.expectNothingLeft();
});

test('gate: the gate of a route goes with the last connection of the route, a newcomer dials at once', async () => {
  const { clock, connect, dialsOf, expectNothingLeft } = hostWorld((path) =>
    path === '/orders' ? busyFor45s : undefined,
  );
  connect(PRICES);
  const all = connect(ORDERS, 3);
  await clock.run(1000);
  expect(dialsOf('/orders')).toBe(1);
  await Promise.all(all.map((each) => each.close()));
  connect(ORDERS, 2, 'later');
  await clock.run(1000);
  expect(dialsOf('/orders')).toBe(2);
  await expectNothingLeft();
});

test('gate: functions that alternate between two refused hosts dial no faster than their backoff', async () => {
  const here = hostWorld(() => undefined);
  here.stop();
  for (let at = 0; at < 6; at++) {
    let calls = at;
    here.connect(() => `ws://${calls++ % 2 === 0 ? 'a' : 'b'}/x`, 1, `f${at}`);
  }
  await here.clock.run(60_000);
  const dials = [...here.supervisor.connections].reduce((sum, { incarnation }) => sum + incarnation, 0);
  expect(dials).toBeLessThan(80);
  await here.expectNothingLeft();
});

test('gate: functions that name a new path for each dial leave no gate behind', async () => {
  const here = hostWorld(() => busy);
  let calls = 0;
  const all = Array.from({ length: 50 }, (_, at) =>
    here.connect(() => `ws://h/${calls++}`, 1, `f${at}`),
  ).flat();
  await here.clock.run(120_000);
  expect([...here.supervisor.gates].length).toBeLessThanOrEqual(1);
  // Some wait for their turn, some for their own backoff.
  for (const each of all.slice(0, 49)) void each.close();
  await here.clock.run(40_000);
  expect(here.clock.pending).toBe(1);
  await here.expectNothingLeft();
});
