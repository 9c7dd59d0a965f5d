/** Callbacks that return a promise: its rejection reaches `onError`, and is never an unhandled one. */
import { describe, expect, test } from 'vitest';
import type { SupervisorOptions } from '../../../src/actors/supervisor/options.ts';
import { type Logger, silentLogger } from '../../../src/base/log.ts';
import { watchSupervision } from '../../../src/inspect/supervisor-view.ts';
import { lines } from '../../support/lines.ts';
import { expectNothingLeft, lineServer, type World, world } from '../../support/world.ts';

/** Rejects, and counts how often. */
function rejecter() {
  const rejects = async (): Promise<never> => {
    rejects.times++;
    throw new Error(`rejection ${rejects.times}`);
  };
  rejects.times = 0;
  return rejects;
}

/** A connection that hears three messages, and is closed. */
async function lived(options: Partial<SupervisorOptions>, onMessage?: () => unknown): Promise<World> {
  const here = world(options);
  here.network.serve('peer', (peer) => {
    lineServer(peer);
    peer.write('one\ntwo\nthree\n');
  });
  here.supervisor.connect({ url: 'memory://peer', id: 'feed', ...(onMessage && { onMessage }) });
  await here.clock.run(15_000);
  expect(here.states('feed')).toEqual(['>connecting', 'connecting>alive']);
  await expectNothingLeft(here);
  return here;
}

function expectReported({ reported }: World, where: string, times: number): void {
  expect(times).toBeGreaterThan(0);
  expect(reported.map(([error, place]) => `${place}: ${(error as Error).message}`)).toEqual(
    Array.from({ length: times }, (_, n) => `${where}: rejection ${n + 1}`),
  );
}

describe('callbacks: the rejection of a promise is reported once, and ends nothing, from', () => {
  test('onMessage, for each message', async () => {
    const onMessage = rejecter();
    expectReported(await lived({}, onMessage), 'onMessage', 3);
    expect(onMessage.times).toBe(3);
  });

  test('onConnection, and the accepted connection goes on', async () => {
    const here = world();
    const onConnection = rejecter();
    await here.supervisor.listen({ url: 'memory://here', onConnection });
    const client = here.supervisor.connect({ url: 'memory://here', id: 'client' });
    await here.clock.run(1000);
    expect([client.state, [...here.supervisor.connections].length]).toEqual(['alive', 2]);
    expectReported(here, 'onConnection', 1);
    await expectNothingLeft(here);
  });

  test('a method of the logger', async () => {
    const info = rejecter();
    const logger: Logger = { ...silentLogger, info, isLevelEnabled: () => true, child: () => logger };
    expectReported(await lived({ logger }), 'logger', info.times);
  });

  test('the trace method of the logger, for heartbeats', async () => {
    const trace = rejecter();
    const logger: Logger = { ...silentLogger, trace, isLevelEnabled: () => true, child: () => logger };
    expectReported(await lived({ logger }), 'logger', trace.times);
  });

  test('an inspector that is a function', async () => {
    const inspect = rejecter();
    expectReported(await lived({ inspect }), 'inspect', inspect.times);
  });

  test('an inspector that is an observer', async () => {
    const next = rejecter();
    expectReported(await lived({ inspect: { next } }), 'inspect', next.times);
  });

  test('a watcher of the supervision charts', async () => {
    const here = world();
    const watcher = rejecter();
    watchSupervision(here.supervisor, watcher);
    here.supervisor.connect({ url: 'memory://nowhere' });
    await here.clock.run(10);
    expectReported(here, 'inspect', watcher.times);
    await expectNothingLeft(here);
  });

  test('a recorder that records', async () => {
    const record = rejecter();
    expectReported(await lived({ recorder: { record, read: () => [] } }), 'recorder', record.times);
  });

  test('a recorder that is read, and the history is empty', async () => {
    const read = rejecter();
    const here = world({ recorder: { record: () => [], read: read as never } });
    const connection = here.supervisor.connect({ url: 'memory://nowhere' });
    expect(connection.history()).toEqual([]);
    await here.clock.run(0);
    expectReported(here, 'recorder', 1);
    await expectNothingLeft(here);
  });
});

test('callbacks: ten thousand rejections of one onMessage are ten thousand reports, and no restart', async () => {
  const here = world();
  const onMessage = rejecter();
  here.network.serve('peer', (peer) => {
    lineServer(peer);
    peer.write('x\n'.repeat(10_000));
  });
  const connection = here.supervisor.connect({ url: 'memory://peer', onMessage });
  await here.clock.run(5000);
  expectReported(here, 'onMessage', 10_000);
  expect([connection.state, connection.incarnation]).toEqual(['alive', 1]);
  await expectNothingLeft(here);
});

test('callbacks: signals that throw are reported, and the connection dials all the same', async () => {
  const fail = () => {
    throw new Error('no signals');
  };
  const here = await lived({ signals: { watch: fail } });
  expect(here.reported.map(([error, where]) => `${where}: ${(error as Error).message}`)).toEqual([
    'signals: no signals',
  ]);
  const unwatch = await lived({ signals: { watch: () => fail } });
  expect(unwatch.reported.map(([, where]) => where)).toEqual(['signals']);
});

describe('callbacks: a failing onError reaches the log, when it', () => {
  test.each([
    ['throws', fails],
    ['returns a promise that rejects', async () => fails()],
  ])('%s', async (_how, onError) => {
    const { logger, said } = lines('error');
    await lived({ logger, onError }, rejecter());
    expect(said()).toEqual(Array(3).fill('exception in onError: deaf'));
  });

  test('and the logger fails as well: nothing is left to hear, and nothing ends', async () => {
    const error = rejecter();
    const logger: Logger = { ...silentLogger, error, isLevelEnabled: () => true, child: () => logger };
    await lived({ logger, onError: fails }, rejecter());
    expect(error.times).toBe(3);
  });

  function fails(): never {
    throw new Error('deaf');
  }
});
