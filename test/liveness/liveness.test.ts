/** How death is noticed, and what is not taken for it. Virtual time; the policy is the default. */
import type { SchedulerLike } from 'rxjs';
import { describe, expect, test } from 'vitest';
import type { Signal } from '../../src/actors/supervisor/signals.ts';
import { virtualClock } from '../../src/testing/clock.ts';
import { memoryNetwork } from '../../src/testing/network/memory.ts';
import type { MemoryPeer } from '../../src/testing/network/memory-peer.ts';
import type { Clock } from '../../src/time/clock.ts';
import { expectNothingLeft, lineServer, type World, world } from '../support/world.ts';

const url = 'memory://feed';
const interval = 10_000;

/** A connection that is alive with this peer, and what the peer received. */
async function alive(here: World, serve: (peer: MemoryPeer) => void = lineServer) {
  const heard: string[] = [];
  let peer: MemoryPeer | undefined;
  here.network.serve('feed', (accepted) => {
    peer = accepted;
    serve(accepted);
    const { onData } = accepted;
    accepted.onData = (chunk) => {
      heard.push(new TextDecoder().decode(chunk));
      onData?.call(accepted, chunk);
    };
  });
  const connection = here.supervisor.connect<string>({ url });
  await here.clock.run(100);
  expect(connection.state).toBe('alive');
  return { connection, heard, peer: peer as MemoryPeer };
}

/** Answers the first ping, so that the connection is alive, and no other. */
function answersOnce(peer: MemoryPeer): void {
  let answered = false;
  peer.onData = () => {
    if (!answered) peer.write('PONG\n');
    answered = true;
  };
}

describe('liveness: the inbound and the outbound clock', () => {
  test('a connection that receives a message every 100 ms, and never an answer, stays alive', async () => {
    const here = world();
    const { connection, peer } = await alive(here, answersOnce);
    for (let i = 0; i < 1200; i++) {
      peer.write('tick\n');
      await here.clock.run(100);
    }
    expect(here.states()).toEqual(['>connecting', 'connecting>alive']);
    expect(connection.incarnation).toBe(1);
    await expectNothingLeft(here);
  });

  test('a peer that streams receives a heartbeat once per interval', async () => {
    const here = world();
    const { heard, peer } = await alive(here);
    heard.length = 0;
    for (let i = 0; i < 600; i++) {
      peer.write('tick\n');
      await here.clock.run(100);
    }
    expect(heard.join('').split('PING\n').length - 1).toBeGreaterThanOrEqual(6);
    await expectNothingLeft(here);
  });

  test('a connection that only sends is probed', async () => {
    const here = world();
    const { connection, heard } = await alive(here, (peer) => {
      peer.onData = (chunk) => {
        if (new TextDecoder().decode(chunk).includes('PING')) peer.write('PONG\n');
      };
    });
    heard.length = 0;
    for (let i = 0; i < 300; i++) {
      connection.send('tick');
      await here.clock.run(100);
    }
    expect(heard.join('').split('PING\n').length - 1).toBeGreaterThanOrEqual(2);
    await expectNothingLeft(here);
  });
});

describe('liveness: a stalled write', () => {
  test('to a peer that sends but never reads ends as write-timeout', async () => {
    const here = world();
    const { connection, peer } = await alive(here);
    const reset = setPaused(peer);
    for (let i = 0; i < 500; i++) connection.send('x'.repeat(30_000));
    for (let i = 0; i < 250; i++) {
      peer.write('tick\n');
      await here.clock.run(100);
    }
    expect(here.states()).toContain('suspect>closing:write-timeout');
    reset();
    await expectNothingLeft(here);
  });

  test('is refuted by its progress, and not by inbound bytes', async () => {
    const here = world();
    const { connection, peer } = await alive(here);
    setPaused(peer);
    for (let i = 0; i < 500; i++) connection.send('x'.repeat(30_000));
    for (let i = 0; i < 120; i++) {
      peer.write('tick\n');
      await here.clock.run(100);
    }
    expect(connection.state).toBe('suspect');
    peer.resume();
    await here.clock.run(10);
    expect(connection.state).toBe('alive');
    await expectNothingLeft(here);
  });

  test('of 4 MB to a frozen peer ends within 20 s', async () => {
    const here = world();
    const { connection } = await alive(here);
    here.network.host('feed').freeze();
    const frozenAt = here.clock.scheduler.now();
    for (let i = 0; i < 150; i++) connection.send('x'.repeat(30_000));
    while (connection.status === 'running') await here.clock.run(10);
    expect(here.clock.scheduler.now() - frozenAt).toBeLessThanOrEqual(20_000 + 50);
    await expectNothingLeft(here);
  });
});

