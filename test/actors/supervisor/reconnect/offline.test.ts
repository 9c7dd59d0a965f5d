/** `offline` of the platform is a hint with a limit: what it holds, for how long, and what it never holds. */
import { expect, test } from 'vitest';
import type { Connection } from '../../../../src/actors/supervisor/handle.ts';
import type { ConnectSpec, SupervisorOptions } from '../../../../src/actors/supervisor/options.ts';
import type { Signal } from '../../../../src/actors/supervisor/signals.ts';
import { expectNothingLeft, lineServer, type World, world } from '../../../support/world.ts';

const URL = 'memory://service';

function signalling(options: Partial<SupervisorOptions> = {}) {
  let tell: ((signal: Signal) => void) | undefined;
  const here = world({
    ...options,
    signals: {
      watch: (listener) => {
        tell = listener;
        return () => {
          tell = undefined;
        };
      },
    },
  });
  return { here, tell: (signal: Signal) => tell?.(signal), watched: () => tell !== undefined };
}

/** Times of all dials so far. */
function dialTimes({ supervisor, clock }: World): number[] {
  const times: number[] = [];
  supervisor.events$.subscribe((event) => {
    if (event.event === 'state' && event.from === undefined) times.push(clock.scheduler.now());
  });
  return times;
}

/** A connection that waits: its peer went away, and the platform is offline since then. */
async function cutOff(spec: Partial<ConnectSpec<string>> = {}, url = URL) {
  const { here, tell, watched } = signalling();
  const host = here.network.host(url.slice('memory://'.length));
  here.network.serve(url.slice('memory://'.length), lineServer);
  const connection = here.supervisor.connect<string>({ url, ...spec });
  await here.clock.run(100);
  expect(connection.state).toBe('alive');
  const times = dialTimes(here);
  const offlineAt = here.clock.scheduler.now();
  tell('offline');
  host.down();
  await here.clock.run(0);
  return { here, tell, watched, host, connection, times, offlineAt };
}

const fixed = { backoff: { type: 'fixed', delay: 100, jitter: 'none' } } as const;

test('offline: a remote endpoint gets a dial after 10 s without online, and further ones by its backoff', async () => {
  const { here, connection, times, offlineAt } = await cutOff({ reconnect: fixed });
  await here.clock.run(9990);
  expect([connection.status, times]).toEqual(['waiting', []]);
  await here.clock.run(1000);
  expect((times[0] as number) - offlineAt).toBe(10_000);
  expect(times.length).toBeGreaterThan(3);
  await expectNothingLeft(here);
});

test.each(['memory://127.0.0.1', 'memory://localhost', 'memory://nas.local', 'memory://192.168.0.7'])(
  'offline: %s is dialled by its backoff, as if nothing was said',
  async (url) => {
    const { here, host, connection, times } = await cutOff({ reconnect: fixed }, url);
    await here.clock.run(300);
    expect(times.length).toBeGreaterThan(1);
    host.up();
    await here.clock.run(300);
    expect(connection.state).toBe('alive');
    await expectNothingLeft(here);
  },
);

test('offline: a first connect to a loopback address dials at once, to a remote one after 10 s', async () => {
  const { here, tell } = signalling();
  here.network.serve('127.0.0.1', lineServer);
  here.network.serve('service', lineServer);
  here.supervisor.connect({ id: 'first', url: 'memory://elsewhere' });
  tell('offline');
  const local = here.supervisor.connect({ url: 'memory://127.0.0.1' });
  const remote = here.supervisor.connect({ url: URL });
  await here.clock.run(100);
  expect([local.state, remote.status]).toEqual(['alive', 'waiting']);
  await here.clock.run(10_000);
  expect(remote.state).toBe('alive');
  await expectNothingLeft(here);
});

test('offline: reconnect() of a user dials at once, alone and at a shared gate', async () => {
  const { here, host, connection, times, offlineAt } = await cutOff();
  host.up();
  await here.clock.run(500);
  const other = here.supervisor.connect({ id: 'other', url: URL });
  await here.clock.run(500);
  expect([connection.status, other.status, times]).toEqual(['waiting', 'waiting', []]);
  connection.reconnect();
  other.reconnect();
  await here.clock.run(500);
  expect([connection.state, other.state]).toEqual(['alive', 'alive']);
  expect(here.clock.scheduler.now() - offlineAt).toBeLessThan(2000);
  await expectNothingLeft(here);
});

test('offline: connections that share a remote gate dial one at a time after 10 s', async () => {
  const { here, tell } = signalling();
  const all = Array.from({ length: 20 }, (_, at) => here.supervisor.connect({ id: `c${at}`, url: URL }));
  await here.clock.run(3000);
  tell('offline');
  const times = dialTimes(here);
  await here.clock.run(9900);
  expect(times).toEqual([]);
  here.network.serve('service', lineServer);
  await here.clock.run(5000);
  expect(all.filter(({ state }) => state === 'alive').length).toBe(20);
  await expectNothingLeft(here);
});

test('offline: online ends the wait of many at different times within 1 s', async () => {
  const { here, tell } = signalling();
  const all: Connection[] = [];
  for (let at = 0; at < 50; at++) all.push(here.supervisor.connect({ id: `c${at}`, url: `memory://h${at}` }));
  await here.clock.run(100);
  tell('offline');
  await here.clock.run(8000);
  const times = dialTimes(here);
  tell('online');
  const onlineAt = here.clock.scheduler.now();
  await here.clock.run(600);
  const delays = times.slice(0, 50).map((time) => time - onlineAt);
  expect(Math.max(...delays) - Math.min(...delays)).toBeGreaterThan(200);
  expect(new Set(all.map(({ incarnation }) => incarnation > 1))).toEqual(new Set([true]));
  await expectNothingLeft(here);
});

test('offline: reconnect.maxElapsed ends the wait, also one that a new policy limits', async () => {
  const reconnect = { ...fixed, maxElapsed: '4s' } as const;
  const { here, connection } = await cutOff({ reconnect });
  await here.clock.run(3900);
  expect(connection.status).toBe('waiting');
  await here.clock.run(300);
  expect([connection.status, here.events.at(-1)]).toMatchObject(['gave-up', { because: 'elapsed' }]);
  await expectNothingLeft(here);
  const later = await cutOff({ reconnect: fixed });
  await later.here.clock.run(2000);
  later.connection.configure({ reconnect });
  await later.here.clock.run(2300);
  expect(later.connection.status).toBe('gave-up');
  await expectNothingLeft(later.here);
});

test('offline: the end of the last connection does not end what the platform said, and online still does', async () => {
  const { here, tell, watched, connection, times } = await cutOff();
  void connection.close();
  await here.clock.run(100);
  here.supervisor.connect({ url: URL });
  await here.clock.run(5000);
  expect(times).toEqual([]);
  here.supervisor.get(URL)?.close();
  await here.clock.run(10);
  expect([watched(), [...here.supervisor.connections]]).toEqual([true, []]);
  tell('online');
  expect(watched()).toBe(false);
  here.supervisor.connect({ url: URL });
  await here.clock.run(10);
  expect(times.length).toBe(1);
  await expectNothingLeft(here);
});

test('offline: stop() ends the listening to signals, also of a supervisor without connections', async () => {
  const { here, watched, connection } = await cutOff();
  void connection.close();
  await here.clock.run(100);
  expect(watched()).toBe(true);
  await expectNothingLeft(here);
  expect(watched()).toBe(false);
});
