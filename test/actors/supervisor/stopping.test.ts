/** `stop({ over })`, `ready({ signal })` and `await using` in virtual time. */
import { getEventListeners } from 'node:events';
import { describe, expect, test, vi } from 'vitest';
import type { Connection } from '../../../src/actors/supervisor/handle.ts';
import type { StopOptions } from '../../../src/actors/supervisor/options.ts';
import { createSupervisor } from '../../../src/actors/supervisor/supervisor.ts';
import { ConfigError } from '../../../src/base/errors.ts';
import { line } from '../../../src/protocols/line.ts';
import type { MemoryPeer } from '../../../src/testing/network/memory-peer.ts';
import { expectNothingLeft, lineServer, type World, world } from '../../support/world.ts';

interface Serving extends World {
  /** The times in ms at which clients saw the end of their streams, ascending. */
  readonly ends: number[];
  readonly clients: MemoryPeer[];
  /** Stops the supervisor; `at` is the time in ms of completion. */
  stop(options?: StopOptions): { at: number | undefined };
}

/** A listening supervisor with `count` plain clients. */
async function serving(count: number, seed = 1): Promise<Serving> {
  const around = world({ seed });
  const ends: number[] = [];
  await around.supervisor.listen({ url: 'memory://here' });
  const clients = Array.from({ length: count }, () => around.network.connect('here'));
  for (const client of clients) {
    client.onEnd = () => {
      ends.push(around.clock.scheduler.now());
      client.end();
    };
  }
  await around.clock.run(10);
  expect(around.events.filter(({ event }) => event === 'accepted')).toHaveLength(count);
  const stop = (options?: StopOptions) => {
    const done: { at: number | undefined } = { at: undefined };
    around.supervisor.stop(options).then(() => {
      done.at = around.clock.scheduler.now();
    });
    return done;
  };
  return { ...around, ends, clients, stop };
}

describe('stop({ over })', () => {
  test('each share of the window has one close, at a random moment of the share', async () => {
    const here = await serving(100);
    const from = here.clock.scheduler.now();
    const done = here.stop({ over: '5s' });
    await here.clock.run(10_000);
    const shares = here.ends.map((at) => Math.floor((at - 2 - from) / 50));
    expect(shares).toEqual(Array.from({ length: 100 }, (_, at) => at));
    const moments = here.ends.map((at) => (at - from) % 50);
    expect(new Set(moments).size).toBeGreaterThan(10);
    expect(done.at).toBeGreaterThan(from + 4900);
    expect(done.at).toBeLessThan(from + 5100);
    await expectNothingLeft(here);
  });

  test('a number is milliseconds, and 0 closes at once', async () => {
    const here = await serving(3);
    here.stop({ over: 0 });
    await here.clock.run(10);
    expect(here.ends).toHaveLength(3);
    await expectNothingLeft(here);
  });

  test('without accepted connections it completes at once', async () => {
    const here = await serving(0);
    const done = here.stop({ over: '1h' });
    await here.clock.run(10);
    expect(done.at).toBeDefined();
  });

  test('connect() throws and new sockets are refused during the window', async () => {
    const here = await serving(2);
    here.stop({ over: '5s' });
    await here.clock.run(1);
    expect(() => here.supervisor.connect({ url: 'memory://here' })).toThrow('stopped');
    let refused = false;
    here.network.connect('here').onClose = (failure) => {
      refused = failure !== undefined;
    };
    await here.clock.run(20);
    expect(refused).toBe(true);
    await here.clock.run(10_000);
  });

  test('dialled connections stay alive until the last accepted connection has closed', async () => {
    const here = await serving(4);
    here.network.serve('upstream', lineServer);
    const upstream = here.supervisor.connect({ url: 'memory://upstream' });
    await here.clock.run(10);
    here.stop({ over: '4s' });
    await here.clock.run(2900);
    expect(upstream.state).toBe('alive');
    await here.clock.run(1200);
    expect([here.ends.length, upstream.status]).toEqual([4, 'left']);
  });

  test('a later stop() without a window closes all connections at once', async () => {
    const here = await serving(50);
    const done = here.stop({ over: '1h' });
    await here.clock.run(1000);
    const before = here.ends.length;
    const again = here.stop();
    await here.clock.run(20);
    expect([before, here.ends.length]).toEqual([0, 50]);
    expect([done.at, again.at]).toEqual([done.at, done.at]);
    expect(done.at).toBeDefined();
  });

  test('a stop() without a window in the same turn closes all connections at once', async () => {
    const here = await serving(5);
    here.stop({ over: '1h' });
    here.stop();
    await here.clock.run(20);
    expect(here.ends).toHaveLength(5);
  });

  test('it completes without timers when the actor of the supervisor is stopped from outside', async () => {
    const here = await serving(10);
    const done = here.stop({ over: '1h' });
    await here.clock.run(1000);
    here.supervisor.actor.stop();
    await here.clock.run(10);
    expect([done.at !== undefined, here.clock.pending]).toEqual([true, 0]);
  });

  test('it completes although peers close their streams during the window', async () => {
    const here = await serving(10);
    const done = here.stop({ over: '1s' });
    for (const client of here.clients.slice(5)) client.end();
    await here.clock.run(1100);
    expect(done.at).toBeDefined();
  });

  test.each(['soon', -1, Number.NaN, null])(
    'a window of %s is refused, and the supervisor keeps running',
    async (over) => {
      const here = await serving(1);
      await expect(here.supervisor.stop({ over: over as never })).rejects.toThrow('over: ');
      await here.clock.run(10);
      expect([here.ends, here.supervisor.connect({ url: 'memory://here' }).status]).toEqual([[], 'running']);
    },
  );
});

