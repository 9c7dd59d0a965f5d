/** Lazy connections: what dials them, when they rest, and what a rest does to attempts, policies and waits. */
import { Subscription } from 'rxjs';
import { expect, test } from 'vitest';
import type { ConnectSpec, SupervisorOptions } from '../../../src/actors/supervisor/options.ts';
import type { Signal } from '../../../src/actors/supervisor/signals.ts';
import { createSupervisor } from '../../../src/actors/supervisor/supervisor.ts';
import { line } from '../../../src/protocols/line.ts';
import { virtualClock } from '../../../src/testing/clock.ts';
import { memoryNetwork } from '../../../src/testing/network/memory.ts';
import { expectNothingLeft, lineServer, world } from '../../support/world.ts';

const url = 'memory://service';

function lazily(spec: Partial<ConnectSpec<string>> = {}, options: Partial<SupervisorOptions> = {}) {
  const here = world(options);
  const host = here.network.host('service');
  here.network.serve('service', lineServer);
  const connection = here.supervisor.connect<string>({ url, lazy: true, ...spec });
  return { ...here, here, host, connection };
}

const noBackoff = { backoff: { type: 'fixed', delay: 100, jitter: 'none' } } as const;

test('lazy: a connection that nothing wants is not dialled, and says that it rests', async () => {
  const heard: string[] = [];
  const { here, clock, connection, events } = lazily({ onMessage: (message) => heard.push(message) });
  const states = new Subscription();
  const seen: string[] = [];
  states.add(connection.state$.subscribe((state) => seen.push(state)));
  await clock.run(3_600_000);
  expect(connection).toMatchObject({ status: 'resting', state: 'closed', incarnation: 0 });
  expect(seen).toEqual(['closed']);
  expect(events).toEqual([{ event: 'resting', connection: url, url, incarnation: 0 }]);
  await expect(connection.probe()).rejects.toMatchObject({ code: 'closed' });
  expect(connection.incarnation).toBe(0);
  await expectNothingLeft(here);
});

const wishes: readonly [string, (connection: ReturnType<typeof lazily>['connection']) => unknown][] = [
  ['a message', (connection) => connection.send('hello')],
  ['ready()', (connection) => connection.ready()],
  ['a subscriber of messages$', (connection) => connection.messages$.subscribe()],
  ['a loop over messages', (connection) => connection.messages()[Symbol.asyncIterator]().next()],
  ['reconnect()', (connection) => connection.reconnect()],
];
test.each(wishes)('lazy: %s dials it at once', async (_, wish) => {
  const { here, clock, connection } = lazily();
  await clock.run(1000);
  wish(connection);
  await clock.run(10);
  expect(connection).toMatchObject({ status: 'running', state: 'alive', incarnation: 1 });
  await expectNothingLeft(here);
});

test('lazy: a message that the protocol refuses dials nothing', async () => {
  const { here, clock, connection } = lazily();
  await expect(connection.send('two\nlines')).rejects.toMatchObject({ code: 'bad-message' });
  await clock.run(1000);
  expect(connection.status).toBe('resting');
  await expectNothingLeft(here);
});

test('lazy: without messages for 30 s it closes, rests without an attempt, and dials again for the next message', async () => {
  const { here, clock, connection, states, events } = lazily();
  connection.send('hello');
  await clock.run(29_900);
  expect(connection.state).toBe('alive');
  await clock.run(2200);
  expect(connection).toMatchObject({ status: 'resting', state: 'closed' });
  expect(states().at(-1)).toBe('closing>closed:idle-timeout');
  expect(events.at(-1)).toEqual({ event: 'resting', connection: url, url, incarnation: 1 });
  expect(events.filter(({ event }) => event === 'reconnect-scheduled')).toEqual([]);
  const sent = connection.send('again');
  await clock.run(10);
  await sent;
  expect(connection).toMatchObject({ state: 'alive', incarnation: 2 });
  await expectNothingLeft(here);
});

test('lazy: messages of the peer, and those of its onMessage, put the end of the idle time off', async () => {
  const { here, clock, connection } = lazily({ onMessage: () => {}, deadlines: { idle: '5s' } });
  for (let times = 0; times < 5; times++) {
    connection.send('echo');
    await clock.run(4000);
  }
  expect(connection.incarnation).toBe(1);
  await clock.run(4000);
  expect(connection.status).toBe('resting');
  await expectNothingLeft(here);
});

test('lazy: a subscriber holds it open beyond deadlines.idle, which counts from the end of the subscription', async () => {
  const { here, clock, connection } = lazily({ deadlines: { idle: '5s' } });
  const subscription = connection.messages$.subscribe();
  const second = connection.messages$.subscribe();
  await clock.run(60_000);
  subscription.unsubscribe();
  await clock.run(60_000);
  expect(connection).toMatchObject({ state: 'alive', incarnation: 1 });
  second.unsubscribe();
  await clock.run(4900);
  expect(connection.state).toBe('alive');
  await clock.run(2200);
  expect(connection.status).toBe('resting');
  await expectNothingLeft(here);
});

