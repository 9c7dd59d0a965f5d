/** Resources that XState does not release by itself, and errors that must not end a sibling actor. */
import { describe, expect, test, vi } from 'vitest';
import { connectionMachine } from '../../../src/machines/connection.ts';
import { expectNothingLeft, lineServer, type World, world } from '../../support/world.ts';

type Actions = NonNullable<Parameters<typeof connectionMachine.provide>[0]['actions']>;

/** A chart whose action throws once, in the first connection that reaches it. */
function brokenChart(action: (keyof Actions & 'dial') | 'sendHeartbeat' | 'holdMessages') {
  let bug: Error | undefined = new Error('a bug in the chart');
  const original = connectionMachine.implementations.actions[action] as (...args: unknown[]) => void;
  return connectionMachine.provide({
    actions: {
      [action]: (...args: unknown[]) => {
        const thrown = bug;
        bug = undefined;
        original(...args);
        if (thrown !== undefined) throw thrown;
      },
    },
  });
}

async function twoConnections(here: World) {
  here.network.serve('feed', lineServer);
  const broken = here.supervisor.connect({ id: 'broken', url: 'memory://feed' });
  const quiet = { heartbeat: { interval: '1h' } } as const;
  const sound = here.supervisor.connect({ id: 'sound', url: 'memory://feed', ...quiet });
  await here.clock.run(100);
  return { broken, sound };
}

describe('error in a chart action', () => {
  test.each(['dial', 'sendHeartbeat', 'holdMessages'] as const)(
    'an error in %s restarts its connection and releases its socket, and a sibling connection stays alive',
    async (action) => {
      const here = world({ machine: brokenChart(action) });
      const { broken, sound } = await twoConnections(here);
      await here.clock.run(10_100);
      if (action === 'holdMessages') broken.reconnect();
      await here.clock.run(2000);
      expect(broken).toMatchObject({ incarnation: 2, state: 'alive' });
      expect(sound).toMatchObject({ incarnation: 1, state: 'alive' });
      expect(here.network.audit().open.dial).toBe(2);
      await expectNothingLeft(here);
    },
  );

  test('the exit has reason crashed and carries the error', async () => {
    const here = world({ machine: brokenChart('sendHeartbeat'), reconnect: { restart: 'temporary' } });
    const { broken } = await twoConnections(here);
    const closed = broken.closed;
    await here.clock.run(10_100);
    await expect(closed).resolves.toMatchObject({
      reason: 'crashed',
      class: 'retryable',
      error: expect.objectContaining({ message: 'a bug in the chart' }),
    });
    await expectNothingLeft(here);
  });

  test('a connection that crashes in each dial gives up at incarnation 6', async () => {
    const machine = connectionMachine.provide({
      actions: {
        dial: () => {
          throw new Error('always');
        },
      },
    });
    const here = world({ machine });
    const connection = here.supervisor.connect({ url: 'memory://feed' });
    const closed = connection.closed;
    await here.clock.run(120_000);
    expect(connection).toMatchObject({ status: 'gave-up', incarnation: 6 });
    await expect(closed).resolves.toMatchObject({ reason: 'crashed' });
    await expectNothingLeft(here);
  });
});

describe('stop of the supervisor actor from outside', () => {
  test('every socket and timer is released at once', async () => {
    const here = world();
    await twoConnections(here);
    here.supervisor.connect({ id: 'waiting', url: 'memory://nobody' });
    await here.clock.run(10);
    here.supervisor.actor.stop();
    await here.clock.run(10);
    expect(here.network.audit()).toMatchObject({ dialing: 0, open: { dial: 0, accept: 0 }, closedTwice: 0 });
    expect(here.clock.pending).toBe(0);
    expect([...here.supervisor.connections]).toEqual([]);
  });
});

describe('actor system', () => {
  test('each incarnation is registered by id and number, and removed after its end', async () => {
    const here = world();
    const { broken } = await twoConnections(here);
    const { system } = here.supervisor.actor;
    expect(system.get('broken#1')).toBeDefined();
    broken.reconnect();
    await here.clock.run(100);
    expect(system.get('broken#1')).toBeUndefined();
    expect(system.get('broken#2')).toBeDefined();
    await expectNothingLeft(here);
  });

  test('an id in the form of an incarnation name does not collide with an incarnation', async () => {
    const here = world();
    here.network.serve('feed', lineServer);
    const odd = here.supervisor.connect({ id: 'a#7', url: 'memory://feed' });
    here.supervisor.connect({ id: 'a', url: 'memory://feed' });
    await here.clock.run(100);
    odd.close();
    await here.clock.run(100);
    expect(odd.status).toBe('left');
    expect(here.supervisor.get('a')?.state).toBe('alive');
    await expectNothingLeft(here);
  });

  test('inspect receives all XState event types, and an inspector that throws is reported', async () => {
    const types = new Set<string>();
    const here = world({
      inspect: (event) => {
        types.add(event.type);
        throw new Error('inspector');
      },
    });
    const { sound } = await twoConnections(here);
    expect(sound.state).toBe('alive');
    expect([...types]).toEqual(
      expect.arrayContaining(['@xstate.actor', '@xstate.event', '@xstate.microstep', '@xstate.snapshot']),
    );
    expect(here.reported.length).toBeGreaterThan(0);
    expect(here.reported.every(([, where]) => where === 'inspect')).toBe(true);
    await expectNothingLeft(here);
  });

  test('an onError that throws does not end the connection', async () => {
    const onError = vi.fn(() => {
      throw new Error('worse');
    });
    const here = world({ onError });
    here.network.serve('feed', lineServer);
    const connection = here.supervisor.connect<string>({
      url: 'memory://feed',
      onMessage: () => {
        throw new Error('mine');
      },
    });
    connection.send('x');
    await here.clock.run(100);
    expect(onError).toHaveBeenCalledTimes(1);
    expect(connection.state).toBe('alive');
    await expectNothingLeft(here);
  });
});

test('incarnations: an alarm, answer or event of one incarnation never reaches the next', async () => {
  const here = world();
  here.network.serve('feed', lineServer);
  const connection = here.supervisor.connect({ url: 'memory://feed' });
  await here.clock.run(100);
  for (let round = 0; round < 20; round++) {
    here.network.host('feed').freeze();
    await here.clock.run(10_300);
    connection.reconnect();
    here.network.host('feed').thaw();
    await here.clock.run(2100);
    expect(connection.state).toBe('alive');
  }
  expect(connection.incarnation).toBe(21);
  await expectNothingLeft(here);
});
