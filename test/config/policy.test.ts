import { describe, expect, test } from 'vitest';
import { backoffDefaults, defaultPolicy, type ProfileName, profiles } from '../../src/config/policy.ts';
import { differences, problemsOf, resolve } from './documents.ts';

describe('default policy', () => {
  test('default policy: an empty document resolves to it', () => {
    expect(resolve({})).toEqual(defaultPolicy);
    expect(resolve(undefined)).toEqual(defaultPolicy);
  });

  test('default policy: its values', () => {
    expect(defaultPolicy).toEqual({
      heartbeat: {
        mode: 'auto',
        reply: true,
        interval: 10_000,
        suspectAfter: { min: 500, max: 2000 },
        probes: 3,
        condemnAfter: 10_000,
        transitMax: 30_000,
      },
      deadlines: {
        connect: 10_000,
        handshake: 10_000,
        write: 10_000,
        close: 2000,
        provider: 10_000,
        idle: null,
        maxAge: null,
        halfClosed: null,
      },
      reconnect: {
        restart: 'permanent',
        backoff: { type: 'exponential', base: 1000, factor: 2, cap: 30_000, jitter: 'full' },
        maxAttempts: null,
        maxElapsed: null,
        stableAfter: 10_000,
        maxHint: 300_000,
        crashes: { max: 5, within: 60_000 },
        classes: {},
        codes: {},
        pardons: 5,
        hedge: false,
      },
      endpoints: { order: 'listed', returnToFirst: true },
      gate: { enabled: true },
      outbox: { messages: 1000, bytes: 16_777_216, age: null, overflow: 'reject' },
    });
  });

  test('default policy: it resolves to itself as a document', () => {
    expect(resolve(defaultPolicy)).toEqual(defaultPolicy);
  });
});

describe('profiles', () => {
  test.each<[ProfileName, Record<string, unknown>]>([
    ['wan', {}],
    [
      'lan',
      {
        'heartbeat.interval': 2000,
        'heartbeat.suspectAfter.min': 200,
        'heartbeat.suspectAfter.max': 1000,
        'heartbeat.condemnAfter': 4000,
        'deadlines.connect': 3000,
        'deadlines.handshake': 3000,
        'deadlines.write': 4000,
        'reconnect.backoff.base': 250,
        'reconnect.backoff.cap': 10_000,
      },
    ],
    [
      'mobile',
      {
        'heartbeat.interval': 25_000,
        'heartbeat.suspectAfter.min': 1000,
        'heartbeat.suspectAfter.max': 4000,
        'heartbeat.condemnAfter': 15_000,
        'deadlines.connect': 20_000,
        'deadlines.handshake': 20_000,
        'deadlines.write': 20_000,
        'reconnect.backoff.cap': 60_000,
      },
    ],
  ])('profile %s changes exactly its own leaves', (profile, delta) => {
    expect(differences(resolve({ profile }), defaultPolicy)).toEqual(delta);
  });

  test.each(Object.keys(profiles))('profile %s is a valid document', (profile) => {
    expect(problemsOf(profiles[profile as ProfileName])).toEqual([]);
  });
});