describe('liveness: a stall of the own process', () => {
  test.each([500, 5000, 15_000, 60_000])(
    'of %d ms between probe and answer ends no connection',
    async (ms) => {
      const here = world();
      const { connection } = await alive(here);
      for (let round = 0; round < 20; round++) {
        await here.clock.run(interval - 200 * round);
        here.clock.stall(ms);
        await here.clock.run(50);
      }
      expect(connection).toMatchObject({ incarnation: 1, state: 'alive' });
      await expectNothingLeft(here);
    },
  );

  test('adds no sample of a round trip that spans it', async () => {
    const here = world({ heartbeat: { interval: 1000 } });
    const { connection } = await alive(here);
    for (let round = 0; round < 10; round++) {
      here.network.host('feed').latencyMs = 60;
      await here.clock.run(950);
      here.clock.stall(700);
      await here.clock.run(200);
    }
    expect(connection.rtt?.smoothed).toBeLessThanOrEqual(122);
    await expectNothingLeft(here);
  });

  test('on each turn, with timers always 60 ms late: a dead peer is still condemned', async () => {
    const inner = virtualClock();
    const late: Clock = {
      random: inner.random,
      wall: () => inner.wall(),
      afterIo: (fn) => inner.afterIo(fn),
      scheduler: {
        now: () => inner.scheduler.now(),
        schedule: ((work, delay = 0, state) =>
          inner.scheduler.schedule(work as never, delay + 60, state)) as SchedulerLike['schedule'],
      },
    };
    const network = memoryNetwork({ clock: inner });
    const here = { ...world({ clock: late, transports: [network.transport] }), clock: inner, network };
    const { connection } = await alive(here);
    network.host('feed').freeze();
    await inner.run(interval + 3 * 10_000 + 3 * 2000);
    expect(here.states()).toContain('suspect>closing:heartbeat-timeout');
    expect(connection.incarnation).toBeGreaterThan(1);
    await expectNothingLeft(here);
  });
});

describe('probe()', () => {
  test('resolves with the round-trip time', async () => {
    const here = world();
    const { connection } = await alive(here);
    const probes = Promise.all([connection.probe(), connection.probe()]);
    await here.clock.run(10);
    await expect(probes).resolves.toEqual([2, 2]);
    await expectNothingLeft(here);
  });

  test.each([
    ['is not open', 'closed', async () => world().supervisor.connect({ url })],
    [
      'does not probe',
      'bad-config',
      async () => {
        const here = world();
        here.network.serve('feed', lineServer);
        const connection = here.supervisor.connect({ url, heartbeat: { mode: 'announce' } });
        await here.clock.run(100);
        return connection;
      },
    ],
  ] as const)('rejects when the connection %s', async (_title, code, connect) => {
    const connection = await connect();
    await expect(connection.probe()).rejects.toMatchObject({ code });
  });

  test('rejects when the connection ends before the answer', async () => {
    const here = world();
    const { connection } = await alive(here);
    here.network.host('feed').freeze();
    const probe = expect(connection.probe()).rejects.toMatchObject({ code: 'closed' });
    connection.close();
    await here.clock.run(3000);
    await probe;
    await expectNothingLeft(here);
  });
});

