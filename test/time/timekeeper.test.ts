import * as fc from 'fast-check';
import { config, type SchedulerAction, type SchedulerLike, type Subscription } from 'rxjs';
import { afterEach, describe, expect, test } from 'vitest';
import { type VirtualClock, virtualClock } from '../../src/testing/clock.ts';
import { type Clock, systemClock } from '../../src/time/clock.ts';
import { type Alarm, LOOK_AGAIN, Timekeeper } from '../../src/time/timekeeper.ts';

const never = Number.POSITIVE_INFINITY;

type Entry = [what: string, now: number, lateMs: number];

type Bell = Alarm<unknown>;

interface Bench {
  readonly clock: VirtualClock;
  readonly keeper: Timekeeper;
  /** The calls of `ring`, `confirm` and `raise`, in order. */
  readonly log: Entry[];
  /** An alarm that answers a ring with the result of `onRing`. */
  bell(name: string, onRing?: (bell: Bell, now: number, lateMs: number) => unknown): Bell;
}

function bench(clock = virtualClock(), seen: Clock = clock): Bench {
  const keeper = new Timekeeper(seen);
  const log: Entry[] = [];
  const bell: Bench['bell'] = (name, onRing) => ({
    at: never,
    slot: -1,
    ring(now, lateMs) {
      log.push([name, now, lateMs]);
      return onRing?.(this, now, lateMs);
    },
    confirm: (now, lateMs) => void log.push([`${name} confirmed`, now, lateMs]),
  });
  return { clock, keeper, log, bell };
}

/** The clock, and a list of the delays that its scheduler received. */
function listening(clock: VirtualClock): { seen: Clock; delays: number[] } {
  const delays: number[] = [];
  function schedule<T>(work: (this: SchedulerAction<T>, state?: T) => void, delay = 0): Subscription {
    delays.push(delay);
    return clock.scheduler.schedule(work, delay);
  }
  const scheduler: SchedulerLike = { now: () => clock.scheduler.now(), schedule };
  return {
    seen: { ...clock, scheduler, afterIo: clock.afterIo.bind(clock), wall: () => clock.wall() },
    delays,
  };
}

describe('timekeeper: an alarm', () => {
  test('rings in the order of times, not in the order of `set` calls', () => {
    const { clock, keeper, log, bell } = bench();
    for (const at of [300, 100, 200]) keeper.set(bell(`at ${at}`), at);
    clock.advance(1000);
    expect(log).toEqual([
      ['at 100', 100, 0],
      ['at 200', 200, 0],
      ['at 300', 300, 0],
    ]);
  });

  test('does not ring before its time', () => {
    const { clock, keeper, log, bell } = bench();
    keeper.set(bell('a'), 100);
    clock.advance(99);
    expect(log).toEqual([]);
    clock.advance(1);
    expect(log).toEqual([['a', 100, 0]]);
  });

  test.each([
    ['later', 100, 250],
    ['earlier', 250, 100],
    ['to where it was', 100, 100],
  ])('that is moved %s rings once, at the new time', (_title, from, to) => {
    const { clock, keeper, log, bell } = bench();
    const alarm = bell('a');
    keeper.set(alarm, from);
    keeper.set(alarm, to);
    clock.advance(1000);
    expect(log).toEqual([['a', to, 0]]);
  });

  test('that is moved past another rings after it', () => {
    const { clock, keeper, log, bell } = bench();
    const [a, b] = [bell('a'), bell('b')];
    keeper.set(a, 100);
    keeper.set(b, 200);
    keeper.set(a, 300);
    keeper.set(b, 150);
    clock.advance(1000);
    expect(log).toEqual([
      ['b', 150, 0],
      ['a', 300, 0],
    ]);
  });

  test('that was cleared does not ring, and a second `clear` changes nothing', () => {
    const { clock, keeper, log, bell } = bench();
    const [a, b] = [bell('a'), bell('b')];
    keeper.set(a, 100);
    keeper.set(b, 200);
    keeper.clear(a);
    keeper.clear(a);
    clock.advance(1000);
    expect(log).toEqual([['b', 200, 0]]);
  });

  test('that is set to infinity is cleared', () => {
    const { clock, keeper, log, bell } = bench();
    const alarm = bell('a');
    keeper.set(alarm, 100);
    keeper.set(alarm, never);
    clock.advance(1000);
    expect([log, keeper.size, clock.pending]).toEqual([[], 0, 0]);
  });

  test('that was never set can be cleared', () => {
    const { keeper, bell } = bench();
    keeper.clear(bell('a'));
    keeper.set(bell('a'), never);
    expect(keeper.size).toBe(0);
  });

  test('can be cleared by another that rings at the same time', () => {
    const { clock, keeper, log, bell } = bench();
    const second = bell('second');
    keeper.set(
      bell('first', () => keeper.clear(second)),
      99.5,
    );
    keeper.set(second, 100);
    clock.advance(1000);
    expect(log.map(([what]) => what)).toEqual(['first']);
  });

  test('can set itself again when it rings', () => {
    const { clock, keeper, log, bell } = bench();
    const alarm = bell('a', (self, now) => {
      if (now < 300) keeper.set(self, now + 100);
    });
    keeper.set(alarm, 100);
    clock.advance(1000);
    expect(log.map(([, now]) => now)).toEqual([100, 200, 300]);
    expect(clock.pending).toBe(0);
  });

  test('between two milliseconds rings at the next one, and is not late', () => {
    const { clock, keeper, log, bell } = bench();
    keeper.set(bell('a'), 100.25);
    clock.advance(1000);
    expect(log).toEqual([['a', 101, 0]]);
  });

  test('is never early, also when the clock stands between two milliseconds', () => {
    const { clock, keeper, log, bell } = bench();
    const heard: number[] = [];
    clock.advance(50.75);
    keeper.set(
      bell('a', () => heard.push(keeper.exactNow())),
      100,
    );
    clock.advance(1000);
    expect(log).toEqual([['a', 100, 0]]);
    expect(heard).toEqual([100.75]);
  });
});

