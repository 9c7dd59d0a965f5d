import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../src/base/errors.ts';
import { backoffDefaults, defaultPolicy } from '../../src/config/policy.ts';
import { almostDocument, at, deepFreeze, leavesOf, pick, problemsOf, resolve } from './documents.ts';

const orNull = (expected: string) => `${expected}, or null for off`;
const duration = 'a duration such as "250ms", "10s" or 2000 (ms)';
const span = 'a duration of at least 1ms, such as "250ms", "10s" or 2000 (ms)';
const count = 'a whole number, 0 or more';
const positive = 'a whole number, 1 or more';
const classes = 'one of "normal", "retryable", "fatal"';

const noNumbers = ['', 'abc', true, false, [], {}, [1], Number.NaN, Number.POSITIVE_INFINITY, -1];
const noDurations = [...noNumbers, '10', '10 s', '-1s', '1d', 1e13];
const noSpans = [...noDurations, 0, '0ms', 0.5, '0.5ms'];
const noCounts = [...noNumbers, '3', 1.5, 2 ** 53];
const noFlags = [0, 1, 'true', '', [], {}];
const noWords = ['', 'AUTO', 'constructor', '__proto__', 0, true, [], {}];

/** A path, what is expected there, what is not accepted, and what is, with its meaning. */
type Row = [path: string, expected: string, bad: unknown[], good: [written: unknown, means: unknown][]];

const rows: Row[] = [
  [
    'heartbeat.mode',
    'one of "auto", "probe", "listen", "announce"',
    [...noWords, 'exchange', ['probe']],
    ['auto', 'probe', 'listen', 'announce'].map((word) => [word, word]),
  ],
  [
    'heartbeat.reply',
    'true or false',
    noFlags,
    [
      [true, true],
      [false, false],
    ],
  ],
  [
    'reconnect.hedge',
    'true or false',
    noFlags,
    [
      [true, true],
      [false, false],
    ],
  ],
  [
    'reconnect.pardons',
    count,
    noCounts,
    [
      [0, 0],
      [9, 9],
    ],
  ],
  ['heartbeat.interval', orNull(span), noSpans, [['30s', 30_000]]],
  ['heartbeat.suspectAfter.min', span, noSpans, [['1ms', 1]]],
  ['heartbeat.suspectAfter.max', span, noSpans, [[2500, 2500]]],
  [
    'heartbeat.probes',
    count,
    noCounts,
    [
      [0, 0],
      [9, 9],
    ],
  ],
  [
    'heartbeat.condemnAfter',
    duration,
    noDurations,
    [
      [0, 0],
      ['1m', 60_000],
    ],
  ],
  ['heartbeat.transitMax', duration, noDurations, [['2m', 120_000]]],
  ['deadlines.connect', span, noSpans, [['5s', 5000]]],
  ['deadlines.handshake', span, noSpans, [['5s', 5000]]],
  ['deadlines.write', orNull(span), noSpans, [['5s', 5000]]],
  ['deadlines.close', span, noSpans, [[1, 1]]],
  ['deadlines.halfClosed', orNull(span), noSpans, [['5s', 5000]]],
  ['deadlines.provider', span, noSpans, [['30s', 30_000]]],
  ['deadlines.idle', orNull(span), noSpans, [['1h', 3_600_000]]],
  ['deadlines.maxAge', orNull(span), noSpans, [['24h', 86_400_000]]],
  [
    'reconnect.restart',
    'one of "permanent", "transient", "temporary"',
    noWords,
    ['permanent', 'transient', 'temporary'].map((word) => [word, word]),
  ],
  [
    'reconnect.backoff.type',
    'one of "exponential", "decorrelated", "fixed", "table"',
    [...noWords, 'linear', null],
    ['exponential', 'decorrelated', 'fixed', 'table'].map((word) => [word, word]),
  ],
  ['reconnect.backoff.base', span, noSpans, [['250ms', 250]]],
  [
    'reconnect.backoff.factor',
    'a number, 1 or more',
    [...noNumbers, '2', 0, 0.99],
    [
      [1, 1],
      [1.5, 1.5],
    ],
  ],
  ['reconnect.backoff.cap', span, noSpans, [['1m', 60_000]]],
  [
    'reconnect.backoff.jitter',
    'one of "full", "equal", "none"',
    [...noWords, false],
    ['full', 'equal', 'none'].map((word) => [word, word]),
  ],
  [
    'reconnect.maxAttempts',
    orNull(count),
    noCounts,
    [
      [0, 0],
      [10, 10],
    ],
  ],
  ['reconnect.maxElapsed', orNull(span), noSpans, [['2h', 7_200_000]]],
  ['reconnect.stableAfter', duration, noDurations, [[0, 0]]],
  ['reconnect.maxHint', duration, noDurations, [['1h', 3_600_000]]],
  ['reconnect.crashes.max', count, noCounts, [[0, 0]]],
  ['reconnect.crashes.within', span, noSpans, [['1h', 3_600_000]]],
  [
    'endpoints.order',
    'one of "listed", "shuffled"',
    noWords,
    ['listed', 'shuffled'].map((word) => [word, word]),
  ],
  ['endpoints.returnToFirst', 'true or false', noFlags, [[false, false]]],
  ['gate.enabled', 'true or false', noFlags, [[false, false]]],
  ['outbox.messages', positive, [...noCounts, 0], [[1, 1]]],
  ['outbox.bytes', positive, [...noCounts, 0, '1kB'], [[1, 1]]],
  ['outbox.age', orNull(span), noSpans, [['1m', 60_000]]],
  [
    'outbox.overflow',
    'one of "reject", "drop-oldest", "drop-newest"',
    noWords,
    ['reject', 'drop-oldest', 'drop-newest'].map((word) => [word, word]),
  ],
];