describe('layers', () => {
  const base = resolve({ heartbeat: { interval: '7s', probes: 1 }, outbox: { messages: 5 } });

  test('layers: a document goes over its profile, and the profile over the base', () => {
    const policy = resolve({ profile: 'lan', heartbeat: { condemnAfter: '9s' } }, base);
    expect(policy.heartbeat).toEqual({
      ...resolve({ profile: 'lan' }).heartbeat,
      probes: 1,
      condemnAfter: 9000,
    });
    expect(policy.outbox).toEqual({ ...defaultPolicy.outbox, messages: 5 });
  });

  test('layers: without a profile the leaves of the base stay', () => {
    expect(differences(resolve({ heartbeat: { reply: false } }, base), base)).toEqual({
      'heartbeat.reply': false,
    });
  });

  test('layers: an empty document over a base resolves to the base', () => {
    expect(resolve({}, base)).toEqual(base);
  });

  test('layers: reconnect.codes adds to the codes below', () => {
    const below = resolve({ reconnect: { codes: { 4004: 'fatal', '4100-4199': 'fatal' } } });
    const policy = resolve({ reconnect: { codes: { 4004: 'normal', 403: 'retryable' } } }, below);
    expect(policy.reconnect.codes).toEqual({ 403: 'retryable', 4004: 'normal', '4100-4199': 'fatal' });
  });

  test('layers: reconnect.classes adds to the classes below', () => {
    const below = resolve({ reconnect: { classes: { refused: 'fatal', reset: 'fatal' } } });
    const policy = resolve({ reconnect: { classes: { refused: 'normal', crashed: 'fatal' } } }, below);
    expect(policy.reconnect.classes).toEqual({ refused: 'normal', reset: 'fatal', crashed: 'fatal' });
  });

  test('layers: the profile wan changes no leaf of a base', () => {
    expect(resolve({ profile: 'wan' }, base)).toEqual(base);
  });

  test('layers: a document can settle a contradiction between its profile and the base', () => {
    const patient = resolve({ reconnect: { backoff: { base: '90s', cap: '2m' } } });
    const document = { profile: 'mobile', reconnect: { backoff: { base: '1s' } } };
    expect(problemsOf({ profile: 'mobile' }, patient)).toEqual([
      ['reconnect.backoff.cap', 60_000, 'at least base (90000 ms)'],
    ]);
    expect(problemsOf(document, patient)).toEqual([]);
  });

  test('layers: a contradiction between profile and base hides no other problem', () => {
    const patient = resolve({ reconnect: { backoff: { base: '90s', cap: '2m' } } });
    const paths = problemsOf({ profile: 'mobile', outbox: { messages: 0 } }, patient).map(([path]) => path);
    expect(paths.sort()).toEqual(['outbox.messages', 'reconnect.backoff.cap']);
  });
});

describe('another type of backoff', () => {
  const backoffOver = (backoff: object, below: object = {}, profile?: ProfileName) =>
    resolve(
      { ...(profile && { profile }), reconnect: { backoff } },
      resolve({ reconnect: { backoff: below } }),
    ).reconnect.backoff;

  test.each(Object.entries(backoffDefaults))(
    'backoff type %s starts from its own defaults',
    (type, defaults) => {
      const below = { type: type === 'table' ? 'fixed' : 'table' };
      expect(backoffOver({ type }, below)).toEqual(defaults);
    },
  );

  test.each<[string, object, object, object]>([
    [
      'changes what is said',
      { type: 'fixed', delay: '3s' },
      {},
      { type: 'fixed', delay: 3000, jitter: 'full' },
    ],
    ['takes nothing over', { type: 'decorrelated' }, { base: 1, cap: 2 }, backoffDefaults.decorrelated],
    [
      'that is the same one is none',
      { type: 'exponential', factor: 3 },
      { base: 10 },
      { ...backoffDefaults.exponential, base: 10, factor: 3 },
    ],
    ['left out is kept', { jitter: 'none' }, { type: 'fixed' }, { ...backoffDefaults.fixed, jitter: 'none' }],
    [
      'a list of delays replaces the one below',
      { type: 'table', delays: ['1s', 5] },
      { type: 'table' },
      { ...backoffDefaults.table, delays: [1000, 5] },
    ],
  ])('backoff over another type: %s', (_title, backoff, below, expected) => {
    expect(backoffOver(backoff, below)).toEqual(expected);
  });

  test('backoff: a profile changes only the leaves that the type below has', () => {
    expect(backoffOver({}, { type: 'fixed' }, 'lan')).toEqual(backoffDefaults.fixed);
    expect(backoffOver({}, { type: 'decorrelated' }, 'lan')).toEqual({
      type: 'decorrelated',
      base: 250,
      cap: 10_000,
    });
  });

  test('backoff: without a type the keys are those of the type below', () => {
    const below = resolve({ reconnect: { backoff: { type: 'decorrelated' } } });
    expect(problemsOf({ reconnect: { backoff: { factor: 2 } } }, below)).toEqual([
      ['reconnect.backoff.factor', 2, 'one of the keys type, base, cap'],
    ]);
  });
});
