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

describe('the reader for browsers and the strict one', () => {
  test('agree on every valid document, and on every second layer', () => {
    fc.assert(
      fc.property(anyDocument, anyDocument, (below, above) => {
        const base = resolve(below);
        expect(merge(below)).toEqual(base);
        expect(outcome(() => merge(above, base))).toEqual(outcome(() => resolve(above, base)));
      }),
      { numRuns: 500 },
    );
  });

  test('agree on what is no policy, and that `$schema` is no part of it', () => {
    let refused = 0;
    fc.assert(
      fc.property(almostDocument, (json) => {
        const { $schema: _, ...document } = { ...(json as { $schema?: unknown }) };
        const strict = outcome(() => resolve(document));
        if (strict === 'refused') refused++;
        expect(outcome(() => merge(document))).toEqual(strict);
      }),
      { numRuns: 3000 },
    );
    expect(refused).toBeGreaterThan(500);
  });
});

describe('the reader for browsers', () => {
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
      'heartbeats: one of the keys $schema, profile, heartbeat, deadlines, reconnect, endpoints, gate, outbox',
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
  ])('says what is wrong with %j', (document, ...expected) => {
    expect(problems(document)).toEqual(expected);
  });

  test('never puts in what is no number', () => {
    const wrong = [Number.NaN, Number.POSITIVE_INFINITY, -1, '', {}, [], () => 1, 5n];
    for (const path of leavesOf(defaultPolicy).filter(
      (leaf) => typeof pick(defaultPolicy, leaf) === 'number',
    )) {
      for (const value of wrong) expect(problems(at(path, value))).toHaveLength(1);
    }
  });

  test('pollutes nothing', () => {
    for (const place of ['', 'heartbeat.', 'reconnect.classes.', 'reconnect.backoff.']) {
      const json = JSON.stringify(at(`${place}KEY`, { polluted: true })).replace('KEY', '__proto__');
      expect(problems(JSON.parse(json))).toEqual([
        expect.stringContaining(`${place}__proto__: one of the keys`),
      ]);
    }
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});