test('lazy: a loop holds it open until the loop is left', async () => {
  const { here, clock, connection } = lazily({ deadlines: { idle: '5s' } });
  const loop = connection.messages()[Symbol.asyncIterator]();
  await clock.run(60_000);
  expect(connection.state).toBe('alive');
  await loop.return?.();
  await clock.run(7100);
  expect(connection.status).toBe('resting');
  await expectNothingLeft(here);
});

test('lazy: deadlines.idle null beside it keeps it open once it was dialled; configure changes that', async () => {
  const { here, clock, connection } = lazily({ deadlines: { idle: null } });
  connection.ready();
  await clock.run(10);
  await clock.run(3_600_000);
  expect(connection).toMatchObject({ state: 'alive', incarnation: 1 });
  connection.configure({ deadlines: { idle: '5s' } });
  await clock.run(7100);
  expect(connection.status).toBe('resting');
  await expectNothingLeft(here);
});

test('lazy: a policy of the supervisor gives the idle time, also while it is connected', async () => {
  const { here, clock, connection, supervisor } = lazily({}, { deadlines: { idle: '10m' } });
  connection.ready();
  await clock.run(10);
  await clock.run(60_000);
  expect(connection.state).toBe('alive');
  supervisor.configure({ deadlines: { idle: '2s' } });
  await clock.run(4100);
  expect(connection.status).toBe('resting');
  await expectNothingLeft(here);
});

test('lazy: cut off while it is wanted it comes back after its backoff, and with its message', async () => {
  const { here, clock, connection, host } = lazily({ reconnect: noBackoff });
  connection.ready();
  await clock.run(10);
  host.down();
  await clock.run(50);
  const receipt = connection.send('kept');
  await clock.run(1000);
  expect(connection.status).not.toBe('resting');
  host.up();
  await clock.run(1000);
  await receipt;
  expect(connection.state).toBe('alive');
  await expectNothingLeft(here);
});

test('lazy: cut off while nothing wants it, it makes no further attempt after its delay', async () => {
  const { here, clock, connection, host } = lazily({ reconnect: noBackoff });
  connection.ready();
  await clock.run(10);
  host.down();
  await clock.run(60_000);
  expect(connection).toMatchObject({ status: 'resting', incarnation: 1 });
  await expectNothingLeft(here);
});

test('lazy: a ready() that its signal ends is no wish any more', async () => {
  const { here, clock, connection, host } = lazily({ reconnect: noBackoff });
  host.down();
  const abort = new AbortController();
  const ready = connection.ready({ signal: abort.signal }).catch(() => 'aborted');
  const other = connection.ready().catch(() => 'closed');
  await clock.run(1000);
  expect(connection.incarnation).toBeGreaterThan(2);
  abort.abort();
  expect(await ready).toBe('aborted');
  await clock.run(1000);
  expect(connection.status).not.toBe('resting');
  host.up();
  await clock.run(1000);
  expect(await other).toBeUndefined();
  await clock.run(33_000);
  expect(connection.status).toBe('resting');
  await expectNothingLeft(here);
});

test('lazy: an expired message stops the attempts, and the next one begins with their backoff', async () => {
  const reconnect = { backoff: { type: 'exponential', base: 1000, factor: 2, jitter: 'none' } } as const;
  const { here, clock, connection, host, events } = lazily({ reconnect });
  host.down();
  for (let times = 0; times < 3; times++) {
    const outcome = connection.send('soon', { expiresIn: 500 }).catch((error) => error.outcome);
    await clock.run(10_000);
    expect([await outcome, connection.status]).toEqual(['expired', 'resting']);
  }
  const delays = events.flatMap((event) => (event.event === 'reconnect-scheduled' ? [event.delayMs] : []));
  expect(delays).toEqual([1000, 2000, 4000]);
  await expectNothingLeft(here);
});

test('lazy: a rest counts against neither reconnect.maxAttempts nor reconnect.maxElapsed', async () => {
  const reconnect = { ...noBackoff, maxAttempts: 1, maxElapsed: '5s' } as const;
  const { here, clock, connection } = lazily({ reconnect, deadlines: { idle: '1s' } });
  for (let times = 1; times <= 4; times++) {
    connection.send('hello');
    await clock.run(30_000);
    expect(connection).toMatchObject({ status: 'resting', incarnation: times });
  }
  await expectNothingLeft(here);
});

