import * as fc from 'fast-check';
import type { SchedulerAction, SchedulerLike, Subscription } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { type VirtualClock, virtualClock } from '../../src/testing/clock.ts';
import type { Clock } from '../../src/time/clock.ts';
import { type Alarm, Timekeeper } from '../../src/time/timekeeper.ts';

const never = Number.POSITIVE_INFINITY;

type Entry = [what: string, now: number, lateMs: number];

interface Bench {
  readonly clock: VirtualClock;
  readonly keeper: Timekeeper;
  /** What rang and what was confirmed, in order. */
  readonly log: Entry[];
  bell(name: string, onRing?: (bell: Alarm, now: number, lateMs: number) => void): Alarm;
}

function bench(clock = virtualClock(), seen: Clock = clock): Bench {
  const keeper = new Timekeeper(seen);
  const log: Entry[] = [];
  const bell: Bench['bell'] = (name, onRing) => ({
    at: never,
    slot: -1,
    ring(now, lateMs) {
      log.push([name, now, lateMs]);
      onRing?.(this, now, lateMs);
    },
    confirm: (now, lateMs) => void log.push([`${name} confirmed`, now, lateMs]),
  });
  return { clock, keeper, log, bell };
}

/** The same clock, with a list of the delays that were asked of it. */
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

