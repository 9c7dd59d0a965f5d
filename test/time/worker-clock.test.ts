import { afterEach, describe, expect, test, vi } from 'vitest';
import { workerClock } from '../../src/time/worker-clock.ts';

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A worker that ticks when the test has it. */
class FakeWorker {
  static latest: FakeWorker;
  onmessage: ((event: { data: number }) => void) | null = null;
  onerror: ((event: { message: string; preventDefault(): void }) => void) | null = null;
  readonly posted: (readonly number[])[] = [];
  terminated = false;

  constructor() {
    FakeWorker.latest = this;
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
    FakeWorker.latest.onmessage?.({ data: 1 });
    vi.advanceTimersByTime(5000);
    expect(work.mock.calls).toEqual([['kept']]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('a subscription that ends clears both timers', () => {
    const { clock } = clockWith(FakeWorker);
    const work = vi.fn();
    clock.scheduler.schedule(work, 1000).unsubscribe();
    FakeWorker.latest.onmessage?.({ data: 1 });
    vi.advanceTimersByTime(5000);
    expect(FakeWorker.latest.posted).toEqual([[1, 1000], [1]]);
    expect([work.mock.calls.length, vi.getTimerCount()]).toEqual([0, 0]);
  });

  test('a worker that fails is reported once, and the timers of the page run', () => {
    const { clock, errors } = clockWith(FakeWorker);
    const work = vi.fn();
    clock.scheduler.schedule(work, 1000);
    FakeWorker.latest.onerror?.({ message: 'blocked by policy', preventDefault: () => {} });
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