describe('liveness: signals of the platform', () => {
  function signalling() {
    let tell: ((signal: Signal) => void) | undefined;
    let watching = 0;
    const here = world({
      signals: {
        watch(listener) {
          tell = listener;
          watching++;
          return () => watching--;
        },
      },
    });
    return { here, tell: (signal: Signal) => tell?.(signal), watching: () => watching };
  }

  test('are listened to from the first connection to the last', async () => {
    const { here, watching } = signalling();
    expect(watching()).toBe(0);
    const { connection } = await alive(here);
    expect(watching()).toBe(1);
    connection.close();
    await here.clock.run(100);
    expect(watching()).toBe(0);
    await expectNothingLeft(here);
  });

  test('offline leads to suspect, and an answered probe back to alive', async () => {
    const { here, tell } = signalling();
    const { connection } = await alive(here);
    tell('offline');
    expect(connection.state).toBe('suspect');
    await here.clock.run(10);
    expect(connection.state).toBe('alive');
    await expectNothingLeft(here);
  });

  test('offline with condemnAfter 0: the peer has the time of an answer', async () => {
    const { here, tell } = signalling();
    const { connection } = await alive(here);
    connection.configure({ heartbeat: { condemnAfter: 0 } });
    tell('offline');
    await here.clock.run(10);
    expect(connection).toMatchObject({ state: 'alive', incarnation: 1 });
    here.network.host('feed').freeze();
    tell('offline');
    await here.clock.run(1010);
    expect(here.states().at(-1)).toBe('closing>closed:heartbeat-timeout');
    await expectNothingLeft(here);
  });

  test('offline with condemnAfter 0: a stall of ours takes nothing from the time of an answer', async () => {
    const { here, tell } = signalling();
    const { connection } = await alive(here);
    connection.configure({ heartbeat: { condemnAfter: 0 } });
    // A machine that sleeps sends and receives nothing meanwhile.
    here.network.host('feed').freeze();
    tell('offline');
    here.clock.stall(5000);
    await here.clock.run(400);
    expect(connection.state).toBe('suspect');
    here.network.host('feed').thaw();
    await here.clock.run(10);
    expect(connection).toMatchObject({ state: 'alive', incarnation: 1 });
    await expectNothingLeft(here);
  });

  test('offline does not delay the verdict on a silence that had begun', async () => {
    const { here, tell } = signalling();
    const { connection } = await alive(here);
    here.network.host('feed').freeze();
    connection.probe().catch(() => {});
    await here.clock.run(400);
    tell('offline');
    expect(connection.state).toBe('suspect');
    await here.clock.run(9650);
    expect(here.states().at(-1)).toBe('closing>closed:heartbeat-timeout');
    await expectNothingLeft(here);
  });

  test('wake sends one probe', async () => {
    const { here, tell } = signalling();
    const { heard } = await alive(here);
    heard.length = 0;
    tell('wake');
    await here.clock.run(1100);
    expect(heard).toEqual(['PING\n']);
    await expectNothingLeft(here);
  });

  test('a wall clock set back and forward an hour causes one probe', async () => {
    const here = world();
    const { connection, heard } = await alive(here);
    here.network.serve('ticker', lineServer);
    const ticker = { url: 'memory://ticker', heartbeat: { interval: 200 } } as const;
    const other = here.supervisor.connect(ticker);
    await here.clock.run(interval / 2);
    const before = heard.length;
    here.clock.jumpWall(-3_600_000);
    await here.clock.run(400);
    here.clock.jumpWall(3_600_000);
    await here.clock.run(400);
    expect([connection.state, connection.incarnation, other.incarnation]).toEqual(['alive', 1, 1]);
    expect(heard.length - before).toBe(1);
    await expectNothingLeft(here);
  });
});

describe('liveness: the first heartbeat of a side that announces itself', () => {
  /** A server of the protocol, and a connection to it with these heartbeats; the interval is an hour. */
  async function introduced(protocol: 'framed' | 'line', heartbeat: { mode?: 'announce' } = {}) {
    const here = world({ heartbeat: { interval: '1h' } });
    const ready: string[] = [];
    await here.supervisor.listen({
      url,
      protocol,
      onConnection: (accepted) => void accepted.ready().then(() => ready.push('accepted')),
    });
    const connection = here.supervisor.connect({ url, protocol, heartbeat });
    void connection.ready().then(() => ready.push('dialled'));
    return { here, ready };
  }

  test.each([
    ['framed', {}],
    ['line', { mode: 'announce' }],
  ] as const)('over %s proves both ends within a round trip', async (protocol, heartbeat) => {
    const { here, ready } = await introduced(protocol, heartbeat);
    await here.clock.run(10);
    expect(ready.sort()).toEqual(['accepted', 'dialled']);
    void here.supervisor.stop();
    await here.clock.run(10_000);
  });
});

/** Stops reading; returns what goes on. */
function setPaused(peer: MemoryPeer): () => void {
  peer.pause();
  return () => peer.resume();
}
