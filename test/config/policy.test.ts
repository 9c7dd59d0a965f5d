import { describe, expect, test } from 'vitest';
import { defaultPolicy, type ProfileName, profiles } from '../../src/config/policy.ts';
import { differences, problemsOf, resolve } from './documents.ts';

describe('the defaults', () => {
  test('are what an empty document means', () => {
    expect(resolve({})).toEqual(defaultPolicy);
    expect(resolve(undefined)).toEqual(defaultPolicy);
  });

  test('are these', () => {
    expect(defaultPolicy).toEqual({
      heartbeat: {
        mode: 'auto',
        reply: true,
        interval: 10_000,
        suspectAfter: { min: 500, max: 2000 },
        probes: 3,
        condemnAfter: 10_000,
      },
      deadlines: { connect: 10_000, handshake: 10_000, write: 10_000, close: 2000, idle: null, maxAge: null },
      reconnect: {
        restart: 'permanent',
        backoff: { type: 'exponential', base: 1000, factor: 2, cap: 30_000, jitter: 'full' },
        maxAttempts: null,
        stableAfter: 10_000,
        maxHint: 300_000,
        crashes: { max: 5, within: 60_000 },
        classes: {},
      },
      outbox: { messages: 1000, bytes: 16_777_216, age: null, overflow: 'reject' },
    });
  });

  test('are valid as a document', () => {
    expect(resolve(defaultPolicy)).toEqual(defaultPolicy);
  });
});

describe('the profile', () => {
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
  ])('%s changes exactly this', (profile, delta) => {
    expect(differences(resolve({ profile }), defaultPolicy)).toEqual(delta);
  });

  test.each(Object.keys(profiles))('%s is itself a valid document', (profile) => {
    expect(problemsOf(profiles[profile as ProfileName])).toEqual([]);
  });
});

describe('layers', () => {
  const base = resolve({ heartbeat: { interval: '7s', probes: 1 }, outbox: { messages: 5 } });

  test('an override is over the profile, and the profile over the base', () => {
    const policy = resolve({ profile: 'lan', heartbeat: { condemnAfter: '9s' } }, base);
    expect(policy.heartbeat).toEqual({
      ...resolve({ profile: 'lan' }).heartbeat,
      probes: 1,
      condemnAfter: 9000,
    });
    expect(policy.outbox).toEqual({ ...base.outbox, messages: 5 });
  });

  test('without a profile the base stays as it is', () => {
    expect(differences(resolve({ heartbeat: { reply: false } }, base), base)).toEqual({
      'heartbeat.reply': false,
    });
  });

  test('an empty document over a base is the base', () => {
    expect(resolve({}, base)).toEqual(base);
  });

  test('the profile wan leaves a base alone', () => {
    expect(resolve({ profile: 'wan' }, base)).toEqual(base);
  });

  test('what a profile and a base cannot agree on, an override can settle', () => {
    const patient = resolve({ reconnect: { backoff: { base: '90s', cap: '2m' } } });
    const document = { profile: 'mobile', reconnect: { backoff: { base: '1s' } } };
    expect(problemsOf({ profile: 'mobile' }, patient)).toEqual([
      ['reconnect.backoff.cap', 60_000, 'at least base (90000 ms)'],
    ]);
    expect(problemsOf(document, patient)).toEqual([]);
  });

  test('what a profile and a base cannot agree on hides no other problem', () => {
    const patient = resolve({ reconnect: { backoff: { base: '90s', cap: '2m' } } });
    const paths = problemsOf({ profile: 'mobile', outbox: { messages: 0 } }, patient).map(([path]) => path);
    expect(paths.sort()).toEqual(['outbox.messages', 'reconnect.backoff.cap']);
  });
});
