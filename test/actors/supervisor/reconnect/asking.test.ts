/** Provider calls of a connection that holds the turn at a gate: each outcome of the call passes the turn on. */

import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Connection } from '../../../../src/actors/supervisor/handle.ts';
import { createListeningSupervisor } from '../../../../src/actors/supervisor/listening-supervisor.ts';
import type { Signal } from '../../../../src/actors/supervisor/signals.ts';
import type { ProviderContext } from '../../../../src/endpoints/providers.ts';
import { line } from '../../../../src/protocols/line.ts';
import { withDialogue } from '../../../../src/protocols/over.ts';
import { websocket } from '../../../../src/protocols/websocket.ts';
import { virtualClock } from '../../../../src/testing/clock.ts';
import { memoryNetwork } from '../../../../src/testing/network/memory.ts';
import { memoryWebSockets } from '../../../../src/testing/network/memory-websockets.ts';
import { expectNothingLeft, lineServer, type World, world } from '../../../support/world.ts';

const unhandled = vi.fn();
process.on('unhandledRejection', unhandled);
afterEach(() => expect(unhandled).not.toHaveBeenCalled());

const URL = 'memory://service';
/** The handshake makes `credentials` valid for a byte protocol. */
const protocol = withDialogue(line(), () => ({ handshake: async () => {} }));
const never = () => new Promise<never>(() => {});

async function expectNoLeak(here: World): Promise<void> {
  await expectNothingLeft(here);
  expect([[...here.supervisor.gates], here.clock.pending, here.reported]).toEqual([[], 0, []]);
}

/** One connection that holds the turn during its credentials call, and three that wait behind it. */
function behind(credentials: (context: ProviderContext) => string | Promise<string>) {
  let signal: (signal: Signal) => void = () => {};
  const signals = {
    watch: (listener: typeof signal) => {
      signal = listener;
      return () => {};
    },
  };
  const here = world({ signals });
  here.network.serve('service', lineServer);
  const asking = here.supervisor.connect({ id: 'asking', url: URL, protocol, credentials });
  const others = [1, 2, 3].map((at) => here.supervisor.connect({ id: `c${at}`, url: URL }));
  return { here, asking, others, signal: (said: Signal) => signal(said) };
}

const states = (all: readonly Connection[]) => all.map(({ state }) => state);
const allAlive = ['alive', 'alive', 'alive'];

test('gate and provider: a pending call holds the turn until deadlines.provider, and closes no gate', async () => {
  const { here, others } = behind(never);
  await here.clock.run(9990);
  expect([...here.supervisor.gates]).toMatchObject([{ state: 'unknown', inFlight: 1, waiting: 3 }]);
  await here.clock.run(200);
  expect(states(others)).toEqual(allAlive);
  expect(here.events.filter(({ event }) => event === 'gate').map((each) => 'to' in each && each.to)).toEqual([
    'open',
  ]);
  await expectNoLeak(here);
});

test('gate and provider: a rejected call passes the turn on at once', async () => {
  const { here, others } = behind(() => Promise.reject(new Error('no token')));
  await here.clock.run(200);
  expect(states(others)).toEqual(allAlive);
  await expectNoLeak(here);
});

describe.each<[string, (asking: Connection, said: (signal: Signal) => void, here: World) => void]>([
  ['close()', (asking) => void asking.close()],
  ['reconnect()', (asking) => asking.reconnect()],
  ['gate.enabled false', (asking) => asking.configure({ gate: { enabled: false } })],
  ['a shorter deadline', (asking) => asking.configure({ deadlines: { provider: '1s' } })],
  [
    'offline and online',
    (_, said) => {
      said('offline');
      said('online');
    },
  ],
  [
    'configure() of the supervisor',
    (_, __, here) => here.supervisor.configure({ heartbeat: { interval: '3s' } }),
  ],
])('gate and provider: %s during a call', (_, act) => {
  test('all waiting connections become alive, and at most one call is pending', async () => {
    let open = 0;
    let most = 0;
    const { here, asking, others, signal } = behind(({ signal: aborted }) => {
      most = Math.max(most, ++open);
      aborted.addEventListener('abort', () => open--);
      return never();
    });
    await here.clock.run(100);
    act(asking, signal, here);
    await here.clock.run(950);
    await here.clock.run(10_500);
    expect([states(others), most]).toEqual([allAlive, 1]);
    await expectNoLeak(here);
    expect(open).toBe(0);
  });
});

test('gate and provider: URLs that change between attempts leave no gate and no member behind', async () => {
  const here = world();
  const answers = ['memory://dead', 'memory://dead', 'memory://service'];
  here.network.serve('service', lineServer);
  const url = (at: number) => {
    let asked = 0;
    return () => answers[Math.min(asked++ + at, 2)] as string;
  };
  const all = Array.from({ length: 60 }, (_, at) =>
    here.supervisor.connect({ id: `c${at}`, url: url(at % 3), protocol: 'line' }),
  );
  await here.clock.run(600_000);
  expect(all.filter(({ state, url: where }) => state === 'alive' && where === URL).length).toBe(60);
  expect(here.supervisor.gates[Symbol.iterator]().next().done).toBe(true);
  for (const each of all.slice(1)) void each.close();
  await here.clock.run(5000);
  const [last] = all;
  here.network.host('service').down();
  here.events.length = 0;
  await here.clock.run(60_000);
  const whys = here.events.flatMap((event) => (event.event === 'reconnect-scheduled' ? [event.because] : []));
  expect([last?.status === 'left', new Set(whys)]).toEqual([false, new Set(['backoff'])]);
  await expectNoLeak(here);
});

test.each([
  [[401, 101], 'running', ['a0', 'a1', 'a2', 'b0', 'b1', 'b2']],
  [[401, 401], 'gave-up', ['a0', 'a1', 'a2', 'b0', 'b1', 'b2']],
])(
  'gate and provider: upgrades answered with %j ask each connection for credentials twice, and no gate closes',
  async (statuses, end, asked) => {
    const clock = virtualClock({ seed: 1 });
    const network = memoryNetwork({ clock });
    const sockets = memoryWebSockets(network, { wall: () => clock.wall() });
    const tokens: string[] = [];
    sockets.serve(
      'h',
      () => {},
      ({ headers }) => {
        const token = headers.authorization?.slice('Bearer '.length) ?? '';
        tokens.push(token);
        const status = statuses[token.startsWith('a') ? 0 : 1] ?? 0;
        return status === 101 ? undefined : { status };
      },
    );
    const supervisor = createListeningSupervisor({
      transports: [sockets.transport],
      protocols: { websocket },
      clock,
    });
    const closed: unknown[] = [];
    supervisor.events$.subscribe(
      (event) => event.event === 'gate' && event.to === 'failed' && closed.push(event),
    );
    const all = [0, 1, 2].map((at) =>
      supervisor.connect({
        id: `c${at}`,
        url: 'ws://h/x',
        credentials: async ({ incarnation }) => `${incarnation === 1 ? 'a' : 'b'}${at}`,
      }),
    );
    await clock.run(10_000);
    expect(all.map(({ status }) => status)).toEqual(Array(3).fill(end));
    expect([tokens.sort(), closed]).toEqual([asked, []]);
    void supervisor.stop();
    await clock.run(5000);
    expect(clock.pending).toBe(0);
  },
);