test('lazy: reconnect.maxAttempts ends it while it is wanted, and reconnect() dials it again', async () => {
  const { here, clock, connection, host } = lazily({ reconnect: { ...noBackoff, maxAttempts: 1 } });
  host.down();
  const sent = connection.send('hello').catch(({ outcome }) => outcome);
  await clock.run(5000);
  expect([connection.status, await sent]).toEqual(['gave-up', 'never-sent']);
  host.up();
  connection.reconnect();
  await clock.run(10);
  expect(connection.state).toBe('alive');
  await clock.run(33_000);
  expect(connection.status).toBe('resting');
  await expectNothingLeft(here);
});

test.each([
  ['permanent', 'resting'],
  ['transient', 'resting'],
  ['temporary', 'left'],
] as const)('lazy: with reconnect.restart %s its idle end leads to %s', async (restart, status) => {
  const { here, clock, connection } = lazily({ reconnect: { restart } });
  connection.ready();
  await clock.run(10);
  await clock.run(33_000);
  expect(connection.status).toBe(status);
  await expectNothingLeft(here);
});

test('lazy: with deadlines.maxAge an unwanted connection rests, and a wanted one is replaced', async () => {
  const { here, clock, connection } = lazily({ deadlines: { maxAge: '5s', idle: '1h' } });
  connection.ready();
  await clock.run(10);
  await clock.run(8000);
  expect(connection).toMatchObject({ status: 'resting', incarnation: 1 });
  connection.messages$.subscribe();
  await clock.run(10_000);
  expect(connection.status).not.toBe('resting');
  expect(connection.incarnation).toBeGreaterThan(2);
  await expectNothingLeft(here);
});

test('lazy: close() and stop() end a rest with closed-by-us, and reject nothing but ready()', async () => {
  const { here, clock, connection, supervisor } = lazily();
  await clock.run(1000);
  expect(await connection.close()).toMatchObject({ reason: 'closed-by-us' });
  await expect(connection.ready()).rejects.toMatchObject({ code: 'closed' });
  expect(connection.incarnation).toBe(0);
  supervisor.connect({ id: 'other', url, lazy: true });
  await expectNothingLeft(here);
});

test('lazy: its credentials are asked for at each dial, and not at rest', async () => {
  const asked: number[] = [];
  const { here, clock, connection } = lazily({
    id: 'asking',
    url: ({ incarnation }: { incarnation: number }) => {
      asked.push(incarnation);
      return url;
    },
  });
  await clock.run(60_000);
  expect(asked).toEqual([]);
  connection.ready();
  await clock.run(10);
  await clock.run(33_000);
  expect([connection.status, asked]).toEqual(['resting', [1]]);
  connection.send('hello');
  await clock.run(10);
  expect(asked).toEqual([1, 2]);
  await expectNothingLeft(here);
});

test('lazy: offline holds the dial that a message wants', async () => {
  let tell: (signal: Signal) => void = () => {};
  const signals = {
    watch: (listener: (signal: Signal) => void) => {
      tell = listener;
      return () => {};
    },
  };
  const { here, clock, connection } = lazily({}, { signals });
  tell('offline');
  connection.send('hello');
  await clock.run(5000);
  expect(connection).toMatchObject({ status: 'waiting', incarnation: 0 });
  tell('online');
  await clock.run(2000);
  expect(connection.state).toBe('alive');
  await expectNothingLeft(here);
});

test('lazy: at a closed gate a resting connection holds no place, and takes its turn when it is wanted', async () => {
  const { here, clock, supervisor, host, connection } = lazily();
  host.down();
  const eager = supervisor.connect({ id: 'eager', url });
  await clock.run(5000);
  const waiting = () => [...supervisor.gates].map((gate) => gate.waiting);
  expect([connection.status, waiting()]).toEqual(['resting', [1]]);
  connection.send('hello');
  expect(waiting()).toEqual([2]);
  expect(connection.status).toBe('waiting');
  host.up();
  await clock.run(60_000);
  expect([eager.state, connection.incarnation]).toEqual(['alive', 1]);
  await expectNothingLeft(here);
});

test('lazy: connect() with the id of a resting connection returns it, and dials nothing', async () => {
  const { here, clock, connection, supervisor } = lazily();
  expect(supervisor.connect({ url, lazy: true })).toBe(connection);
  await clock.run(1000);
  expect(connection.status).toBe('resting');
  await expectNothingLeft(here);
});

test('lazy: another value than true or false is refused, and so is lazy without the part rests', () => {
  const clock = virtualClock();
  const { transport } = memoryNetwork({ clock });
  const bare = createSupervisor({ transports: [transport], protocols: { line }, clock });
  expect(() => bare.connect({ url, lazy: true })).toThrow('lazy needs the part `rests` of the supervisor');
  const { supervisor } = world();
  expect(() => supervisor.connect({ url, lazy: 'yes' as never })).toThrow(
    'lazy: "yes" is not valid; expected a boolean',
  );
});
