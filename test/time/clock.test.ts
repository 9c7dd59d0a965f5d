import { interval } from 'rxjs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { virtualClock } from '../../src/testing/clock.ts';
import { ioScheduler } from '../../src/time/clock.ts';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

/** The system clock of a platform without `setImmediate`. */
async function browserClock() {
  vi.stubGlobal('setImmediate', undefined);
  vi.resetModules();
  const { systemClock } = await import('../../src/time/clock.ts');
  return systemClock;
}

describe('system clock: without setImmediate', () => {
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

  test('without MessageChannel either, as in jsdom under Jest, afterIo is a timer', async () => {
    vi.stubGlobal('MessageChannel', undefined);
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

  describe('with timers that fire in one turn', () => {
    afterEach(() => vi.useRealTimers());

    /** Timers are faked, message ports are not: the task follows both timers, and not one of them. */
    async function schedulerAfterTimers() {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
      const { scheduler, afterIo } = await browserClock();
      const nextTask = () => new Promise<void>((done) => afterIo(done));
      return { scheduler, nextTask };
    }

    test('a timer runs its work in a task of its own, so that hidden pages see no chain of timers', async () => {
      const { scheduler, nextTask } = await schedulerAfterTimers();
      const order: string[] = [];
      scheduler.schedule((state) => order.push(`work ${state}`), 10, 'kept');
      setTimeout(() => order.push('timer set later, for the same time'), 10);
      vi.advanceTimersByTime(10);
      expect(order).toEqual(['timer set later, for the same time']);
      await nextTask();
      expect(order).toEqual(['timer set later, for the same time', 'work kept']);
    });

    test('work whose subscription ends between its timer and its task does not run', async () => {
      const { scheduler, nextTask } = await schedulerAfterTimers();
      const runs: number[] = [];
      const ended = scheduler.schedule(() => runs.push(1), 10);
      setTimeout(() => ended.unsubscribe(), 10);
      vi.advanceTimersByTime(10);
      await nextTask();
      expect(runs).toEqual([]);
    });
  });

  test('its scheduler drives the operators of RxJS, which schedule their action again', async () => {
    const { scheduler } = await browserClock();
    const seen: number[] = [];
    await new Promise<void>((done) => {
      const ticks = interval(1, scheduler).subscribe((n) => {
        seen.push(n);
        if (n === 2) ticks.unsubscribe();
        if (n === 2) done();
      });
    });
    expect(seen).toEqual([0, 1, 2]);
  });

  test('the grace after a late timer is 1000 ms', async () => {
    expect((await browserClock()).graceMs).toBe(1000);
  });
});

test('system clock: in Node there is no grace after a late timer', async () => {
  const { systemClock } = await import('../../src/time/clock.ts');
  expect(systemClock.graceMs).toBeUndefined();
});

test('system clock: monotonic time does not follow the wall clock', async () => {
  const { systemClock } = await import('../../src/time/clock.ts');
  const before = systemClock.scheduler.now();
  vi.spyOn(Date, 'now').mockReturnValue(0);
  expect(systemClock.scheduler.now()).toBeGreaterThanOrEqual(before);
  expect(systemClock.wall()).toBe(0);
  vi.restoreAllMocks();
});

describe('system clock: its scheduler', () => {
  afterEach(() => vi.useRealTimers());

  async function scheduler() {
    vi.useFakeTimers();
    return (await import('../../src/time/clock.ts')).systemClock.scheduler;
  }

  test('drives the operators of RxJS, which schedule their action again', async () => {
    const seen: number[] = [];
    const ticks = interval(10, await scheduler()).subscribe((n) => seen.push(n));
    vi.advanceTimersByTime(35);
    ticks.unsubscribe();
    vi.advanceTimersByTime(100);
    expect(seen).toEqual([0, 1, 2]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('runs work once, with its state, and not after its subscription ended', async () => {
    const { schedule } = await scheduler();
    const work = vi.fn();
    schedule(work, 10, 'kept');
    schedule(work, 10, 'taken back').unsubscribe();
    vi.advanceTimersByTime(100);
    expect(work.mock.calls).toEqual([['kept']]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('ends an action whose work throws, and throws the error in the timer', async () => {
    const { schedule } = await scheduler();
    const action = schedule(() => {
      throw new Error('on purpose');
    });
    expect(() => vi.advanceTimersByTime(1)).toThrow('on purpose');
    expect(action.closed).toBe(true);
  });

  test('ignores a `schedule` of an action whose subscription ended', async () => {
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

describe('ioScheduler', () => {
  test('runs work after I/O, with its state, and not after its subscription ended', () => {
    const clock = virtualClock();
    const log: unknown[] = [];
    const io = ioScheduler(clock);
    clock.scheduler.schedule(() => log.push('timer'));
    io.schedule((state) => log.push(state), 0, 'io');
    io.schedule((state) => log.push(state), 0, 'taken back').unsubscribe();
    clock.advance(0);
    expect(log).toEqual(['timer', 'io']);
  });

  test('drives operators that schedule their action again, on the time of the clock', () => {
    const clock = virtualClock();
    const seen: number[] = [];
    clock.advance(70);
    const ticks = interval(0, ioScheduler(clock)).subscribe((n) => {
      seen.push(n);
      if (n === 2) ticks.unsubscribe();
    });
    clock.advance(0);
    expect([seen, ioScheduler(clock).now(), clock.pending]).toEqual([[0, 1, 2], 70, 0]);
  });
});
