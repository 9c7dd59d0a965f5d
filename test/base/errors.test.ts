import * as fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import {
  ConfigError,
  ConnectionClosedError,
  DeliveryError,
  describeProblem,
  HoldfastError,
  isHoldfastError,
} from '../../src/base/errors.ts';
import type { Exit } from '../../src/policy/exits.ts';

const cause = new Error('the cause');
const exit: Exit = { reason: 'reset', class: 'retryable', at: 0, livedMs: 0, proved: false, error: cause };

describe('each error', () => {
  test.each<[string, HoldfastError, code: string, message: string, cause: unknown]>([
    ['HoldfastError', new HoldfastError('id-in-use', 'taken', { cause }), 'id-in-use', 'taken', cause],
    [
      'ConfigError',
      new ConfigError([{ path: 'a.b', value: 1, expected: 'two' }]),
      'bad-config',
      'a.b: 1 is not valid; expected two',
      undefined,
    ],
    [
      'DeliveryError',
      new DeliveryError('expired', 'too late', { cause }),
      'not-delivered',
      'too late',
      cause,
    ],
    [
      'ConnectionClosedError',
      new ConnectionClosedError('feed', exit),
      'closed',
      'connection feed ended: reset',
      cause,
    ],
  ])('%s has a name, a code, a message and a cause', (name, error, code, message, expectedCause) => {
    expect([error.name, error.code, error.message, error.cause]).toEqual([
      name,
      code,
      message,
      expectedCause,
    ]);
    expect(error).toBeInstanceOf(Error);
    expect(isHoldfastError(error)).toBe(true);
  });

  test('carries its own fields: problems, outcome, exit', () => {
    const problems = [{ path: 'a', value: 1, expected: 'b' }];
    expect(new ConfigError(problems).problems).toEqual(problems);
    expect(new DeliveryError('evicted', '').outcome).toBe('evicted');
    expect(new ConnectionClosedError('feed', exit).exit).toBe(exit);
  });
});

describe('isHoldfastError', () => {
  test('accepts errors of another copy of the package', async () => {
    vi.resetModules();
    const copy = await import('../../src/base/errors.ts');
    const error = new copy.DeliveryError('expired', 'too late');
    expect(error).not.toBeInstanceOf(HoldfastError);
    expect(isHoldfastError(error)).toBe(true);
  });

  test.each([[cause], [null], [undefined], ['bad-config'], [7], [{}], [{ code: 'closed' }], [() => {}]])(
    'rejects %o',
    (value) => {
      expect(isHoldfastError(value)).toBe(false);
    },
  );

  test('never throws, for any value', () => {
    fc.assert(fc.property(fc.anything(), (value) => isHoldfastError(value) === false));
  });
});

describe('a described problem', () => {
  test.each<[unknown, string]>([
    ['soon', '"soon"'],
    ['', '""'],
    ['line\nbreak', '"line\\nbreak"'],
    [7, '7'],
    [Number.NaN, 'NaN'],
    [7n, '7'],
    [null, 'null'],
    [undefined, 'undefined'],
    [true, 'true'],
    [[1, 2], 'a list'],
    [{ password: 'secret' }, 'an object'],
    [Object.create(null), 'an object'],
    [Symbol('s'), 'Symbol(s)'],
    ['x'.repeat(80), `"${'x'.repeat(80)}"`],
    ['x'.repeat(81), `"${'x'.repeat(77)}..."`],
  ])('shows %o as %s', (value, shown) => {
    const problem = { path: 'a.b', value, expected: 'something else' };
    expect(describeProblem(problem)).toBe(`a.b: ${shown} is not valid; expected something else`);
  });

  test('is one line of the message of a ConfigError', () => {
    const problems = ['a', 'b'].map((path) => ({ path, value: 1, expected: '2' }));
    expect(new ConfigError(problems).message).toBe(
      'a: 1 is not valid; expected 2\nb: 1 is not valid; expected 2',
    );
  });
});
