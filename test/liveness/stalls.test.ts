/** Our own stalls excuse a silent peer in proportion. Virtual time. */
import { type SchedulerLike, Subject } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { virtualClock } from '../../src/testing/clock.ts';
import { memoryNetwork } from '../../src/testing/network/memory.ts';
import type { Clock } from '../../src/time/clock.ts';
import { expectNothingLeft, lineServer, type World, world } from '../support/world.ts';

const interval = 10_000;
const condemnAfter = 10_000;
/** No sample of a round trip is taken while timers are late, and none is needed: `d` is that of a quick link. */
const d = 1000;

/** A world whose timers run late by `lateMs()` each. */
function lateWorld(lateMs: () => number): World {
  const inner = virtualClock();
  const schedule = ((work, delay = 0, state) =>
    inner.scheduler.schedule(work as never, delay + lateMs(), state)) as SchedulerLike['schedule'];
  const late: Clock = {
    random: inner.random,
    wall: () => inner.wall(),
    afterIo: (fn) => inner.afterIo(fn),
    scheduler: { now: () => inner.scheduler.now(), schedule },
  };
  const network = memoryNetwork({ clock: inner });
  return { ...world({ clock: late, transports: [network.transport] }), clock: inner, network };
}

async function frozen(here: World) {
  here.network.serve('feed', lineServer);
  const connection = here.supervisor.connect({ url: 'memory://feed' });
  await here.clock.run(3000);
  expect(connection.state).toBe('alive');
  here.network.host('feed').freeze();
  return connection;
}

describe('stall: suspicion and verdict are put off in proportion', () => {
  test.each([60, 100, 300])(
    'with timers always %d ms late the verdict falls within condemnAfter + 2 (stall + d)',
    async (ms) => {
      const here = lateWorld(() => ms);
      const connection = await frozen(here);
      const frozenAt = here.clock.scheduler.now();
      await here.clock.until(() => connection.state === 'closing', 100_000);
      const took = here.clock.scheduler.now() - frozenAt;
      // A heartbeat is late too, and so is the timer of the verdict itself.
      expect(took).toBeLessThanOrEqual(interval + condemnAfter + 2 * (ms + d) + 2 * ms + 5);
      expect(here.states()).toContain('suspect>closing:heartbeat-timeout');
      await expectNothingLeft(here);
    },
  );

  test('a stall of 3 s at the verdict is excused by one d, in which an answer refutes it', async () => {
    for (const answers of [true, false]) {
      const here = lateWorld(() => 0);
      const connection = await frozen(here);
      await here.clock.until(() => connection.state === 'suspect', 20_000);
      await here.clock.run(condemnAfter - 1500);
      here.clock.stall(3000);
      await here.clock.run(10);
      expect(connection.state).toBe('suspect');
      if (answers) here.network.host('feed').thaw();
      await here.clock.run(d + 500);
      expect(connection.state === 'alive').toBe(answers);
      await expectNothingLeft(here);
    }
  });

  test('a probe leaves at once, so that the answer is that of a peer after the stall', async () => {
    const here = lateWorld(() => 0);
    const heard: string[] = [];
    here.network.serve('feed', (peer) => {
      peer.onData = (chunk) => {
        heard.push(new TextDecoder().decode(chunk));
        if (heard.length === 1) peer.write('PONG\n');
      };
    });
    const connection = here.supervisor.connect({ url: 'memory://feed', heartbeat: { probes: 0 } });
    await here.clock.until(() => heard.length === 2, 20_000);
    here.clock.stall(30_000);
    await here.clock.run(10);
    expect([connection.state, heard.length]).toEqual(['alive', 3]);
    await expectNothingLeft(here);
  });

  test('stalls before a byte was heard are not counted in a suspicion with another cause', async () => {
    const told = new Subject<'offline'>();
    const here = world({
      signals: {
        watch(listener) {
          const ended = told.subscribe(listener);
          return () => ended.unsubscribe();
        },
      },
    });
    const connection = await frozen(here);
    connection.probe().catch(() => {});
    await here.clock.run(100);
    for (let stall = 1; stall <= 2; stall++) {
      here.clock.stall(5000);
      await here.clock.run(10);
      expect(connection.state).toBe('alive');
    }
    here.network.host('feed').thaw();
    await here.clock.run(10);
    expect(connection.state).toBe('alive');
    here.network.host('feed').freeze();
    told.next('offline');
    await here.clock.run(condemnAfter - 1500);
    here.clock.stall(3000);
    await here.clock.run(10);
    expect(connection.state).toBe('suspect');
    await expectNothingLeft(here);
  });

  test('a handshake is asked nothing, and its whole stage starts again', async () => {
    const here = lateWorld(() => 0);
    here.network.serve('feed', () => {});
    const connection = here.supervisor.connect({ url: 'memory://feed' });
    await here.clock.run(100);
    here.clock.stall(30_000);
    await here.clock.run(9000);
    expect(connection.state).toBe('connecting');
    await here.clock.run(2000);
    expect(here.states()).toContain('connecting>closing:handshake-timeout');
    await expectNothingLeft(here);
  });
});