describe('ready({ signal })', () => {
  function waiting() {
    const here = world();
    const connection = here.supervisor.connect({ url: 'memory://feed', id: 'feed' });
    return { ...here, connection, abort: new AbortController() };
  }

  const outcome = (promise: Promise<void>) =>
    promise.then(
      () => 'ready',
      (error) => error,
    );

  test('an abort rejects with code aborted and its cause, and the connection keeps trying', async () => {
    const { clock, network, connection, abort } = waiting();
    const [aborted, patient] = [
      outcome(connection.ready({ signal: abort.signal })),
      outcome(connection.ready()),
    ];
    await clock.run(100);
    abort.abort('no time');
    expect(await aborted).toMatchObject({ code: 'aborted', cause: 'no time' });
    network.serve('feed', lineServer);
    await clock.run(5000);
    expect(await patient).toBe('ready');
  });

  test('an invalid signal rejects with a ConfigError, and no unhandled rejection follows', async () => {
    const unhandled = vi.fn();
    process.once('unhandledRejection', unhandled);
    const { clock, connection } = waiting();
    expect(await outcome(connection.ready({ signal: {} as AbortSignal }))).toBeInstanceOf(ConfigError);
    void connection.close();
    await clock.run(1000);
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  test('a signal aborted before the call rejects at once', async () => {
    const { connection } = waiting();
    expect(await outcome(connection.ready({ signal: AbortSignal.abort() }))).toMatchObject({
      code: 'aborted',
    });
  });

  test.each([
    ['resolves', true],
    ['rejects', false],
  ])('a promise that %s leaves no listener on the signal', async (_when, serves) => {
    const { clock, network, connection, abort } = waiting();
    if (serves) network.serve('feed', lineServer);
    const ready = outcome(connection.ready({ signal: abort.signal }));
    expect(getEventListeners(abort.signal, 'abort')).toHaveLength(1);
    await clock.run(3000);
    if (!serves) void connection.close();
    const result = await ready;
    if (serves) expect(result).toBe('ready');
    else expect(result).toMatchObject({ code: 'closed', exit: { reason: 'closed-by-us' } });
    expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
  });
});

test('await using: the end of the block closes the connection gracefully', async () => {
  const here = world();
  here.network.serve('feed', lineServer);
  let left: Connection | undefined;
  const scope = async () => {
    await using connection = here.supervisor.connect<string>({ url: 'memory://feed' });
    left = connection;
    await connection.ready();
    void connection.send('last');
  };
  const done = scope();
  await here.clock.run(200);
  await done;
  expect(left?.status).toBe('left');
  expect(await left?.closed).toMatchObject({ reason: 'closed-by-us' });
});

test('stop() of a supervisor that accepts nothing: a listener of `left` cannot connect again', async () => {
  const here = world();
  const supervisor = createSupervisor({
    transports: [here.network.transport],
    protocols: { line },
    clock: here.clock,
  });
  const connect = () => supervisor.connect({ id: 'feed', url: 'memory://peer' });
  const refusals: unknown[] = [];
  supervisor.events$.subscribe(({ event }) => {
    if (event !== 'left') return;
    try {
      connect();
    } catch (error) {
      refusals.push(error);
    }
  });
  // Waits for its next dial, so that it is over within the call of stop().
  here.network.host('peer').refuse();
  connect();
  await here.clock.run(100);
  const stopped = supervisor.stop();
  expect(supervisor.stop()).toBe(stopped);
  expect(refusals).toEqual([expect.objectContaining({ code: 'closed' })]);
  expect([...supervisor.connections]).toEqual([]);
  await stopped;
  expect(here.clock.pending).toBe(0);
});