const nullable = [
  'heartbeat.interval',
  'deadlines.write',
  'deadlines.halfClosed',
  'deadlines.idle',
  'deadlines.maxAge',
  'reconnect.maxAttempts',
  'reconnect.maxElapsed',
  'outbox.age',
];
const trees = [
  'heartbeat',
  'heartbeat.suspectAfter',
  'deadlines',
  'reconnect',
  'reconnect.backoff',
  'reconnect.crashes',
  'reconnect.classes',
  'reconnect.codes',
  'endpoints',
  'gate',
  'outbox',
];

describe('every value', () => {
  test('resolvePolicy: every leaf of the policy has a row of cases', () => {
    const leaves = leavesOf(defaultPolicy).filter((path) => !/^reconnect\.(classes|codes)$/.test(path));
    expect(rows.map(([path]) => path).sort()).toEqual(leaves.sort());
  });

  test.each(rows)('resolvePolicy at %s accepts and refuses: %s', (path, expected, bad, good) => {
    for (const value of bad) expect(problemsOf(at(path, value))).toEqual([[path, value, expected]]);
    for (const [written, means] of good) expect(pick(resolve(at(path, written)), path)).toEqual(means);
  });

  test.each(rows)('resolvePolicy at %s accepts null only where it means off', (path, expected) => {
    const off = nullable.includes(path);
    expect(problemsOf(at(path, null))).toEqual(off ? [] : [[path, null, expected]]);
    if (off) expect(pick(resolve(at(path, null)), path)).toBeNull();
  });

  test.each(rows)('resolvePolicy at %s takes undefined for the default', (path) => {
    expect(resolve(at(path, undefined))).toEqual(defaultPolicy);
  });
});