describe('timekeeper: a late alarm', () => {
  test('receives the length of the stall, also when it was due at the end of that', () => {
    const { clock, keeper, log, bell } = bench();
    for (const at of [100, 4990]) keeper.set(bell(`at ${at}`), at);
    clock.stall(5000);
    expect(log).toEqual([
      ['at 100', 5000, 4900],
      ['at 4990', 5000, 4900],
    ]);
  });

  test('receives nothing of a stall before the last tick, nor of an alarm that was set for the past', () => {
    const { clock, keeper, log, bell } = bench();
    keeper.set(bell('stalled'), 100);
    clock.stall(5000);
    keeper.set(bell('on time'), 5100);
    clock.advance(100);
    keeper.set(bell('past'), 400);
    keeper.set(bell('now'), 5100);
    clock.advance(0);
    expect(log).toEqual([
      ['stalled', 5000, 4900],
      ['on time', 5100, 0],
      ['past', 5100, 4700],
      ['now', 5100, 0],
    ]);
  });

  test('that was set for the past rings at once, after the call of `set`', () => {
    const { clock, keeper, log, bell } = bench();
    clock.advance(1000);
    keeper.set(bell('a'), 400);
    expect(log).toEqual([]);
    clock.advance(0);
    expect(log).toEqual([['a', 1000, 600]]);
  });

  test('that was set for minus infinity rings at once', () => {
    const { clock, keeper, log, bell } = bench();
    keeper.set(bell('a'), Number.NEGATIVE_INFINITY);
    clock.advance(0);
    expect(log).toEqual([['a', 0, never]]);
  });

  test('that sets itself for the past again and again does not block other timers', () => {
    const { clock, keeper, log, bell } = bench();
    const turns: number[] = [];
    const eager = bell('eager', (self, now) => {
      if (log.length < 50) keeper.set(self, now);
    });
    keeper.set(eager, 10);
    clock.scheduler.schedule(() => clock.scheduler.schedule(() => turns.push(log.length)), 10);
    clock.advance(10);
    expect(log).toHaveLength(50);
    expect(turns[0]).toBeLessThan(50);
  });
});

describe('timekeeper: its timer on the clock', () => {
  test('is one for any number of alarms, and none without alarms', () => {
    const { clock, keeper, bell } = bench();
    const alarms = Array.from({ length: 100 }, (_, at) => bell(String(at)));
    alarms.forEach((alarm, at) => {
      keeper.set(alarm, 1000 - at);
      expect(clock.pending).toBe(1);
    });
    for (const alarm of alarms) keeper.clear(alarm);
    expect(clock.pending).toBe(0);
  });

  test('is not scheduled again for alarms later than the earliest', () => {
    const clock = virtualClock();
    const { seen, delays } = listening(clock);
    const { keeper, bell } = bench(clock, seen);
    for (const at of [100, 200, 300, 100]) keeper.set(bell('a'), at);
    expect(delays).toEqual([100]);
  });

  test('has a delay below 2^31 ms, and a wait of 5 x 2^31 ms ends on time', () => {
    const clock = virtualClock();
    const { seen, delays } = listening(clock);
    const { keeper, log, bell } = bench(clock, seen);
    const at = 5 * 2 ** 31 + 7;
    keeper.set(bell('far'), at);
    clock.advance(at - 1);
    expect(log).toEqual([]);
    clock.advance(1);
    expect(log).toEqual([['far', at, 0]]);
    expect(Math.max(...delays)).toBeLessThan(2 ** 31);
  });

  test('rings for a near alarm in the middle of a long wait', () => {
    const { clock, keeper, log, bell } = bench();
    keeper.set(bell('far'), 2 ** 33);
    clock.advance(2 ** 32);
    keeper.set(bell('near'), 2 ** 32 + 5);
    clock.advance(2 ** 33);
    expect(log).toEqual([
      ['near', 2 ** 32 + 5, 0],
      ['far', 2 ** 33, 0],
    ]);
  });
});

