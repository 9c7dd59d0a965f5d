/** Gates and lists of endpoints together: the next endpoint of waiting connections after a gate closes, and the number of dials. */
import { describe, expect, test } from 'vitest';
import type { LifecycleEvent } from '../../../../src/actors/supervisor/events.ts';
import type { Connection } from '../../../../src/actors/supervisor/handle.ts';
import { createListeningSupervisor } from '../../../../src/actors/supervisor/listening-supervisor.ts';
import { websocket } from '../../../../src/protocols/websocket.ts';
import { virtualClock } from '../../../../src/testing/clock.ts';
import { memoryNetwork } from '../../../../src/testing/network/memory.ts';
import type { MemoryPeer } from '../../../../src/testing/network/memory-peer.ts';
import { memoryWebSockets } from '../../../../src/testing/network/memory-websockets.ts';
import { expectNothingLeft, lineServer, type World, world } from '../../../support/world.ts';

const [A, B] = ['memory://a', 'memory://b'];

function connectMany({ supervisor }: World, count: number, more = {}): Connection[] {
  return Array.from({ length: count }, (_, at) => supervisor.connect({ id: `c${at}`, url: [A, B], ...more }));
}

/** The URL of each dial so far. */
const dialled = ({ events }: World): string[] =>
  events.flatMap((event) => (event.event === 'state' && event.from === undefined ? [event.url] : []));

const of = <K extends LifecycleEvent['event']>({ events }: World, kind: K) =>
  events.filter((event): event is Extract<LifecycleEvent, { event: K }> => event.event === kind);

const aliveAt = (all: readonly Connection[], url: string): number =>
  all.filter((each) => each.state === 'alive' && each.url === url).length;

/** Stops the supervisor and expects no socket, gate, timer or reported error to remain. */
async function expectNoLeak(here: World): Promise<void> {
  await expectNothingLeft(here);
  expect([[...here.supervisor.gates], here.clock.pending, here.reported]).toEqual([[], 0, []]);
}

/** Advances the clock in steps of 1 ms, checks each window after each step, and returns the highest number of dials under way. */
async function runWithinWindows(here: World, ms: number): Promise<number> {
  let most = 0;
  for (let passed = 0; passed < ms; passed++) {
    await here.clock.run(1);
    const dialling = [...here.supervisor.connections].filter(
      ({ state, status }) => state === 'connecting' && status === 'running',
    );
    most = Math.max(most, dialling.length);
    for (const { endpoint, window, inFlight } of here.supervisor.gates) {
      expect(inFlight).toBe(dialling.filter(({ url }) => url === endpoint).length);
      expect(inFlight).toBeLessThanOrEqual(window);
    }
  }
  return most;
}

test('failover: 500 connections behind a failed dial reach the next endpoint within its window, and the dead endpoint gets one dial', async () => {
  const here = world();
  const all = connectMany(here, 500);
  here.network.serve('b', lineServer);
  expect(await runWithinWindows(here, 2000)).toBeGreaterThan(5);
  expect(aliveAt(all, B)).toBe(500);
  expect(dialled(here).filter((url) => url === A)).toEqual([A]);
  await expectNoLeak(here);
});

test('failover: with all endpoints down 500 connections make fewer than 30 dials in the first minute', async () => {
  const here = world({ seed: 3 });
  connectMany(here, 500);
  await here.clock.run(60_000);
  // A single endpoint would get fewer than ten dials in the first minute from all 500 connections.
  expect(dialled(here).length).toBeLessThan(30);
  await here.clock.run(600_000);
  expect(dialled(here).length).toBeLessThan(150);
  await expectNoLeak(here);
});

test('failover: after an outage of all endpoints the first endpoint to return gets all 200 connections', async () => {
  const here = world({ seed: 5 });
  const all = connectMany(here, 200);
  await here.clock.run(120_000);
  here.network.serve('b', lineServer);
  await here.clock.run(62_000);
  expect(aliveAt(all, B)).toBe(200);
  await expectNoLeak(here);
});

test('failover: a closed gate is skipped for every URL with its host and port', async () => {
  const here = world({ reconnect: { backoff: { type: 'fixed', delay: '20s', jitter: 'none' } } });
  const url = ['memory://a?k=1', 'memory://a?k=2', B];
  const all = connectMany(here, 20, { url });
  here.network.serve('b', lineServer);
  await here.clock.run(1000);
  expect(all.slice(1).filter(({ state }) => state === 'alive').length).toBe(19);
  expect(dialled(here).filter((each) => each !== B)).toEqual(['memory://a?k=***']);
  await here.clock.run(60_000);
  expect(aliveAt(all, B)).toBe(20);
  await expectNoLeak(here);
});

test('failover: a new connection whose first gate is closed dials the next endpoint', async () => {
  const here = world({ reconnect: { backoff: { type: 'fixed', delay: '1h', jitter: 'none' } } });
  here.network.serve('b', lineServer);
  for (const id of ['x', 'y']) here.supervisor.connect({ id, url: A });
  await here.clock.run(100);
  const [late] = connectMany(here, 1);
  await here.clock.run(100);
  expect(late).toMatchObject({ state: 'alive', url: B });
  await expectNoLeak(here);
});

/** A server; the result stops it and resets all its sockets. */
function leavable(here: World, name: string) {
  const peers = new Set<MemoryPeer>();
  const stop = here.network.serve(name, (peer) => {
    peers.add(peer);
    lineServer(peer);
  });
  return () => {
    stop();
    for (const peer of peers) peer.reset();
  };
}