describe('a backoff of another type', () => {
  const problems = (backoff: object) => problemsOf({ reconnect: { backoff } });
  const path = 'reconnect.backoff';

  test.each<[type: string, key: string, expected: string, bad: unknown[]]>([
    ['decorrelated', 'base', span, noSpans],
    ['decorrelated', 'cap', span, noSpans],
    ['fixed', 'delay', span, noSpans],
    ['fixed', 'jitter', 'one of "full", "equal", "none"', noWords],
    ['table', 'jitter', 'one of "full", "equal", "none"', noWords],
    ['table', 'delays', 'a list of at least one duration', ['1s', 5, true, {}, null, []]],
  ])('backoff type %s refuses bad values of %s', (type, key, expected, bad) => {
    for (const value of bad) {
      expect(problems({ type, [key]: value })).toEqual([[`${path}.${key}`, value, expected]]);
    }
  });

  test('backoff type table names each delay that is no duration', () => {
    expect(problems({ type: 'table', delays: ['1s', 'x', 5, null, -1] })).toEqual([
      [`${path}.delays.1`, 'x', span],
      [`${path}.delays.3`, null, span],
      [`${path}.delays.4`, -1, span],
    ]);
  });

  test.each<[object, key: string, expected: string]>([
    [
      { type: 'decorrelated', jitter: 'full' },
      'jitter',
      'type, base, cap; did you mean `"type": "exponential"`?',
    ],
    [{ type: 'fixed', base: '1s' }, 'base', 'type, delay, jitter; did you mean `"type": "exponential"`?'],
    [{ delay: '1s' }, 'delay', 'type, base, factor, cap, jitter; did you mean `"type": "fixed"`?'],
    [{ type: 'table', delay: 1 }, 'delay', 'type, delays, jitter; did you mean `"type": "fixed"`?'],
  ])('backoff %j: a key of another type is refused with that type', (backoff, key, expected) => {
    const found = problems(backoff).map(([where, , text]) => [where, text]);
    expect(found).toEqual([[`${path}.${key}`, `one of the keys ${expected}`]]);
  });

  test('backoff of an unknown type: only the type is a problem', () => {
    const expected = 'one of "exponential", "decorrelated", "fixed", "table"';
    expect(problems({ type: 'linear', step: 1 })).toEqual([[`${path}.type`, 'linear', expected]]);
  });
});

describe('classes', () => {
  test('reconnect.classes accepts three classes', () => {
    for (const value of ['lethal', null, 5, {}]) {
      expect(problemsOf({ reconnect: { classes: { refused: value } } })).toEqual([
        ['reconnect.classes.refused', value, classes],
      ]);
    }
    const good = { unauthorized: 'retryable', refused: 'fatal', reset: 'normal' };
    expect(resolve({ reconnect: { classes: good } }).reconnect.classes).toEqual(good);
  });

  test('reconnect.classes refuses a reason that does not exist', () => {
    const [[path, , expected] = []] = problemsOf({ reconnect: { classes: { refuse: 'fatal' } } });
    expect(path).toBe('reconnect.classes.refuse');
    expect(expected).toMatch(/^one of the keys closed-by-us, .*; did you mean `refused`\?$/);
  });
});

describe('codes', () => {
  const code = 'a code or a range of codes, such as 4004, 403, 4100-4199 or ECONNRESET';

  test('reconnect.codes accepts codes, ranges and names of platform errors', () => {
    const good = { 4004: 'fatal', '4100-4199': 'retryable', '5-5': 'normal', ECONNRESET: 'fatal' };
    expect(resolve({ reconnect: { codes: good } }).reconnect.codes).toEqual(good);
  });

  test.each(['', '4x', '4199-4100', '-1', '1-2-3', '1.5', 'econnreset', 'toString', '4xx', ' 1', '1 - 2'])(
    'reconnect.codes refuses the key "%s"',
    (key) => {
      const [[path, value, expected] = []] = problemsOf({ reconnect: { codes: { [key]: 'fatal' } } });
      expect([path, value, expected]).toEqual([expect.stringMatching(/^reconnect\.codes\./), 'fatal', code]);
    },
  );

  test('reconnect.codes refuses __proto__ as a key', () => {
    const document = JSON.parse('{"reconnect":{"codes":{"__proto__":"fatal"}}}');
    expect(problemsOf(document)).toEqual([['reconnect.codes.__proto__', 'fatal', code]]);
  });

  test('reconnect.codes refuses a class that does not exist', () => {
    expect(problemsOf({ reconnect: { codes: { 4004: 'lethal' } } })).toEqual([
      ['reconnect.codes.4004', 'lethal', classes],
    ]);
  });
});

describe('a wrong type', () => {
  const noObjects = [null, [], [{}], '', 'x', 0, 5, true, false];

  test.each(trees)('resolvePolicy refuses a value that is no object at %s', (path) => {
    for (const value of noObjects) expect(problemsOf(at(path, value))).toEqual([[path, value, 'an object']]);
  });

  test('resolvePolicy refuses a document that is no object', () => {
    for (const value of noObjects) expect(problemsOf(value)).toEqual([['policy', value, 'an object']]);
  });

  test('resolvePolicy refuses a profile that does not exist', () => {
    const expected = 'one of "lan", "wan", "mobile"';
    const values: unknown[] = [
      '',
      'LAN',
      'constructor',
      '__proto__',
      null,
      5,
      true,
      [],
      ['lan'],
      {},
      { toString: 1 },
    ];
    for (const profile of values) {
      expect(problemsOf({ profile })).toEqual([['profile', profile, expected]]);
    }
  });
});

