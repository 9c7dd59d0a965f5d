/** XState's development build warns of events sent to actors that have ended. Here that is a failure. */
import { afterEach, beforeEach, expect, vi } from 'vitest';

beforeEach(() => {
  vi.spyOn(console, 'warn');
});

afterEach(() => {
  const warned = vi.mocked(console.warn).mock.calls;
  vi.restoreAllMocks();
  expect(warned).toEqual([]);
});
