import { interval, timer } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { type VirtualClock, virtualClock } from '../../src/testing/clock.ts';

/** A clock and a list of what happened at which time. */
function setUp(seed?: number): {
  clock: VirtualClock;
  log: string[];
  at: (ms: number, name: string) => void;
  note: (name: string) => void;
} {
  const clock = virtualClock(seed === undefined ? {} : { seed });
  const log: string[] = [];
  const note = (name: string): void => void log.push(`${clock.scheduler.now()} ${name}`);
  const at = (ms: number, name: string): void => void clock.scheduler.schedule(() => note(name), ms);
  return { clock, log, at, note };
}

describe('virtual clock advance()', () => {
  test('runs due callbacks in order of time, then of scheduling', () => {
    const { clock, log, at } = setUp();
    at(20, 'c');
    at(10, 'a');
    at(10, 'b');
    at(21, 'never');
    clock.advance(20);
    expect(log).toEqual(['10 a', '10 b', '20 c']);
  });

  test('runs callbacks scheduled meanwhile, if they fall due', () => {
    const { clock, log, at, note } = setUp();
    clock.scheduler.schedule(() => at(5, 'second'), 5);
    clock.advance(10);
    note('end');
    expect(log).toEqual(['10 second', '10 end']);
  });

  test('drives the timers of RxJS', () => {
    const { clock, log, note } = setUp();
    const ticks = interval(100, clock.scheduler).subscribe((n) => note(`tick ${n}`));
    timer(250, clock.scheduler).subscribe(() => ticks.unsubscribe());
    clock.advance(1000);
    expect(log).toEqual(['100 tick 0', '200 tick 1']);
  });

  test('throws the error of a callback, and keeps the other callbacks', () => {
    const { clock, log, at } = setUp();
    clock.scheduler.schedule(() => {
      throw new Error('oops');
    }, 1);
    at(2, 'next');
    expect(() => clock.advance(5)).toThrow('oops');
    clock.advance(5);
    expect(log).toEqual(['2 next']);
  });

  test('refuses to run inside a callback', () => {
    const { clock } = setUp();
    clock.scheduler.schedule(() => clock.advance(1), 1);
    expect(() => clock.advance(5)).toThrow('cannot be advanced');
  });

  test('never moves time back, for any delay', () => {
    const { clock, log, at } = setUp();
    clock.advance(10);
    at(-7, 'overdue');
    clock.advance(0);
    expect(log).toEqual(['10 overdue']);
  });
});

describe('virtual clock pending', () => {
  test('counts scheduled timers, without those that ran or were cancelled', () => {
    const { clock, at } = setUp();
    at(1, 'runs');
    at(9, 'stays');
    clock.scheduler.schedule(() => {}, 9).unsubscribe();
    clock.advance(1);
    expect(clock.pending).toBe(1);
  });
});

describe('virtual clock run()', () => {
  test('continues promises at the time of the callback that resolved them', async () => {
    const { clock, log, at, note } = setUp();
    const wait = (ms: number): Promise<void> =>
      new Promise((resolve) => clock.scheduler.schedule(() => resolve(), ms));
    const script = async (): Promise<void> => {
      await wait(10);
      note('one');
      await wait(10);
      note('two');
    };
    void script();
    at(10, 'after one');
    await clock.run(30);
    expect(log).toEqual(['10 one', '10 after one', '20 two']);
  });

  test('ends at the requested time', async () => {
    const { clock } = setUp();
    await clock.run(70);
    expect(clock.scheduler.now()).toBe(70);
  });

  test('rejects with the error of a callback', async () => {
    const { clock } = setUp();
    clock.scheduler.schedule(() => {
      throw new Error('oops');
    });
    await expect(clock.settle()).rejects.toThrow('oops');
  });
});

test('virtual clock: settle() runs chains of promises and immediate timers without time passing', async () => {
  const { clock, log, at } = setUp();
  void Promise.resolve()
    .then(() => {})
    .then(() => at(0, 'chained'));
  at(1, 'later');
  await clock.settle();
  expect(log).toEqual(['0 chained']);
});

describe('virtual clock stall()', () => {
  test('runs due callbacks late, in order, at the time after the stall', () => {
    const { clock, log, at } = setUp();
    at(30, 'b');
    at(10, 'a');
    at(101, 'not yet');
    clock.stall(100);
    expect(log).toEqual(['100 a', '100 b']);
  });

  test('runs afterIo after every timer that fell due', () => {
    const { clock, log, at, note } = setUp();
    clock.scheduler.schedule(() => clock.afterIo(() => note('io')), 10);
    at(90, 'timer');
    clock.stall(100);
    expect(log).toEqual(['100 timer', '100 io']);
  });

  test('inside a callback lets that callback finish first', () => {
    const { clock, log, at, note } = setUp();
    clock.scheduler.schedule(() => {
      clock.stall(100);
      note('busy until now');
    }, 10);
    at(20, 'late');
    clock.advance(10);
    expect(log).toEqual(['110 busy until now', '110 late']);
  });
});

describe('virtual wall clock', () => {
  test('advances with monotonic time, and jumps alone', () => {
    const { clock } = setUp();
    const start = clock.wall();
    clock.advance(5);
    clock.jumpWall(3_600_000);
    expect([clock.wall() - start, clock.scheduler.now()]).toEqual([3_600_005, 5]);
  });

  test('starts at the same time in each run', () => {
    expect(new Date(virtualClock().wall()).toISOString()).toBe('2024-01-01T00:00:00.000Z');
  });
});

describe('virtual clock random()', () => {
  const draw = (seed?: number): number[] => Array.from({ length: 1000 }, setUp(seed).clock.random);

  test('repeats for a seed, and differs between seeds', () => {
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  test('is uniform in [0, 1)', () => {
    const drawn = draw();
    expect(drawn.every((x) => x >= 0 && x < 1)).toBe(true);
    expect(drawn.reduce((sum, x) => sum + x) / drawn.length).toBeCloseTo(0.5, 1);
  });
});