describe('an order that makes no sense', () => {
  test.each<[string, unknown, unknown[]]>([
    [
      'a cap below the base',
      { reconnect: { backoff: { base: '5s', cap: '1s' } } },
      ['reconnect.backoff.cap', 1000, 'at least base (5000 ms)'],
    ],
    [
      'a base above the cap that was left out',
      { reconnect: { backoff: { base: '1m' } } },
      ['reconnect.backoff.cap', 30_000, 'at least base (60000 ms)'],
    ],
    [
      'a min above the max',
      { heartbeat: { suspectAfter: { min: '3s', max: '1s' } } },
      ['heartbeat.suspectAfter.max', 1000, 'at least min (3000 ms)'],
    ],
    [
      'a max below the min of the profile',
      { profile: 'mobile', heartbeat: { suspectAfter: { max: 999 } } },
      ['heartbeat.suspectAfter.max', 999, 'at least min (1000 ms)'],
    ],
  ])('%s', (_title, document, problem) => {
    expect(problemsOf(document)).toEqual([problem]);
  });

  test('resolvePolicy accepts bounds that are equal', () => {
    expect(problemsOf({ heartbeat: { suspectAfter: { min: '1s', max: '1s' } } })).toEqual([]);
    expect(problemsOf({ reconnect: { backoff: { base: '5s', cap: '5s' } } })).toEqual([]);
  });

  test('resolvePolicy reports a bound that is no duration once', () => {
    expect(problemsOf({ reconnect: { backoff: { base: 'x', cap: '1ms' } } })).toEqual([
      ['reconnect.backoff.base', 'x', span],
    ]);
  });
});

describe('an unknown key', () => {
  const top = 'profile, heartbeat, deadlines, reconnect, endpoints, gate, outbox';
  const heartbeat = 'mode, reply, interval, suspectAfter, probes, condemnAfter, transitMax';
  const reconnect =
    'restart, backoff, maxAttempts, maxElapsed, stableAfter, maxHint, crashes, classes, codes, pardons, hedge';
  test.each<[string, unknown, path: string, known: string, meant?: string]>([
    ['at the top', { heartbeats: {} }, 'heartbeats', top, 'heartbeat'],
    ['inside', { heartbeat: { intervall: '1s' } }, 'heartbeat.intervall', heartbeat, 'interval'],
    ['in other case', { heartbeat: { INTERVAL: '1s' } }, 'heartbeat.INTERVAL', heartbeat, 'interval'],
    [
      'deep inside',
      { reconnect: { backoff: { max: '1s' } } },
      'reconnect.backoff.max',
      'type, base, factor, cap, jitter',
      'heartbeat.suspectAfter.max',
    ],
    ['like none', { heartbeat: { colour: 1 } }, 'heartbeat.colour', heartbeat],
    ['of another place', { interval: '1s' }, 'interval', top, 'heartbeat.interval'],
    ['that is a path', { 'heartbeat.interval': '1s' }, '"heartbeat.interval"', top, 'heartbeat.interval'],
    [
      'that is the end of a path',
      { reconnect: { 'crashes.max': 1 } },
      'reconnect."crashes.max"',
      reconnect,
      'reconnect.crashes.max',
    ],
    ['that is empty', { '': 1 }, '""', top],
    ['whose value is null', { heart: null }, 'heart', top],
    ['a profile inside', { gate: { profile: 'lan' } }, 'gate.profile', 'enabled', '`profile` at the top'],
    ['a schema inside', { gate: { $schema: 'x' } }, 'gate.$schema', 'enabled', '`$schema` at the top'],
  ])(
    'resolvePolicy refuses an unknown key %s, and names the known ones',
    (_title, document, path, known, meant) => {
      const refused = problemsOf(document).map(([where, , expected]) => [where, expected]);
      const quoted = meant?.startsWith('`') ? meant : `\`${meant}\``;
      const hint = meant === undefined ? '' : `; did you mean ${quoted}?`;
      expect(refused).toEqual([[path, `one of the keys ${known}${hint}`]]);
    },
  );

  test('resolvePolicy escapes control characters of an unknown key', () => {
    const [[path] = []] = problemsOf({ '\u001b[31m\u009b2J\u202e': 1 });
    expect(path).toBe('"\\u001b[31m\\u009b2J\\u202e"');
  });

  test('resolvePolicy clips a long unknown key', () => {
    const [[path] = []] = problemsOf({ ['x'.repeat(1e6)]: 1 });
    expect(path).toHaveLength(62);
  });
});