describe('timekeeper: a second look', () => {
  const looksAgain = () => LOOK_AGAIN;

  test('comes after pending input, and after all other due alarms', () => {
    const { clock, keeper, log, bell } = bench();
    const looker = bell('a', () => {
      clock.scheduler.schedule(() => log.push(['input', clock.scheduler.now(), 0]));
      return LOOK_AGAIN;
    });
    keeper.set(looker, 100);
    keeper.set(bell('b'), 100);
    clock.advance(100);
    expect(log.map(([what]) => what).sort()).toEqual(['a', 'a confirmed', 'b', 'input']);
    expect(log.slice(-2)).toEqual([
      ['input', 100, 0],
      ['a confirmed', 100, 0],
    ]);
  });

  test('receives the delay of the alarm', () => {
    const { clock, keeper, log, bell } = bench();
    keeper.set(bell('a', looksAgain), 100);
    clock.stall(400);
    expect(log.at(-1)).toEqual(['a confirmed', 400, 300]);
  });

  test('adds its own delay', () => {
    const { clock, keeper, log, bell } = bench();
    const looker = bell('a', () => {
      clock.stall(250);
      return LOOK_AGAIN;
    });
    keeper.set(looker, 100);
    clock.advance(1000);
    expect(log.at(-1)).toEqual(['a confirmed', 350, 250]);
  });

  test('waits for I/O once for all alarms of a tick, and confirms them in the order of rings', () => {
    const clock = virtualClock();
    let waits = 0;
    const { seen } = listening(clock);
    const counted: Clock = {
      ...seen,
      afterIo: (fn) => {
        waits++;
        clock.afterIo(fn);
      },
    };
    const { keeper, log, bell } = bench(clock, counted);
    for (const [at, name] of ['a', 'b', 'c'].entries()) keeper.set(bell(name, looksAgain), at);
    clock.stall(10);
    expect(log.map(([what]) => what)).toEqual(['a', 'b', 'c', 'a confirmed', 'b confirmed', 'c confirmed']);
    expect(waits).toBe(1);
  });

  test('may set the alarm, which can then look again', () => {
    const { clock, keeper, bell } = bench();
    let looks = 0;
    const curious: Bell = {
      ...bell('a'),
      ring: looksAgain,
      confirm(now) {
        if (++looks < 3) keeper.set(this, now);
      },
    };
    keeper.set(curious, 0);
    clock.advance(0);
    expect([looks, keeper.size, clock.pending]).toEqual([3, 0, 0]);
  });

  test('of an alarm without `confirm` does nothing', () => {
    const { clock, keeper } = bench();
    keeper.set({ at: never, slot: -1, ring: looksAgain }, 10);
    clock.advance(10);
    expect([keeper.size, clock.pending]).toEqual([0, 0]);
  });
});

