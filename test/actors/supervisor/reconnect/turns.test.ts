/** Connections that wait for their turn at a gate: calls from within listeners, ends of all kinds and new policies. */
import { expect, test, vi } from 'vitest';
import type { LifecycleEvent } from '../../../../src/actors/supervisor/events.ts';
import type { Connection } from '../../../../src/actors/supervisor/handle.ts';
import type { Signal } from '../../../../src/actors/supervisor/signals.ts';
import { expectNothingLeft, lineServer, type World, world } from '../../../support/world.ts';

const URL = 'memory://service';
const fixed = (delay: number) =>
  ({ reconnect: { backoff: { type: 'fixed', delay, jitter: 'none' } } }) as const;

function connectMany({ supervisor }: World, count: number, more = {}): Connection[] {
  return Array.from({ length: count }, (_, index) =>
    supervisor.connect({ id: `c${index}`, url: URL, ...more }),
  );
}

/** Calls `react` once, in the listener of the first event that matches. */
function onceAt({ supervisor }: World, matches: (event: LifecycleEvent) => boolean, react: () => void): void {
  const subscription = supervisor.events$.subscribe((event) => {
    if (subscription?.closed !== false || !matches(event)) return;
    subscription.unsubscribe();
    react();
  });
}

/** Stops the supervisor and expects no timer, gate or reported error to remain. */
async function expectNoLeak(here: World): Promise<void> {
  await expectNothingLeft(here);
  expect([...here.supervisor.gates]).toEqual([]);
  expect(here.clock.pending).toBe(0);
  expect(here.reported).toEqual([]);
}

const dials = (here: World) =>
  here.events.flatMap((event) => (event.event === 'state' && event.from === undefined ? [event] : []));

/** The highest number of dials under way, sampled every `step` milliseconds. */
async function mostDials({ clock, network }: World, ms: number, step = 1): Promise<number> {
  let most = 0;
  for (let passed = 0; passed < ms; passed += step) {
    await clock.run(step);
    most = Math.max(most, network.audit().dialing);
  }
  return most;
}

test('gate: reconnect() on a connection that has just received its turn keeps at most one dial under way', async () => {
  const here = world();
  here.network.serve('service', () => {});
  const [first, second] = connectMany(here, 3, { deadlines: { handshake: '1s' } });
  // The end of the first passes its turn to the second, which has not started to dial during this event.
  onceAt(
    here,
    (event) => event.event === 'left' && event.connection === 'c0',
    () => second?.reconnect(),
  );
  await here.clock.run(10);
  void first?.close();
  expect(await mostDials(here, 50)).toBeLessThanOrEqual(1);
  await expectNoLeak(here);
});

test('gate: close() in a listener of the gate event ends the connection that has just begun to wait', async () => {
  const here = world();
  const [first] = connectMany(here, 2);
  const ends: string[] = [];
  onceAt(
    here,
    ({ event }) => event === 'gate',
    () => void first?.close().then(({ reason }) => ends.push(reason)),
  );
  await here.clock.run(100);
  expect([first?.status, ends]).toEqual(['left', ['closed-by-us']]);
  await expectNoLeak(here);
});

test('gate: reconnect() in a listener of the gate event dials again at once', async () => {
  const here = world(fixed(3_600_000));
  const [first] = connectMany(here, 2);
  onceAt(
    here,
    ({ event }) => event === 'gate',
    () => {
      here.network.serve('service', lineServer);
      first?.reconnect();
    },
  );
  await here.clock.run(100);
  expect(first?.state).toBe('alive');
  await expectNoLeak(here);
});

test('gate: close() of all connections in a listener of reconnect-scheduled leaves no timer', async () => {
  const here = world(fixed(3_600_000));
  const all = connectMany(here, 3);
  onceAt(
    here,
    ({ event }) => event === 'reconnect-scheduled',
    () => {
      for (const each of all) void each.close();
    },
  );
  await here.clock.run(100);
  expect(all.map(({ status }) => status)).toEqual(['left', 'left', 'left']);
  expect(here.clock.pending).toBe(0);
  await expectNoLeak(here);
});

test('gate: stop() starts no dial of a waiting connection', async () => {
  const here = world();
  here.network.host('service').blackhole();
  connectMany(here, 50);
  await here.clock.run(1);
  const before = dials(here).length;
  void here.supervisor.stop();
  await here.clock.run(20_000);
  expect(dials(here).length).toBe(before);
  await expectNoLeak(here);
});

test('gate: stopping the actor of the supervisor from outside logs no warning about waiting connections, and leaves no timer', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  const here = world();
  here.network.serve('service', () => {});
  const all = connectMany(here, 5);
  await here.clock.run(1);
  here.supervisor.actor.stop();
  await here.clock.run(1);
  expect(all.map(({ status }) => status)).toEqual(Array(5).fill('left'));
  expect(warn.mock.calls).toEqual([]);
  expect(here.network.audit().dialing).toBe(0);
  expect([[...here.supervisor.gates], here.clock.pending]).toEqual([[], 0]);
  warn.mockRestore();
});

test('configure(): a new backoff during a dial applies to the next wait', async () => {
  const here = world(fixed(1000));
  const [only] = connectMany(here, 1);
  await here.clock.run(500);
  here.network.host('service').blackhole();
  await here.clock.run(1000);
  expect(only?.state).toBe('connecting');
  only?.configure({ ...fixed(5000), deadlines: { connect: '2s' } });
  await here.clock.run(3000);
  const delays = here.events.flatMap((event) =>
    event.event === 'reconnect-scheduled' ? [event.delayMs] : [],
  );
  expect(delays).toEqual([1000, 5000]);
  await expectNoLeak(here);
});