describe('alarms', () => {
  test('ring in the order of their times, however they were set', () => {
    const { clock, keeper, log, bell } = bench();
    for (const at of [300, 100, 200]) keeper.set(bell(`at ${at}`), at);
    clock.advance(1000);
    expect(log).toEqual([
      ['at 100', 100, 0],
      ['at 200', 200, 0],
      ['at 300', 300, 0],
    ]);
  });

  test('do not ring before their time', () => {
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
    ['to where they were', 100, 100],
  ])('can be moved %s', (_title, from, to) => {
    const { clock, keeper, log, bell } = bench();
    const alarm = bell('a');
    keeper.set(alarm, from);
    keeper.set(alarm, to);
    clock.advance(1000);
    expect(log).toEqual([['a', to, 0]]);
  });

  test('can be moved past one another', () => {
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

  test('that were cleared stay silent, and a second clearing does no harm', () => {
    const { clock, keeper, log, bell } = bench();
    const [a, b] = [bell('a'), bell('b')];
    keeper.set(a, 100);
    keeper.set(b, 200);
    keeper.clear(a);
    keeper.clear(a);
    clock.advance(1000);
    expect(log).toEqual([['b', 200, 0]]);
  });

  test('set to infinity are cleared', () => {
    const { clock, keeper, log, bell } = bench();
    const alarm = bell('a');
    keeper.set(alarm, 100);
    keeper.set(alarm, never);
    clock.advance(1000);
    expect([log, keeper.size, clock.pending]).toEqual([[], 0, 0]);
  });

  test('that were never set can be cleared', () => {
    const { keeper, bell } = bench();
    keeper.clear(bell('a'));
    keeper.set(bell('a'), never);
    expect(keeper.size).toBe(0);
  });

  test('can be cleared by one that rings at the same time', () => {
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

  test('can be set again once they rang', () => {
    const { clock, keeper, log, bell } = bench();
    const alarm = bell('a', (self, now) => now < 300 && keeper.set(self, now + 100));
    keeper.set(alarm, 100);
    clock.advance(1000);
    expect(log.map(([, now]) => now)).toEqual([100, 200, 300]);
    expect(clock.pending).toBe(0);
  });

  test('between two milliseconds ring at the next one, and are not late', () => {
    const { clock, keeper, log, bell } = bench();
    keeper.set(bell('a'), 100.25);
    clock.advance(1000);
    expect(log).toEqual([['a', 101, 0]]);
  });

  test('are never early, also when the clock stands between two milliseconds', () => {
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

  test('are told whole milliseconds', () => {
    const { clock, keeper } = bench();
    clock.advance(50.75);
    expect([keeper.now(), keeper.exactNow()]).toEqual([50, 50.75]);
  });
});

describe('a late alarm', () => {
  test('is told by how much', () => {
    const { clock, keeper, log, bell } = bench();
    for (const at of [100, 200]) keeper.set(bell(`at ${at}`), at);
    clock.stall(5000);
    expect(log).toEqual([
      ['at 100', 5000, 4900],
      ['at 200', 5000, 4800],
    ]);
  });

  test('that was set for the past rings at once, not inside the call', () => {
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

  test('that sets itself for the past again and again lets everybody else have a turn', () => {
    const { clock, keeper, log, bell } = bench();
    const turns: number[] = [];
    const eager = bell('eager', (self, now) => log.length < 50 && keeper.set(self, now));
    keeper.set(eager, 10);
    clock.scheduler.schedule(() => clock.scheduler.schedule(() => turns.push(log.length)), 10);
    clock.advance(10);
    expect(log).toHaveLength(50);
    expect(turns[0]).toBeLessThan(50);
  });
});

describe('the clock', () => {
  test('holds one action for any number of alarms, and none without', () => {
    const { clock, keeper, bell } = bench();
    const alarms = Array.from({ length: 100 }, (_, at) => bell(String(at)));
    alarms.forEach((alarm, at) => {
      keeper.set(alarm, 1000 - at);
      expect(clock.pending).toBe(1);
    });
    for (const alarm of alarms) keeper.clear(alarm);
    expect(clock.pending).toBe(0);
  });

  test('is not asked again for alarms that come later than the next one', () => {
    const clock = virtualClock();
    const { seen, delays } = listening(clock);
    const { keeper, bell } = bench(clock, seen);
    for (const at of [100, 200, 300, 100]) keeper.set(bell('a'), at);
    expect(delays).toEqual([100]);
  });

  test('is never asked for more than a timer holds, and a long wait is as long as it should be', () => {
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

  test('takes a near alarm in the middle of a long wait', () => {
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

describe('a second look', () => {
  test('comes after the input that was waiting, and after all other alarms that are due', () => {
    const { clock, keeper, log, bell } = bench();
    const looker = bell('a', (self, now, lateMs) => {
      keeper.lookAgain(self, now, lateMs);
      clock.scheduler.schedule(() => log.push(['input', clock.scheduler.now(), 0]));
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

  test('is never taken inside the ring', () => {
    const { clock, keeper, log, bell } = bench();
    const looker = bell('a', (self, now, lateMs) => {
      keeper.lookAgain(self, now, lateMs);
      log.push(['ring ends', now, lateMs]);
    });
    keeper.set(looker, 100);
    clock.advance(100);
    expect(log.map(([what]) => what)).toEqual(['a', 'ring ends', 'a confirmed']);
  });

  test('remembers how late the alarm was', () => {
    const { clock, keeper, log, bell } = bench();
    keeper.set(
      bell('a', (self, now, lateMs) => keeper.lookAgain(self, now, lateMs)),
      100,
    );
    clock.stall(400);
    expect(log.at(-1)).toEqual(['a confirmed', 400, 300]);
  });

  test('counts its own delay too', () => {
    const { clock, keeper, log, bell } = bench();
    const looker = bell('a', (self, now, lateMs) => {
      keeper.lookAgain(self, now, lateMs);
      clock.stall(250);
    });
    keeper.set(looker, 100);
    clock.advance(1000);
    expect(log.at(-1)).toEqual(['a confirmed', 350, 250]);
  });

  test('is one for all who asked, in the order in which they did', () => {
    const { clock, keeper, log, bell } = bench();
    let looks = 0;
    const counted: Clock = {
      ...clock,
      scheduler: clock.scheduler,
      afterIo: (fn) => {
        looks++;
        clock.afterIo(fn);
      },
    };
    const other = new Timekeeper(counted);
    for (const name of ['a', 'b', 'c']) other.lookAgain(bell(name), 0, 0);
    clock.advance(0);
    expect(log.map(([what]) => what)).toEqual(['a confirmed', 'b confirmed', 'c confirmed']);
    expect([looks, keeper.size]).toEqual([1, 0]);
  });

  test('can ask for another one', () => {
    const { clock, keeper } = bench();
    let looks = 0;
    const curious: Alarm = {
      at: never,
      slot: -1,
      ring() {},
      confirm(now) {
        if (++looks < 3) keeper.lookAgain(this, now, 0);
      },
    };
    keeper.lookAgain(curious, 0, 0);
    clock.advance(0);
    expect(looks).toBe(3);
  });
});

test('any alarms set, moved and cleared at any time ring once each, in order, and on time', () => {
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
      /** When each should ring, and since when it has waited. */
      const model = new Map<string, { at: number; since: number }>();
      let now = 0;
      for (const { do: what, which: index, to } of commands) {
        const alarm = bells[index] as Alarm;
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
