/** `configure()` and `stop()` while connections wait: the changes that apply at once, and the waits that stay. */

import { describe, expect, test, vi } from 'vitest';
import type { Connection } from '../../../../src/actors/supervisor/handle.ts';
import type { Signal } from '../../../../src/actors/supervisor/signals.ts';
import type { PolicyConfig } from '../../../../src/config/policy.ts';
import { line } from '../../../../src/protocols/line.ts';
import { withDialogue } from '../../../../src/protocols/over.ts';
import { expectNothingLeft, lineServer, type World, world } from '../../../support/world.ts';

const URL = 'memory://service';

function connectMany({ supervisor }: World, count: number, more = {}): Connection[] {
  return Array.from({ length: count }, (_, index) =>
    supervisor.connect({ id: `c${index}`, url: URL, ...more }),
  );
}

async function expectNoLeak(here: World): Promise<void> {
  await expectNothingLeft(here);
  expect([[...here.supervisor.gates], here.clock.pending, here.reported]).toEqual([[], 0, []]);
}

const scheduled = ({ events }: World) =>
  events.flatMap((event) => (event.event === 'reconnect-scheduled' ? [event] : []));

const gaveUp = ({ events }: World) =>
  events.flatMap((event) => (event.event === 'gave-up' ? [[event.connection, event.because]] : []));

const hours: PolicyConfig = { reconnect: { backoff: { type: 'fixed', delay: '1h', jitter: 'full' } } };

describe('configure() with unchanged delays', () => {
  const again = (at: number): PolicyConfig => ({
    ...hours,
    heartbeat: { interval: 1000 + at },
  });

  test('100 calls do not redraw the wait of a connection', async () => {
    const here = world(hours);
    const [only] = connectMany(here, 1);
    await here.clock.run(100);
    for (let at = 0; at < 100; at++) {
      if (at % 2) here.supervisor.configure(again(at));
      else only?.configure(again(at));
    }
    expect(scheduled(here)).toHaveLength(1);
    const { delayMs } = scheduled(here)[0] ?? { delayMs: 0 };
    await here.clock.run(delayMs - 200);
    expect(only?.incarnation).toBe(1);
    await expectNoLeak(here);
  });

  test('100 calls do not redraw the wait of a gate', async () => {
    const here = world({ ...hours, seed: 2 });
    connectMany(here, 3);
    await here.clock.run(100);
    const before = [...here.supervisor.gates];
    for (let at = 0; at < 100; at++) here.supervisor.configure(again(at));
    expect([...here.supervisor.gates]).toEqual(before);
    await expectNoLeak(here);
  });
});

describe('configure() with maxElapsed', () => {
  const down = { type: 'fixed', delay: '30s', jitter: 'none' } as const;
  const quicker = { type: 'fixed', delay: '15s', jitter: 'none' } as const;

  test('the limit applies to the current wait of a connection', async () => {
    const here = world({ reconnect: { backoff: down } });
    const [one, other] = [0, 1].map((at) =>
      here.supervisor.connect({ id: `c${at}`, url: `memory://h${at}` }),
    );
    await here.clock.run(10_000);
    one?.configure({ reconnect: { backoff: down, maxElapsed: '20s' } });
    other?.configure({ reconnect: { backoff: down, maxElapsed: '31s' } });
    expect(gaveUp(here)).toEqual([['c0', 'elapsed']]);
    await here.clock.run(25_000);
    expect(other?.incarnation).toBe(2);
    await here.clock.run(60_000);
    expect(gaveUp(here)).toEqual([
      ['c0', 'elapsed'],
      ['c1', 'elapsed'],
    ]);
    await expectNoLeak(here);
  });

  test('a connection whose shortened wait ends before the limit dials again', async () => {
    const here = world({ reconnect: { backoff: down } });
    const [only] = connectMany(here, 1);
    await here.clock.run(10_000);
    here.network.serve('service', lineServer);
    only?.configure({ reconnect: { backoff: quicker, maxElapsed: '20s' } });
    await here.clock.run(5100);
    expect([only?.state, gaveUp(here)]).toEqual(['alive', []]);
    await expectNoLeak(here);
  });
});

test('configure(): a new delay does not postpone connections that an online signal has woken', async () => {
  let signal: (signal: Signal) => void = () => {};
  const signals = {
    watch: (listener: typeof signal) => {
      signal = listener;
      return () => {};
    },
  };
  const here = world({ ...hours, signals });
  connectMany(here, 2, { gate: { enabled: false } });
  await here.clock.run(1000);
  here.network.serve('service', lineServer);
  signal('online');
  here.supervisor.configure({ reconnect: { backoff: { type: 'fixed', delay: '10s', jitter: 'none' } } });
  await here.clock.run(100);
  expect([...here.supervisor.connections].map(({ state }) => state)).toEqual(['alive', 'alive']);
  await expectNoLeak(here);
});

test('stop(): no connection that waits for its turn starts a dial or a credentials call', async () => {
  const here = world();
  const asked = vi.fn(() => new Promise<never>(() => {}));
  const protocol = withDialogue(line(), () => ({ handshake: async () => {} }));
  for (let at = 0; at < 20; at++) {
    here.supervisor.connect({ id: `c${at}`, url: URL, protocol, credentials: asked });
  }
  await here.clock.run(100);
  await expectNoLeak(here);
  expect(here.events.filter((event) => event.event === 'state' && event.from === undefined)).toHaveLength(1);
  expect(asked).toHaveBeenCalledTimes(1);
});
