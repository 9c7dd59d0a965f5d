import { describe, expect, test } from 'vitest';
import type { LifecycleEvent } from '../../src/actors/supervisor/events.ts';
import type { MemoryPeer } from '../../src/testing/network/memory-peer.ts';
import { expectNothingLeft, lineServer, type World, world } from '../support/world.ts';

const URL = 'memory://service';

/** Opens `count` connections of one supervisor to one endpoint, with the ids `c0`, `c1` and so on. */
function connectMany({ supervisor }: World, count: number, more = {}) {
  return Array.from({ length: count }, (_, index) =>
    supervisor.connect({ id: `c${index}`, url: URL, ...more }),
  );
}

/** A server that answers `perSecond` dials, one after the other. */
function slowServer({ clock, network }: World, perSecond: number): () => void {
  let freeAt = 0;
  return network.serve('service', (peer: MemoryPeer) => {
    freeAt = Math.max(freeAt, clock.scheduler.now()) + 1000 / perSecond;
    clock.scheduler.schedule(() => lineServer(peer), freeAt - clock.scheduler.now());
    const early: Uint8Array[] = [];
    peer.onData = (chunk) => early.push(chunk);
    clock.scheduler.schedule(
      () => {
        for (const chunk of early) peer.onData?.(chunk);
      },
      freeAt - clock.scheduler.now() + 0.001,
    );
  });
}

/** Advances the clock in steps, and returns the highest number of dials under way. */
async function mostDials({ clock, network }: World, ms: number, step = 100): Promise<number> {
  let most = 0;
  for (let passed = 0; passed < ms; passed += step) {
    await clock.run(step);
    most = Math.max(most, network.audit().dialing);
  }
  return most;
}

const alive = ({ supervisor }: World) =>
  [...supervisor.connections].filter(({ state, incarnation }) => state === 'alive' && incarnation > 0).length;

const of = <K extends LifecycleEvent['event']>(events: readonly LifecycleEvent[], kind: K) =>
  events.filter((event): event is Extract<LifecycleEvent, { event: K }> => event.event === kind);

test('gate: 1,000 connections to a dead endpoint keep at most one dial under way, and all are alive within 11 s of the first', async () => {
  const here = world({ seed: 7 });
  const { clock, network, supervisor, events } = here;
  connectMany(here, 1000);
  expect(await mostDials(here, 60_000)).toBeLessThanOrEqual(1);
  const dialsWhileDown = network.audit().dials;
  expect(dialsWhileDown).toBeLessThan(30);
  slowServer(here, 100);
  const upAt = clock.scheduler.now();
  while (alive(here) === 0) await clock.run(10);
  const firstAt = clock.scheduler.now();
  expect(firstAt - upAt).toBeLessThan(31_000);
  while (alive(here) < 1000 && clock.scheduler.now() < firstAt + 60_000) await clock.run(50);
  expect(clock.scheduler.now() - firstAt).toBeLessThanOrEqual(11_000);
  expect(of(events, 'gate').map(({ to }) => to)).toEqual(['failed', 'open']);
  expect(of(events, 'reconnect-scheduled').every(({ because }) => because === 'gate')).toBe(true);
  expect([...supervisor.gates]).toEqual([]);
  await expectNothingLeft(here);
}, 60_000);

