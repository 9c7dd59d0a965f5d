import { afterEach, describe, expect, test, vi } from 'vitest';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

/** The clock as a platform without `setImmediate` gets it. */
async function browserClock() {
  vi.stubGlobal('setImmediate', undefined);
  vi.resetModules();
  const { systemClock } = await import('../src/clock.ts');
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
  const { systemClock } = await import('../src/clock.ts');
  expect(systemClock.graceMs).toBeUndefined();
});

test('monotonic time does not follow the wall clock', async () => {
  const { systemClock } = await import('../src/clock.ts');
  const before = systemClock.scheduler.now();
  vi.spyOn(Date, 'now').mockReturnValue(0);
  expect(systemClock.scheduler.now()).toBeGreaterThanOrEqual(before);
  expect(systemClock.wall()).toBe(0);
  vi.restoreAllMocks();
});
