import { describe, expect, test } from 'vitest';
import { silentLogger } from '../../src/base/log.ts';

describe('the silent logger', () => {
  test('has no level enabled, and accepts every call', () => {
    for (const level of ['trace', 'debug', 'info', 'warn', 'error'] as const) {
      expect(silentLogger.isLevelEnabled?.(level)).toBe(false);
      expect(silentLogger[level]({ event: 'state' }, 'a message')).toBeUndefined();
    }
  });

  test('returns itself as its child', () => {
    expect(silentLogger.child({ connection: 'feed' })).toBe(silentLogger);
  });
});