test('resolvePolicy names the first 100 problems and counts all', () => {
  const document = Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`key${n}`, n]));
  const found = problemsOf(document);
  expect(found).toHaveLength(101);
  expect(found.at(-1)).toEqual([
    'policy',
    '100000 mistakes',
    'a document without mistakes; the first 100 are listed',
  ]);
});

describe('a name that every object has', () => {
  const names = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf'];
  const places = ['', ...trees];
  const values = ['{"polluted":true}', '"10s"', 'null', '[]', '{"prototype":{"polluted":true}}'];

  /** Only `JSON.parse` makes `__proto__` a key like any other. */
  function parsed(place: string, name: string, value: string): unknown {
    const inner = `{${JSON.stringify(name)}:${value}}`;
    const keys = place === '' ? [] : place.split('.');
    return JSON.parse(keys.reduceRight((json, key) => `{"${key}":${json}}`, inner));
  }

  test.each(names)('resolvePolicy refuses the key %s everywhere', (name) => {
    for (const place of places) {
      for (const value of values) {
        const path = place === '' ? name : `${place}.${name}`;
        expect(problemsOf(parsed(place, name, value)).map(([each]) => each)).toEqual([path]);
      }
    }
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect((Object as unknown as Record<string, unknown>).polluted).toBeUndefined();
  });

  test('resolvePolicy reports __proto__ and the problems beside it', () => {
    const document = JSON.parse('{"__proto__":{"heartbeat":{"probes":9}},"outbox":{"messages":0}}');
    expect(problemsOf(document).map(([path]) => path)).toEqual(['__proto__', 'outbox.messages']);
  });
});

describe('the error', () => {
  const document = {
    profile: 'office',
    heartbeat: { interval: 'soon', probes: -1, colour: 'red' },
    deadlines: null,
    reconnect: { backoff: { base: '5s', cap: '1s' }, classes: { refused: 'x' } },
    outbox: { messages: 0 },
  };

  test('ConfigError names every problem at once', () => {
    expect(problemsOf(document).map(([path]) => path)).toEqual([
      'profile',
      'heartbeat.interval',
      'heartbeat.probes',
      'heartbeat.colour',
      'deadlines',
      'reconnect.classes.refused',
      'outbox.messages',
      'reconnect.backoff.cap',
    ]);
  });

  test('ConfigError has a line for each problem with path, value and expectation', () => {
    expect(() => resolve({ heartbeat: { interval: 'soon', reply: 1 } })).toThrow(
      new ConfigError([
        { path: 'heartbeat.interval', value: 'soon', expected: orNull(span) },
        { path: 'heartbeat.reply', value: 1, expected: 'true or false' },
      ]),
    );
  });
});

describe('a document', () => {
  test('resolvePolicy changes neither the document nor the defaults', () => {
    const before = structuredClone(defaultPolicy);
    const document = deepFreeze({ profile: 'lan', reconnect: { classes: { refused: 'fatal' } } });
    expect(resolve(document).reconnect.classes).not.toBe(document.reconnect.classes);
    expect(defaultPolicy).toEqual(before);
  });

  test('resolvePolicy of a resolved policy is the same policy', () => {
    const policy = resolve({ profile: 'mobile', deadlines: { idle: '5m' }, outbox: { messages: 7 } });
    expect(resolve(policy)).toEqual(policy);
  });

  test('resolvePolicy of any JSON is a policy or a ConfigError', () => {
    const valid = leavesOf(defaultPolicy).filter((path) => !/classes|backoff/.test(path));
    fc.assert(
      fc.property(almostDocument, (copy) => {
        if (problemsOf(copy).length > 0) return;
        const policy = resolve(copy);
        for (const path of valid) expect(pick(policy, path)).not.toBeUndefined();
        const { backoff } = policy.reconnect;
        expect(Object.keys(backoff)).toEqual(Object.keys(backoffDefaults[backoff.type]));
        expect(Object.keys(policy)).toEqual(Object.keys(defaultPolicy));
      }),
      { numRuns: 2000 },
    );
  });
});
