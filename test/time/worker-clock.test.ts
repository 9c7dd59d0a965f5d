import { afterEach, describe, expect, test, vi } from 'vitest';
import { ConfigError } from '../../src/base/errors.ts';
import { type WorkerClockOptions, workerClock } from '../../src/time/worker-clock.ts';

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A worker that ticks when the test has it. */
class FakeWorker extends EventTarget {
  static latest: FakeWorker;
  readonly posted: (readonly number[])[] = [];
  terminated = false;

  constructor() {
    super();
    FakeWorker.latest = this;
  }

  /** The timer of that number is due. */
  tick(data: number): void {
    this.dispatchEvent(Object.assign(new Event('message'), { data }));
  }

  fail(message?: string): void {
    this.dispatchEvent(Object.assign(new Event('error'), { message }));
  }

  postMessage(message: readonly number[]): void {
    this.posted.push(message);
  }

  terminate(): void {
    this.terminated = true;
  }
}

function clockWith(Worker: unknown) {
  vi.useFakeTimers();
  vi.stubGlobal('Worker', Worker);
  const errors: string[] = [];
  const clock = workerClock({ url: '/clock.js', onError: ({ message }) => errors.push(message) });
  return { clock, errors };
}

describe('worker clock', () => {
  test('a tick of the worker runs the work once, with its state, before the late timer of the page', () => {
    const { clock } = clockWith(FakeWorker);
    const work = vi.fn();
    clock.scheduler.schedule(work, 1000, 'kept');
    FakeWorker.latest.tick(1);
    vi.advanceTimersByTime(5000);
    expect(work.mock.calls).toEqual([['kept']]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('a subscription that ends clears both timers', () => {
    const { clock } = clockWith(FakeWorker);
    const work = vi.fn();
    clock.scheduler.schedule(work, 1000).unsubscribe();
    FakeWorker.latest.tick(1);
    vi.advanceTimersByTime(5000);
    expect(FakeWorker.latest.posted).toEqual([[1, 1000], [1]]);
    expect([work.mock.calls.length, vi.getTimerCount()]).toEqual([0, 0]);
  });

  test('a worker that fails is reported once, and the timers of the page run', () => {
    const { clock, errors } = clockWith(FakeWorker);
    const work = vi.fn();
    clock.scheduler.schedule(work, 1000);
    FakeWorker.latest.fail('blocked by policy');
    vi.advanceTimersByTime(1000);
    expect(work).toHaveBeenCalledOnce();
    expect(FakeWorker.latest.terminated).toBe(true);
    expect(errors).toEqual([
      "workerClock: no worker runs /clock.js (blocked by policy); the page's own timers are used",
    ]);
  });

  test('a platform without workers is reported, and the timers of the page run', () => {
    const { clock, errors } = clockWith(undefined);
    const work = vi.fn();
    clock.scheduler.schedule(work, 1000);
    vi.advanceTimersByTime(1000);
    expect([work.mock.calls.length, errors.length]).toEqual([1, 1]);
  });

  test('a worker that was handed in ticks, and is ended by close()', () => {
    vi.useFakeTimers();
    vi.stubGlobal('Worker', undefined);
    const worker = new FakeWorker();
    const clock = workerClock({ worker });
    const work = vi.fn();
    clock.scheduler.schedule(work, 1000);
    worker.tick(1);
    clock.close();
    expect([work.mock.calls.length, worker.terminated]).toEqual([1, true]);
  });

  test.each<readonly [what: string, options: WorkerClockOptions & { worker?: FakeWorker }, why: string]>([
    ['a worker that was handed in', { worker: new FakeWorker() }, 'the worker handed in does not run'],
    ['a script', { url: '/clock.js' }, 'no worker runs /clock.js'],
    [
      'a blob',
      {},
      'no worker runs a blob, which needs `worker-src blob:` in a content security policy, or the option `worker`',
    ],
  ])('an error of %s without a message says that it was blocked or not found', (_what, options, why) => {
    vi.stubGlobal('Worker', FakeWorker);
    const onError = vi.fn();
    workerClock({ ...options, onError });
    (options.worker ?? FakeWorker.latest).fail();
    expect(onError.mock.calls).toEqual([
      [new Error(`workerClock: ${why} (blocked, or not found); the page's own timers are used`)],
    ]);
  });

  test('a worker beside a URL is refused', () => {
    expect(() => workerClock({ worker: new FakeWorker(), url: '/clock.js' })).toThrow(ConfigError);
  });

  test('close() ends the worker, and the timers of the page go on', () => {
    const { clock, errors } = clockWith(FakeWorker);
    const work = vi.fn();
    clock.scheduler.schedule(work, 1000);
    clock.close();
    vi.advanceTimersByTime(1000);
    expect(FakeWorker.latest.terminated).toBe(true);
    expect([work.mock.calls.length, errors]).toEqual([1, []]);
  });
});