test.each([
  [true, A],
  [false, B],
])(
  'failover: the drop of a shared endpoint with returnToFirst %s moves all connections to %s',
  async (first, where) => {
    const here = world({ endpoints: { returnToFirst: first }, reconnect: { stableAfter: '5s' } });
    const leave = leavable(here, 'b');
    const all = connectMany(here, 50);
    await here.clock.run(10_000);
    expect(aliveAt(all, B)).toBe(50);
    here.network.serve('a', lineServer);
    leave();
    here.network.serve('b', lineServer);
    await here.clock.run(10_000);
    expect(aliveAt(all, where)).toBe(50);
    await expectNoLeak(here);
  },
);

test('failover: reconnect-scheduled names the endpoint of the next dial, and gave-up the last one', async () => {
  const here = world();
  connectMany(here, 1, { reconnect: { maxAttempts: 2 } });
  await here.clock.run(60_000);
  const said = here.events.flatMap((event) =>
    event.event === 'reconnect-scheduled' || event.event === 'gave-up' ? [[event.event, event.url]] : [],
  );
  expect(said).toEqual([
    ['reconnect-scheduled', B],
    ['reconnect-scheduled', A],
    ['gave-up', A],
  ]);
  await expectNoLeak(here);
});

test('failover: with order shuffled 100 connections reach the only live endpoint, and no window is exceeded', async () => {
  const here = world({ endpoints: { order: 'shuffled', returnToFirst: false } });
  const all = connectMany(here, 100, { url: [A, B, 'memory://c'] });
  here.network.serve('c', lineServer);
  await runWithinWindows(here, 5000);
  expect(aliveAt(all, 'memory://c')).toBe(100);
  await expectNoLeak(here);
});

test('failover: after all connections have closed, a new connection meets no gate and follows its backoff', async () => {
  const here = world();
  const all = connectMany(here, 30);
  await here.clock.run(5000);
  await Promise.all(all.map((each) => each.close()));
  expect(here.clock.pending).toBe(0);
  const before = here.events.length;
  here.supervisor.connect({ id: 'alone', url: [A, B] });
  await here.clock.run(20_000);
  const later = here.events.slice(before);
  const whys = later.flatMap((event) => (event.event === 'reconnect-scheduled' ? [event.because] : []));
  expect(new Set(whys)).toEqual(new Set(['backoff']));
  expect(of(here, 'gate').filter((event) => later.includes(event))).toEqual([]);
  await expectNoLeak(here);
});

describe('failover with Retry-After in a 503', () => {
  /** A supervisor of WebSockets, and servers by name; the result of `judge` is the answer to an upgrade. */
  function webSockets(judges: Record<string, () => { status: number; retryAfter?: string } | undefined>) {
    const clock = virtualClock({ seed: 1 });
    const network = memoryNetwork({ clock });
    const sockets = memoryWebSockets(network, { wall: () => clock.wall() });
    const requests: [name: string, at: number][] = [];
    for (const [name, judge] of Object.entries(judges)) {
      const note = () => {
        requests.push([name, Math.floor(clock.scheduler.now())]);
        return judge();
      };
      sockets.serve(name, () => {}, note);
    }
    const supervisor = createListeningSupervisor({
      transports: [sockets.transport],
      protocols: { websocket },
      clock,
    });
    return { clock, requests, supervisor };
  }
  const busy = (seconds: number) => () => ({ status: 503, retryAfter: String(seconds) });
  const url = ['ws://a/x', 'ws://b/x'];

  test('a single connection dials the next endpoint without the wait', async () => {
    const { clock, supervisor } = webSockets({ a: busy(300), b: () => undefined });
    const only = supervisor.connect({ url });
    await clock.run(2000);
    expect(only).toMatchObject({ state: 'alive', url: 'ws://b/x' });
    void supervisor.stop();
    await clock.run(5000);
    expect(clock.pending).toBe(0);
  });

  test('each endpoint is dialled again only after its own Retry-After', async () => {
    const { clock, supervisor, requests } = webSockets({ a: busy(100), b: busy(200) });
    supervisor.connect({ url });
    await clock.run(1_000_000);
    const gaps = (name: string) => {
      const times = requests.flatMap(([each, when]) => (each === name ? [when] : []));
      return times.slice(1).map((time, at) => time - (times[at] ?? 0));
    };
    expect(gaps('a').length + gaps('b').length).toBe(9);
    expect(Math.min(...gaps('a'))).toBeGreaterThanOrEqual(100_000);
    expect(Math.min(...gaps('b'))).toBeGreaterThanOrEqual(200_000);
    void supervisor.stop();
    await clock.run(5000);
    expect(clock.pending).toBe(0);
  });

  test('connections with a second endpoint move to it, and connections without one wait', async () => {
    const { clock, supervisor, requests } = webSockets({ a: busy(100), b: () => undefined });
    const bound = [0, 1, 2].map((at) => supervisor.connect({ id: `a${at}`, url: 'ws://a/x' }));
    const free = [0, 1, 2].map((at) => supervisor.connect({ id: `f${at}`, url }));
    await clock.run(90_000);
    expect(free.map(({ state, url: where }) => [state, where])).toEqual(Array(3).fill(['alive', 'ws://b/x']));
    expect(bound.map(({ status }) => status)).toEqual(Array(3).fill('waiting'));
    expect(requests.filter(([name]) => name === 'a')).toHaveLength(1);
    void supervisor.stop();
    await clock.run(5000);
    expect(clock.pending).toBe(0);
  });
});
