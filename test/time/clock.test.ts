import { interval } from 'rxjs';
import { afterEach, describe, expect, test, vi } from 'vitest';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

/** The clock as a platform without `setImmediate` gets it. */
async function browserClock() {
  vi.stubGlobal('setImmediate', undefined);
  vi.resetModules();
  const { systemClock } = await import('../../src/time/clock.ts');
  return systemClock;
}

describe('where there is no setImmediate', () => {
  test('afterIo is a task of its own: promises continue before it', async () => {
    const clock = await browserClock();
    const order: string[] = [];
    await new Promise<void>((done) => {
      clock.afterIo(() => {
        order.push('task');
        done();
      });
      queueMicrotask(() => order.push('microtask'));
    });
    expect(order).toEqual(['microtask', 'task']);
  });

  test('a late timer is followed by a second of grace', async () => {
    expect((await browserClock()).graceMs).toBe(1000);
  });
});

test('in Node a late timer needs no grace', async () => {
  const { systemClock } = await import('../../src/time/clock.ts');
  expect(systemClock.graceMs).toBeUndefined();
});

test('monotonic time does not follow the wall clock', async () => {
  const { systemClock } = await import('../../src/time/clock.ts');
  const before = systemClock.scheduler.now();
  vi.spyOn(Date, 'now').mockReturnValue(0);
  expect(systemClock.scheduler.now()).toBeGreaterThanOrEqual(before);
  expect(systemClock.wall()).toBe(0);
  vi.restoreAllMocks();
});

describe('the scheduler of the system', () => {
  afterEach(() => vi.useRealTimers());

  async function scheduler() {
    vi.useFakeTimers();
    return (await import('../../src/time/clock.ts')).systemClock.scheduler;
  }

  test('works for the operators of RxJS, which schedule their action again', async () => {
    const seen: number[] = [];
    const ticks = interval(10, await scheduler()).subscribe((n) => seen.push(n));
    vi.advanceTimersByTime(35);
    ticks.unsubscribe();
    vi.advanceTimersByTime(100);
    expect(seen).toEqual([0, 1, 2]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('runs work once, with its state, and not after it was taken back', async () => {
    const { schedule } = await scheduler();
    const work = vi.fn();
    const kept = schedule(work, 10, 'kept');
    const taken = schedule(work, 10, 'taken');
    taken.unsubscribe();
    vi.advanceTimersByTime(100);
    expect(work.mock.calls).toEqual([['kept']]);
    expect([kept.closed, taken.closed]).toEqual([true, true]);
  });

  test('is over with work that throws', async () => {
    const { schedule } = await scheduler();
    const action = schedule(() => {
      throw new Error('on purpose');
    });
    expect(() => vi.advanceTimersByTime(1)).toThrow('on purpose');
    expect(action.closed).toBe(true);
  });

  test('does not come back to life once taken back', async () => {
    const { schedule } = await scheduler();
    const runs: number[] = [];
    schedule<number>(
      function (state = 0) {
        runs.push(state);
        this.unsubscribe();
        this.schedule(state + 1, 10);
      },
      10,
      0,
    );
    vi.advanceTimersByTime(100);
    expect(runs).toEqual([0]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