describe('timekeeper: rings$', () => {
  test('emits the answers of rings at once, and those of second looks after I/O', () => {
    const { clock, keeper, log, bell } = bench();
    const slow: Bell = { ...bell('slow', () => LOOK_AGAIN), confirm: () => 'expired' };
    const quick = bell('quick', () => 'due');
    keeper.rings$.subscribe(({ alarm, event }) =>
      log.push([`${alarm === slow ? 'slow' : 'quick'} ${event}`, clock.scheduler.now(), 0]),
    );
    keeper.set(slow, 100);
    keeper.set(quick, 101);
    clock.stall(200);
    expect(log.map(([what]) => what)).toEqual(['slow', 'quick', 'quick due', 'slow expired']);
  });

  test('emits an event before the next due alarm rings', () => {
    const { clock, keeper, log, bell } = bench();
    keeper.rings$.subscribe(({ event }) => log.push([String(event), clock.scheduler.now(), 0]));
    keeper.set(
      bell('a', () => 'event of a'),
      10,
    );
    keeper.set(bell('b'), 11);
    clock.stall(20);
    expect(log.map(([what]) => what)).toEqual(['a', 'event of a', 'b']);
  });

  test('emits nothing for an alarm that answers nothing', () => {
    const { clock, keeper, log, bell } = bench();
    const events: unknown[] = [];
    keeper.rings$.subscribe((ring) => events.push(ring));
    keeper.set(bell('a'), 10);
    keeper.set(
      bell('b', () => LOOK_AGAIN),
      10,
    );
    clock.advance(10);
    expect([log.length, events]).toEqual([3, []]);
  });

  test('without a subscriber alarms ring, and their events are dropped', () => {
    const { clock, keeper, log, bell } = bench();
    keeper.set(
      bell('a', () => 'event'),
      10,
    );
    clock.advance(10);
    expect(log).toEqual([['a', 10, 0]]);
  });

  test('a subscription alone schedules nothing on the clock', () => {
    const { clock, keeper, bell } = bench();
    keeper.rings$.subscribe();
    expect(clock.pending).toBe(0);
    keeper.set(
      bell('a', () => LOOK_AGAIN),
      10,
    );
    expect(clock.pending).toBe(1);
    clock.advance(10);
    expect(clock.pending).toBe(0);
  });
});

describe('timekeeper: an exception', () => {
  const bug = () => {
    throw new Error('on purpose');
  };

  afterEach(() => {
    config.onUnhandledError = null;
  });

  /** Advances through the exceptions that come out of the clock, and returns their messages. */
  function thrown(clock: VirtualClock, ms: number): string[] {
    const messages: string[] = [];
    const until = clock.scheduler.now() + ms;
    while (clock.pending > 0 && clock.scheduler.now() < until) {
      try {
        clock.advance(until - clock.scheduler.now());
      } catch (error) {
        messages.push((error as Error).message);
      }
    }
    return messages;
  }

  test('in `ring` is thrown by the clock, and alarms of the same tick and later ones ring', () => {
    const { clock, keeper, log, bell } = bench();
    keeper.set(bell('broken', bug), 10);
    keeper.set(bell('same tick'), 10);
    keeper.set(bell('later'), 20);
    expect(() => clock.advance(10)).toThrow('on purpose');
    expect(log.map(([what]) => what)).toEqual(['broken', 'same tick']);
    clock.advance(10);
    expect(log.at(-1)).toEqual(['later', 20, 0]);
  });

  test('in `ring` keeps the second looks of the tick', () => {
    const { clock, keeper, log, bell } = bench();
    keeper.set(
      bell('looker', () => LOOK_AGAIN),
      10,
    );
    keeper.set(bell('broken', bug), 11);
    clock.scheduler.schedule(() => clock.stall(20));
    expect(thrown(clock, 100)).toEqual(['on purpose']);
    expect(log.map(([what]) => what)).toEqual(['looker', 'broken', 'looker confirmed']);
  });

  test('in `confirm` keeps the other second looks, and those of later ticks', () => {
    const { clock, keeper, log, bell } = bench();
    const broken: Bell = { ...bell('broken', () => LOOK_AGAIN), confirm: bug };
    keeper.set(broken, 10);
    for (const at of [11, 50]) {
      keeper.set(
        bell(`at ${at}`, () => LOOK_AGAIN),
        at,
      );
    }
    clock.scheduler.schedule(() => clock.stall(20));
    expect(thrown(clock, 100)).toEqual(['on purpose']);
    expect(log.map(([what]) => what)).toEqual([
      'broken',
      'at 11',
      'at 11 confirmed',
      'at 50',
      'at 50 confirmed',
    ]);
  });

  test('in `onJump` keeps the alarms', () => {
    const { clock, keeper, log, bell } = bench();
    keeper.onJump = bug;
    for (const at of [10, 20, 30]) keeper.set(bell(`at ${at}`), at);
    clock.advance(10);
    clock.jumpWall(3_600_000);
    expect(thrown(clock, 100)).toEqual(['on purpose']);
    expect(log.map(([what]) => what)).toEqual(['at 10', 'at 20', 'at 30']);
  });

  test('of a subscriber of rings$ is unhandled in RxJS, and the stream goes on', async () => {
    const { clock, keeper, bell } = bench();
    const heard: unknown[] = [];
    const unhandled = new Promise((resolve) => {
      config.onUnhandledError = resolve;
    });
    keeper.rings$.subscribe(({ event }) => {
      heard.push(event);
      if (heard.length === 1) bug();
    });
    for (const at of [10, 20]) {
      keeper.set(
        bell('a', () => at),
        at,
      );
    }
    clock.advance(100);
    expect(heard).toEqual([10, 20]);
    expect(await unhandled).toMatchObject({ message: 'on purpose' });
  });
});

