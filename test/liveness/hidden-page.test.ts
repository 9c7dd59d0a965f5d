/** Heartbeats of a page whose timers are throttled; in virtual time. */
import type { SchedulerAction } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { createSupervisor } from '../../src/actors/supervisor/supervisor.ts';
import { websocketText } from '../../src/protocols/websocket-text.ts';
import { type VirtualClock, virtualClock } from '../../src/testing/clock.ts';
import { memoryNetwork } from '../../src/testing/network/memory.ts';
import { memoryWebSockets } from '../../src/testing/network/memory-websockets.ts';
import type { Clock } from '../../src/time/clock.ts';

const MINUTE = 60_000;

/** A clock whose timers run when a minute is full, once `throttle` was called; input comes at any time. */
function hiddenPage(clock: VirtualClock): Clock & { throttle(): void } {
  let throttled = false;
  const now = () => clock.scheduler.now();
  return {
    random: clock.random,
    wall: () => clock.wall(),
    afterIo: (fn) => clock.afterIo(fn),
    graceMs: 1000,
    throttle: () => {
      throttled = true;
    },
    scheduler: {
      now,
      schedule: <T>(work: (this: SchedulerAction<T>, state?: T) => void, delay = 0, state?: T) => {
        const late = throttled ? MINUTE - ((now() + delay) % MINUTE) : 0;
        return clock.scheduler.schedule(work, delay + late, state);
      },
    },
  };
}

/** The longest time in ms between two pings of a page that is hidden for five minutes. */
async function longestGap(streamEvery: number | undefined) {
  const clock = virtualClock();
  const page = hiddenPage(clock);
  const sockets = memoryWebSockets(memoryNetwork({ clock }));
  const pings: number[] = [];
  let opened = 0;
  sockets.serve('feed', (peer) => {
    opened++;
    peer.onMessage = (message) => {
      if (message !== 'ping') return;
      pings.push(clock.scheduler.now());
      peer.send('pong');
    };
    const stream = (every: number) => {
      peer.send('news');
      clock.scheduler.schedule(() => stream(every), every);
    };
    if (streamEvery !== undefined) stream(streamEvery);
  });
  const supervisor = createSupervisor({ transports: [sockets.transport], clock: page });
  supervisor.connect({ url: 'ws://feed', protocol: websocketText({ ping: 'ping', pong: 'pong' }) });
  await clock.run(1000);
  page.throttle();
  await clock.run(5 * MINUTE);
  const gaps = pings.slice(1).map((at, index) => at - (pings[index] ?? 0));
  return { gap: Math.max(...gaps), opened };
}

describe('hidden page: timers run once a minute, the interval is 10 s', () => {
  test('heartbeats leave with the messages of a peer that streams', async () => {
    const { gap, opened } = await longestGap(500);
    expect(gap).toBeLessThanOrEqual(10_600);
    expect(opened).toBe(1);
  });

  test('a silent peer hears of the page once a minute', async () => {
    const { gap, opened } = await longestGap(undefined);
    expect(gap).toBeLessThanOrEqual(MINUTE);
    expect(opened).toBe(1);
  });
});