test('configure(): disabling the gate does not count as an attempt of a connection that has not dialled', async () => {
  const here = world();
  here.network.host('service').blackhole();
  const reconnect = { backoff: { type: 'table', delays: ['1s', '1h'], jitter: 'none' } } as const;
  const [, second] = connectMany(here, 2, { reconnect });
  await here.clock.run(10);
  second?.configure({ gate: { enabled: false }, reconnect, deadlines: { connect: '1s' } });
  await here.clock.run(2500);
  const delays = here.events.flatMap((event) =>
    event.event === 'reconnect-scheduled' && event.connection === 'c1' && event.attempt > 0
      ? [event.delayMs]
      : [],
  );
  expect(delays).toEqual([1000]);
  await expectNoLeak(here);
});

test('configure(): maxElapsed set during the wait for a turn ends that wait', async () => {
  const here = world(fixed(3_600_000));
  const [first] = connectMany(here, 2);
  await here.clock.run(2000);
  first?.configure({ reconnect: { maxElapsed: '10s' } });
  await here.clock.run(7000);
  expect(first?.status).toBe('waiting');
  await here.clock.run(2000);
  expect(first?.status).toBe('gave-up');
  await expectNoLeak(here);
});

test('configure(): gate.enabled false lets waiting connections dial by their own backoff, and true limits them to one dial again', async () => {
  const here = world(fixed(2000));
  connectMany(here, 20);
  await here.clock.run(500);
  here.supervisor.configure({ ...fixed(2000), gate: { enabled: false } });
  expect([...here.supervisor.gates].map(({ waiting }) => waiting)).toEqual([0]);
  expect(await mostDials(here, 2100)).toBe(20);
  here.supervisor.configure({ ...fixed(2000), gate: { enabled: true } });
  await here.clock.run(3000);
  expect(await mostDials(here, 10_000)).toBe(1);
  await expectNoLeak(here);
});

test('gate: an offline signal stops the dials of waiting connections for 10 s, and online starts one at a time', async () => {
  let signal: (signal: Signal) => void = () => {};
  const here = world({
    signals: {
      watch: (listener) => {
        signal = listener;
        return () => {};
      },
    },
  });
  const all = connectMany(here, 30);
  await here.clock.run(5000);
  signal('offline');
  const before = dials(here).length;
  await here.clock.run(9900);
  expect(dials(here).length).toBe(before);
  await here.clock.run(200);
  expect(dials(here).length).toBe(before + 1);
  signal('offline');
  void all[3]?.close();
  all[4]?.reconnect();
  await here.clock.run(9900);
  signal('online');
  expect(await mostDials(here, 5000)).toBe(1);
  here.network.serve('service', lineServer);
  await here.clock.run(40_000);
  expect(all.filter(({ state }) => state === 'alive').length).toBe(29);
  await expectNoLeak(here);
});

test('gate: connections to one URL share its gate across protocols', async () => {
  const here = world();
  here.supervisor.connect({ id: 'lines', url: URL, protocol: 'line' });
  here.supervisor.connect({ id: 'frames', url: URL, protocol: 'framed' });
  await here.clock.run(10);
  const [gate, ...others] = here.supervisor.gates;
  expect([gate?.endpoint, others]).toEqual([URL, []]);
  expect(await mostDials(here, 30_000)).toBe(1);
  await expectNoLeak(here);
});

const ways: [string, (connection: Connection | undefined, abort: AbortController) => void][] = [
  ['closes', (connection) => void connection?.close()],
  ['is aborted', (_connection, abort) => abort.abort()],
];

test.each(ways)(
  'gate: a connection that %s during its dial passes the turn to the next one',
  async (_way, end) => {
    const here = world();
    here.network.serve('service', () => {});
    const abort = new AbortController();
    const first = here.supervisor.connect({ id: 'first', url: URL, signal: abort.signal });
    const [second] = connectMany(here, 1);
    await here.clock.run(10);
    expect([first.status, second?.status]).toEqual(['running', 'waiting']);
    end(first, abort);
    await here.clock.run(2500);
    expect([first.status, second?.status]).toEqual(['left', 'running']);
    await expectNoLeak(here);
  },
);

test('gate: a connection that joins while the alarm of the gate is late does not postpone the alarm', async () => {
  const here = world(fixed(2000));
  connectMany(here, 2);
  await here.clock.run(1990);
  here.network.serve('service', lineServer);
  here.clock.scheduler.schedule(() => {
    here.clock.stall(100);
    here.supervisor.connect({ id: 'third', url: URL });
  });
  await here.clock.run(200);
  expect([...here.supervisor.connections].map(({ state }) => state)).toEqual(Array(3).fill('alive'));
  await expectNoLeak(here);
});

test('gate: reconnect() dials through a closed gate, and a failure of that dial admits no other connection', async () => {
  const here = world(fixed(3_600_000));
  const all = connectMany(here, 20);
  await here.clock.run(1000);
  expect(dials(here).length).toBe(1);
  all[7]?.reconnect();
  await here.clock.run(60_000);
  expect(dials(here).map(({ connection }) => connection)).toEqual(['c0', 'c7']);
  here.network.serve('service', lineServer);
  all[9]?.reconnect();
  await here.clock.run(1000);
  expect(all.filter(({ state }) => state === 'alive').length).toBe(20);
  await expectNoLeak(here);
});
