/** The class of an exit by policy, and the fatal exits of an endpoint that are retried. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ClassPolicy,
  classOf,
  forgiven,
  judged,
  type Standing,
  unknownStanding,
} from '../../src/policy/classes.ts';
import { type ExitReason, reasonClasses } from '../../src/policy/exits.ts';

const policy: ClassPolicy = { classes: {}, codes: {}, pardons: 5 };
const wasStable: Standing = { stable: true, pardoned: 0, refused: false };

interface Course {
  readonly reason?: ExitReason;
  readonly code?: string | number;
  readonly proved?: boolean;
  readonly policy?: Partial<ClassPolicy>;
  readonly from?: Standing;
  /** A function provides the credentials. */
  readonly asksAgain?: boolean;
}

/** How many exits of the same kind in a row are retried; 20 stands for all. */
function retriesOf({ reason = 'unauthorized', code, proved = false, asksAgain = false, ...rest }: Course) {
  let standing = rest.from ?? unknownStanding;
  for (let retries = 0; retries < 20; retries++) {
    const exit = { reason, proved, ...(code !== undefined && { code }) };
    const after = judged(standing, exit, { ...policy, ...rest.policy }, false, asksAgain);
    if (after.class === 'fatal') return retries;
    standing = after.standing;
  }
  return 20;
}

describe('pardons: retries of', () => {
  test.each<[string, number, Course]>([
    ['unauthorized, never stable, static secret', 0, {}],
    ['unauthorized, never stable, credentials by a function', 1, { asksAgain: true }],
    ['unauthorized, stable before, static secret', 5, { from: wasStable }],
    ['unauthorized, stable before, credentials by a function', 1, { from: wasStable, asksAgain: true }],
    ['protocol-error, never stable', 0, { reason: 'protocol-error' }],
    [
      'protocol-error, never stable, credentials by a function',
      0,
      { reason: 'protocol-error', asksAgain: true },
    ],
    ['protocol-error, stable before', 5, { reason: 'protocol-error', from: wasStable }],
    ['certificate, stable before', 5, { reason: 'certificate', from: wasStable }],
    [
      'certificate, stable before, two pardons',
      2,
      { reason: 'certificate', from: wasStable, policy: { pardons: 2 } },
    ],
    [
      'certificate, stable before, no pardons',
      0,
      { reason: 'certificate', from: wasStable, policy: { pardons: 0 } },
    ],
    ['bad-config, stable before', 0, { reason: 'bad-config', from: wasStable }],
    ['message-too-big, stable before', 0, { reason: 'message-too-big', from: wasStable }],
    [
      'refused made fatal by classes, stable before',
      0,
      { reason: 'refused', from: wasStable, policy: { classes: { refused: 'fatal' } } },
    ],
    [
      '4004 made fatal by codes, stable before',
      0,
      { reason: 'closed-by-peer', code: 4004, from: wasStable, policy: { codes: { 4004: 'fatal' } } },
    ],
    [
      '1008 made fatal by codes, stable before',
      0,
      { code: 1008, from: wasStable, policy: { codes: { 1008: 'fatal' } } },
    ],
    ['unauthorized made retryable by classes', 20, { policy: { classes: { unauthorized: 'retryable' } } }],
    ['403 made retryable by codes', 20, { code: 403, policy: { codes: { 403: 'retryable' } } }],
    [
      'unauthorized named fatal by classes, as it is anyway, credentials by a function',
      1,
      { asksAgain: true, policy: { classes: { unauthorized: 'fatal' } } },
    ],
  ])('%s: %i', (_, retries, course) => {
    expect(retriesOf(course)).toBe(retries);
  });
});

describe('standing of an endpoint', () => {
  const fatal = { reason: 'certificate', proved: false } as const;
  const reset = { reason: 'reset', proved: false } as const;

  test('standing: only a stable incarnation starts the count of pardons over', () => {
    const one = judged(wasStable, fatal, policy, false, false).standing;
    expect(one).toEqual({ stable: true, pardoned: 1, refused: false });
    const between = judged(one, { ...reset, proved: true }, policy, false, false).standing;
    expect(between.pardoned).toBe(1);
    expect(judged(between, reset, policy, true, false).standing).toEqual(wasStable);
  });

  test('standing: a stable incarnation that ends with a fatal reason is the first of the pardoned', () => {
    expect(judged(unknownStanding, fatal, policy, true, false)).toEqual({
      class: 'retryable',
      standing: { stable: true, pardoned: 1, refused: false },
    });
  });

  test('standing: with credentials by a function an answer between two refusals starts the count over', () => {
    const exit = { reason: 'unauthorized', proved: false } as const;
    const one = judged(unknownStanding, exit, policy, false, true).standing;
    const between = judged(one, { ...reset, proved: true }, policy, false, true).standing;
    expect(judged(between, exit, policy, false, true).class).toBe('retryable');
    expect(judged(one, exit, policy, false, true).class).toBe('fatal');
  });

  test('standing: a fatal answer marks the endpoint until another exit there', () => {
    const { standing } = judged(unknownStanding, fatal, policy, false, false);
    expect(standing.refused).toBe(true);
    expect(judged(standing, reset, policy, false, false).standing.refused).toBe(false);
    expect(forgiven(standing)).toEqual(unknownStanding);
  });
});

describe('class by code', () => {
  const codes = {
    '4000-4999': 'normal',
    '4100-4199': 'retryable',
    4104: 'fatal',
    ECONNREFUSED: 'fatal',
  } as const;
  const by = (code: string | number | undefined, reason: ExitReason = 'closed-by-peer') =>
    classOf({ reason, ...(code !== undefined && { code }) }, { classes: {}, codes });

  test('class by code: a single code counts before a range, and the last of several ranges', () => {
    expect([4104, 4100, 4199, 4200, 4000].map((code) => by(code))).toEqual([
      'fatal',
      'retryable',
      'retryable',
      'normal',
      'normal',
    ]);
  });

  test('class by code: names of platform errors, and codes that are not listed', () => {
    expect(by('ECONNREFUSED', 'refused')).toBe('fatal');
    expect(by('ECONNRESET', 'reset')).toBe('retryable');
    expect(by('constructor', 'reset')).toBe('retryable');
    expect(by(undefined, 'reset')).toBe('retryable');
    expect(by(1008, 'unauthorized')).toBe('fatal');
  });

  test('class by code: codes count before classes, and closed-by-us keeps its own', () => {
    const both = { classes: { 'closed-by-peer': 'fatal' }, codes } as const;
    expect(classOf({ reason: 'closed-by-peer', code: 4200 }, both)).toBe('normal');
    expect(classOf({ reason: 'closed-by-us', code: 4104 }, both)).toBe('normal');
  });

  test('class by code: a code is moved by exactly the ranges that contain it', () => {
    const number = fc.integer({ min: 0, max: 5000 });
    fc.assert(
      fc.property(number, number, number, (a, b, code) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        const moved = classOf(
          { reason: 'reset', code },
          { classes: {}, codes: { [`${low}-${high}`]: 'fatal' } },
        );
        expect(moved).toBe(code >= low && code <= high ? 'fatal' : 'retryable');
      }),
    );
  });

  test('class by code: without codes and classes it is the class of the reason', () => {
    for (const [reason, known] of Object.entries(reasonClasses))
      expect(classOf({ reason: reason as ExitReason, code: 1 }, policy)).toBe(known);
  });
});