test('timekeeper: now() is in whole milliseconds, exactNow() has their fraction', () => {
  const { clock, keeper } = bench();
  clock.advance(50.75);
  expect([keeper.now(), keeper.exactNow()]).toEqual([50, 50.75]);
});

test('timekeeper: alarms set, moved and cleared at random ring once each, in order and on time', () => {
  const which = fc.nat(9);
  const command = fc.oneof(
    fc.record({ do: fc.constant('set' as const), which, to: fc.integer({ min: -50, max: 500 }) }),
    fc.record({ do: fc.constant('clear' as const), which, to: fc.constant(0) }),
    fc.record({ do: fc.constant('advance' as const), which, to: fc.nat(200) }),
  );
  fc.assert(
    fc.property(fc.array(command, { maxLength: 60, size: 'max' }), (commands) => {
      const { clock, keeper, log, bell } = bench();
      const bells = Array.from({ length: 10 }, (_, at) => bell(String(at)));
      /** The expected time of each alarm, and the time of its `set`. */
      const model = new Map<string, { at: number; since: number }>();
      let now = 0;
      for (const { do: what, which: index, to } of commands) {
        const alarm = bells[index] as Bell;
        if (what === 'set') {
          keeper.set(alarm, now + to);
          model.set(String(index), { at: now + to, since: now });
        } else if (what === 'clear') {
          keeper.clear(alarm);
          model.delete(String(index));
        } else {
          log.length = 0;
          clock.advance(to);
          now += to;
          const due = [...model].filter(([, { at }]) => at <= now);
          const expected = due.map(([name, { at, since }]) => [
            name,
            Math.max(at, since),
            Math.max(0, since - at),
          ]);
          expect([...log].sort()).toEqual(expected.sort());
          expect(log.map(([, at]) => at)).toEqual(log.map(([, at]) => at).sort((a, b) => a - b));
          for (const [name] of due) model.delete(name);
        }
        expect(keeper.size).toBe(model.size);
        expect(clock.pending).toBeLessThanOrEqual(1);
        if (model.size === 0) expect(clock.pending).toBe(0);
      }
    }),
  );
});

describe('timekeeper: a wall clock that jumps while no timer is due', () => {
  /** A clock with a second of its own, which `pass` lets go by. */
  function watched() {
    const inner = virtualClock();
    const callers = new Set<() => void>();
    const clock: Clock = {
      scheduler: inner.scheduler,
      random: inner.random,
      wall: () => inner.wall(),
      afterIo: (fn) => inner.afterIo(fn),
      eachSecond: (fn) => {
        callers.add(fn);
        return () => callers.delete(fn);
      },
    };
    return { inner, clock, callers };
  }

  test('is noticed within a second, and once', () => {
    const { inner, clock, callers } = watched();
    const keeper = new Timekeeper(clock);
    let jumps = 0;
    keeper.onJump = () => jumps++;
    keeper.set({ at: 0, slot: -1, ring: () => undefined }, 60_000);
    inner.advance(1000);
    for (const each of callers) each();
    inner.jumpWall(3_600_000);
    for (const each of callers) each();
    for (const each of callers) each();
    expect(jumps).toBe(1);
  });

  test('is watched while an alarm is set, and no longer', () => {
    const { clock, callers } = watched();
    const keeper = new Timekeeper(clock);
    expect(callers.size).toBe(0);
    const alarm = { at: 0, slot: -1, ring: () => undefined };
    keeper.set(alarm, 1000);
    keeper.set(alarm, 2000);
    expect(callers.size).toBe(1);
    keeper.clear(alarm);
    expect(callers.size).toBe(0);
  });

  test('before an alarm was set again is no jump', () => {
    const { inner, clock } = watched();
    const keeper = new Timekeeper(clock);
    let jumps = 0;
    keeper.onJump = () => jumps++;
    const alarm = { at: 0, slot: -1, ring: () => undefined };
    keeper.set(alarm, 1000);
    keeper.clear(alarm);
    inner.jumpWall(3_600_000);
    keeper.set(alarm, 2000);
    expect(jumps).toBe(0);
  });

  test('is looked for by intervals that do not keep the process alive', () => {
    const before = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const ends = [systemClock.eachSecond?.(() => {}), systemClock.eachSecond?.(() => {})];
    const during = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    for (const end of ends) end?.();
    expect(ends.every((end) => typeof end === 'function')).toBe(true);
    expect(during).toBe(before);
  });
});