describe('gate', () => {
  test('a closed gate is listed in supervisor.gates with its number of waiting connections', async () => {
    const here = world();
    connectMany(here, 5);
    await here.clock.run(100);
    const [gate] = here.supervisor.gates;
    expect(gate).toMatchObject({ endpoint: 'memory://service', state: 'failed', window: 1 });
    expect((gate?.waiting ?? 0) + (gate?.inFlight ?? 0)).toBe(5);
    await expectNothingLeft(here);
  });

  test('a single connection follows its own backoff, and no gate closes', async () => {
    const here = world();
    connectMany(here, 1);
    await here.clock.run(20_000);
    expect(new Set(of(here.events, 'reconnect-scheduled').map(({ because }) => because))).toEqual(
      new Set(['backoff']),
    );
    expect(of(here.events, 'gate')).toEqual([]);
    await expectNothingLeft(here);
  });

  test('with gate.enabled false all connections dial at the same time', async () => {
    const here = world({ gate: { enabled: false } });
    connectMany(here, 50);
    expect(await mostDials(here, 10, 1)).toBe(50);
    await here.clock.run(5000);
    expect([...here.supervisor.gates]).toEqual([]);
    await expectNothingLeft(here);
  });

  test('the turn of a closed connection passes to the next waiting connection', async () => {
    const here = world();
    const connections = connectMany(here, 4);
    await here.clock.run(500);
    for (const connection of connections.slice(0, 3)) await connection.close();
    here.network.serve('service', lineServer);
    await here.clock.run(31_000);
    expect(connections[3]?.state).toBe('alive');
    await expectNothingLeft(here);
  });

  test('reconnect.maxElapsed ends the wait at a gate for each connection separately', async () => {
    const here = world();
    const short = here.supervisor.connect({ id: 'short', url: URL, reconnect: { maxElapsed: '5s' } });
    const long = here.supervisor.connect({ id: 'long', url: URL });
    await here.clock.run(40_000);
    expect([short.status, long.status]).toEqual(['gave-up', 'waiting']);
    expect(of(here.events, 'gave-up')).toMatchObject([{ connection: 'short', because: 'elapsed' }]);
    await expectNothingLeft(here);
  });

  test('reconnect.maxAttempts of a connection counts only the dials of that connection', async () => {
    const here = world();
    connectMany(here, 10, { reconnect: { maxAttempts: 1 } });
    await here.clock.run(1_000_000);
    expect(here.network.audit().dials).toBe(20);
    expect(of(here.events, 'gave-up').map(({ because }) => because)).toEqual(Array(10).fill('attempts'));
    await expectNothingLeft(here);
  });

  test('reconnect() on a waiting connection dials at once', async () => {
    const here = world();
    const [first] = connectMany(here, 3);
    await here.clock.run(20_000);
    here.network.serve('service', lineServer);
    const waits = [...here.supervisor.gates][0]?.untilMs ?? 0;
    expect(waits).toBeGreaterThan(100);
    first?.reconnect();
    await here.clock.run(20);
    expect(first?.state).toBe('alive');
    await expectNothingLeft(here);
  });
});

describe('configure()', () => {
  const slow = { reconnect: { backoff: { type: 'fixed', delay: '1h', jitter: 'none' } } } as const;
  const quick = { reconnect: { backoff: { type: 'fixed', delay: '2s', jitter: 'none' } } } as const;

  test('a shorter backoff shortens the current wait of a connection, measured from the start of the wait', async () => {
    const here = world(slow);
    const [connection] = connectMany(here, 1);
    await here.clock.run(1500);
    here.network.serve('service', lineServer);
    connection?.configure(quick);
    await here.clock.run(400);
    expect(connection?.state).toBe('closed');
    await here.clock.run(200);
    expect(connection?.state).toBe('alive');
    await expectNothingLeft(here);
  });

  test('a shorter backoff shortens the current wait at a gate', async () => {
    const here = world(slow);
    connectMany(here, 3);
    await here.clock.run(60_000);
    here.network.serve('service', lineServer);
    here.supervisor.configure(quick);
    await here.clock.run(2100);
    expect(alive(here)).toBe(3);
    await expectNothingLeft(here);
  });

  test('configure() of the supervisor keeps the options that a connection set itself', async () => {
    const here = world();
    here.network.serve('service', lineServer);
    const own = here.supervisor.connect({ id: 'own', url: URL, heartbeat: { interval: '5s' } });
    const other = here.supervisor.connect({ id: 'other', url: URL });
    await here.clock.run(100);
    here.supervisor.configure({ heartbeat: { interval: '1s', condemnAfter: '3s' } });
    here.network.host('service').freeze();
    await here.clock.run(1000 + 3000 + 100);
    expect([own.state, other.status]).toEqual(['alive', 'waiting']);
    await here.clock.run(5000);
    expect(own.state).not.toBe('alive');
    await expectNothingLeft(here);
  });

  test('an invalid policy throws with the names of its fields, and no configured event follows', async () => {
    const here = world();
    here.supervisor.connect({ id: 'own', url: URL, reconnect: { backoff: { cap: '2s' } } });
    const wrong = { reconnect: { backoff: { base: '10s' } }, heartbeat: { probs: 2 } } as never;
    expect(() => here.supervisor.configure(wrong)).toThrow(/heartbeat\.probs/);
    expect(() => here.supervisor.configure({ reconnect: { backoff: { base: '10s', cap: '20s' } } })).toThrow(
      /cap/,
    );
    expect(of(here.events, 'configured')).toEqual([]);
    await expectNothingLeft(here);
  });
});
