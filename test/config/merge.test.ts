import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../src/base/errors.ts';
import { mergePolicy } from '../../src/config/merge.ts';
import { defaultPolicy, type Policy, type PolicyConfig } from '../../src/config/policy.ts';
import { almostDocument, anyDocument, at, leavesOf, pick, resolve } from './documents.ts';

const merge = (document: unknown, base?: Policy) => mergePolicy(document as PolicyConfig, base);
const outcome = (read: () => Policy): Policy | 'refused' => {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return 'refused';
  }
};

describe('mergePolicy and resolvePolicy', () => {
  test('mergePolicy and resolvePolicy read every valid document alike, over the defaults and over another document', () => {
    fc.assert(
      fc.property(anyDocument, anyDocument, (below, above) => {
        const base = resolve(below);
        expect(merge(below)).toEqual(base);
        expect(outcome(() => merge(above, base))).toEqual(outcome(() => resolve(above, base)));
      }),
      { numRuns: 500 },
    );
  });

  test('mergePolicy and resolvePolicy accept and refuse the same documents, over any policy', () => {
    let refused = 0;
    fc.assert(
      fc.property(almostDocument, anyDocument, (document, below) => {
        const base = resolve(below);
        const strict = outcome(() => resolve(document, base));
        if (strict === 'refused') refused++;
        expect(outcome(() => merge(document, base))).toEqual(strict);
      }),
      { numRuns: 3000 },
    );
    expect(refused).toBeGreaterThan(500);
  });

  test('mergePolicy and resolvePolicy accept and refuse the same value at every leaf', () => {
    const odd = [
      undefined,
      null,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      2 ** 53,
      10n,
      () => 1,
      new Date(0),
      [undefined, '1s'],
    ];
    const written = fc.oneof(fc.constantFrom<unknown>(...odd), fc.anything());
    const paths = ['$schema', 'profile', 'colour', ...leavesOf(defaultPolicy), 'reconnect.classes.refused'];
    fc.assert(
      fc.property(fc.constantFrom(...paths), written, (path, value) => {
        const document = at(path, value);
        expect(outcome(() => merge(document))).toEqual(outcome(() => resolve(document)));
      }),
      { numRuns: 3000 },
    );
  });

  test('mergePolicy and resolvePolicy share the groups of the base that a document leaves out', () => {
    for (const read of [merge, resolve]) {
      expect(read({}, defaultPolicy)).toBe(defaultPolicy);
      expect(read({ gate: { enabled: false } }, defaultPolicy).heartbeat).toBe(defaultPolicy.heartbeat);
    }
  });
});

describe('mergePolicy', () => {
  const problems = (document: unknown) => {
    try {
      merge(document);
    } catch (error) {
      return (error as ConfigError).problems.map(({ path, expected }) => `${path}: ${expected}`);
    }
    return [];
  };

  test.each<[unknown, ...string[]]>([
    [null, 'policy: an object'],
    [
      { heartbeats: {} },
      'heartbeats: one of the keys $schema, profile, heartbeat, deadlines, reconnect, endpoints, gate, outbox; did you mean `heartbeat`?',
    ],
    [{ gate: true }, 'gate: an object'],
    [{ profile: 'office' }, 'profile: one of lan, wan, mobile'],
    [{ heartbeat: { mode: 'ask' } }, 'heartbeat.mode: one of auto, probe, listen, announce'],
    [{ heartbeat: { interval: 'soon' } }, 'heartbeat.interval: a duration, 1 or more'],
    [
      { reconnect: { backoff: { type: 'x' } } },
      'reconnect.backoff.type: one of exponential, decorrelated, fixed, table',
    ],
    [{ reconnect: { backoff: { base: '9s', cap: 1 } } }, 'reconnect.backoff.cap: at least base (9000 ms)'],
    [
      { outbox: { messages: 0 }, deadlines: { close: null } },
      'deadlines.close: a duration, 1 or more',
      'outbox.messages: a count, 1 or more',
    ],
  ])('mergePolicy names path and expectation of %j', (document, ...expected) => {
    expect(problems(document)).toEqual(expected);
  });

  test('mergePolicy refuses values that are no number, where a number is expected', () => {
    const wrong = [Number.NaN, Number.POSITIVE_INFINITY, -1, '', {}, [], () => 1, 5n];
    for (const path of leavesOf(defaultPolicy).filter(
      (leaf) => typeof pick(defaultPolicy, leaf) === 'number',
    )) {
      for (const value of wrong) expect(problems(at(path, value))).toHaveLength(1);
    }
  });

  test('mergePolicy reports __proto__ as an unknown key and changes no prototype', () => {
    for (const place of ['', 'heartbeat.', 'reconnect.classes.', 'reconnect.backoff.']) {
      const json = JSON.stringify(at(`${place}KEY`, { polluted: true })).replace('KEY', '__proto__');
      expect(problems(JSON.parse(json))).toEqual([
        expect.stringContaining(`${place}__proto__: one of the keys`),
      ]);
    }
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});
