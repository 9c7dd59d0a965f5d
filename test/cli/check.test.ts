import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { Report } from '../../src/cli/check/report.ts';
import { defaultPolicy } from '../../src/config/policy.ts';
import { FakeIo } from './fake-io.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-'));

function file(text: string): string {
  const path = join(folder, 'policy.json');
  writeFileSync(path, text);
  return path;
}

async function checked(text: string, ...flags: string[]) {
  const io = new FakeIo({ columns: 80 });
  const code = await io.run('check', file(text), ...flags);
  return { code, out: io.out, errors: io.err.replaceAll(folder, '').trimEnd().split('\n') };
}

async function reported(document: object): Promise<Report> {
  const { code, out } = await checked(JSON.stringify(document), '--json');
  expect(code).toBe(0);
  return JSON.parse(out);
}

const at = (line: number, message: string) => `holdfast: /policy.json:${line}: ${message}`;
const million = 1_000_000;

describe('holdfast check reports the line of', () => {
  test.each<[string, text: string, ...expected: (string | RegExp)[]]>([
    ['a wrong type', '{\n"heartbeat":\n[]}', at(2, 'heartbeat: a list is not valid; expected an object')],
    [
      'an unknown key',
      '{"gate":{\n"colour":1}}',
      at(2, 'gate.colour: 1 is not valid; expected one of the keys enabled'),
    ],
    [
      'a misspelt key',
      '{\r\n"heartbeat":{\r\n"intervall":"5s"}}',
      /:3: heartbeat\.intervall: .* did you mean `interval`\?$/,
    ],
    [
      'an invalid duration',
      '{"deadlines":{\n\n"close":"10x"}}',
      /:3: deadlines\.close: "10x" is not valid; expected a duration/,
    ],
    [
      'a negative duration',
      '{"deadlines":{"close":-5}}',
      /:1: deadlines\.close: -5 is not valid; expected a duration/,
    ],
    [
      'a cap below the base',
      '{"reconnect":{"backoff":{\n"base":"5s",\n"cap":"1s"}}}',
      at(3, 'reconnect.backoff.cap: 1000 is not valid; expected at least base (5000 ms)'),
    ],
    [
      'a base above the default cap',
      '{"reconnect":{\n"backoff":{\n"base":"5m"}}}',
      at(2, 'reconnect.backoff.cap: 30000 is not valid; expected at least base (300000 ms)'),
    ],
    ['empty endpoints', '{"endpoints":[]}', at(1, 'endpoints: a list is not valid; expected an object')],
    [
      'a fraction',
      '{"heartbeat":{"probes":\n1.5}}',
      /:1: heartbeat\.probes: 1\.5 is not valid; expected a whole number/,
    ],
    ['NaN', '{"deadlines":\n{"close":NaN}}', /:2: "NaN" is not valid; expected a value of JSON/],
    [
      'a number that overflows',
      '{"reconnect":{"backoff":{"factor":1e999}}}',
      /:1: reconnect\.backoff\.factor: Infinity /,
    ],
    [
      'a million nested lists',
      '['.repeat(million),
      at(1, '"[ at level 33" is not valid; expected at most 32 levels of nesting'),
    ],
    [
      'a million nested objects',
      `{"gate":\n${'{"a":'.repeat(million)}1${'}'.repeat(million)}}`,
      at(2, '"{ at level 33" is not valid; expected at most 32 levels of nesting'),
    ],
    [
      'the key __proto__',
      '{\n"__proto__":{"polluted":true}}',
      /:2: __proto__: an object is not valid; expected one of/,
    ],
    [
      'the key constructor',
      '{"gate":{"constructor":{"prototype":{"polluted":true}}}}',
      /:1: gate\.constructor: an object /,
    ],
    ['a text that is not JSON', 'interval: 5s', /:1: "interval" is not valid; expected a value of JSON/],
    ['an empty file', '', at(1, '"an empty document" is not valid; expected a policy as JSON')],
    ['a file of blanks', ' \n ', at(1, '"an empty document" is not valid; expected a policy as JSON')],
    ['half a document', '{"gate":\n{', /:2: "the end" is not valid; expected a closing brace/],
    ['two documents', '{}\n{}', at(2, '"{" is not valid; expected nothing after the document')],
    ['a comment', '{}\n// the end', /:2: .* expected JSON, which has no comments/],
    ['a trailing comma', '{"gate":{},\n}', /:2: "}" is not valid; expected a key in double quotes/],
    ['an unterminated text', '{"profile":"lan\n}', /:1: .* expected a closing double quote in the same line/],
    ['a list', '[1]', at(1, 'policy: a list is not valid; expected an object')],
    [
      'a repeated key',
      '{"gate":{"enabled":true},\n"gate":{"enabled":false}}',
      at(2, 'gate: "a repeated key" is not valid; expected each key once'),
    ],
    [
      'a delay in a list',
      '{"reconnect":{"backoff":{"type":"table","delays":[\n"1s",\n"x"]}}}',
      /:3: reconnect\.backoff\.delays\.1: "x" is not valid; expected a duration/,
    ],
    [
      'several mistakes at once',
      '{"profile":"x",\n"gate":5,\n"outbox":{"age":"x",\n"bytes":0}}',
      /:1: profile: "x"/,
      /:2: gate: 5/,
      /:3: outbox\.age: "x"/,
      /:4: outbox\.bytes: 0/,
    ],
  ])('%s', async (_title, text, ...expected) => {
    const { code, out, errors } = await checked(text);
    expect(code).toBe(2);
    expect(out).toBe('');
    const matchers = expected.map((each) => (typeof each === 'string' ? each : expect.stringMatching(each)));
    expect(errors).toEqual(matchers);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test('text with control characters, escaped', async () => {
    const { errors } = await checked('{"profile":"\u009b2J\u202e"}');
    expect(errors).toEqual([expect.stringContaining('profile: "\\u009b2J\\u202e" is not valid')]);
  });

  test('a mistake, as JSON with --json', async () => {
    const { code, out } = await checked('{\n"gate":5}', '--json');
    expect(code).toBe(2);
    expect(JSON.parse(out)).toEqual({
      valid: false,
      problems: [{ path: 'gate', value: 5, expected: 'an object', line: 2 }],
    });
  });

  test('a mistake in --config of another command', async () => {
    const io = new FakeIo();
    expect(await io.run('watch', 'tcp://127.0.0.1:9', '--config', file('{\n"gate":5}'))).toBe(2);
    expect(io.err).toMatch(/policy\.json:2: gate: 5 is not valid; expected an object\n$/);
  });
});

describe('holdfast check: the report', () => {
  test('of an empty policy has the defaults', async () => {
    const report = await reported({});
    expect(report.policy).toEqual(defaultPolicy);
    expect(report.changed).toEqual([]);
    expect(report.detection).toEqual([
      { watch: 'probe', suspectMs: 42_000, condemnMs: 50_000 },
      { watch: 'listen', suspectMs: 20_000, condemnMs: 30_000 },
      { watch: 'exchange', suspectMs: 20_000, condemnMs: 30_000 },
      { watch: 'announce', suspectMs: null, condemnMs: null },
      { watch: 'write', suspectMs: 10_000, condemnMs: 20_000 },
    ]);
  });

  test('lists the values that differ from the defaults, after the profile', async () => {
    const { changed, profile, policy } = await reported({
      profile: 'mobile',
      heartbeat: { interval: '10s' },
      reconnect: { backoff: { type: 'table' }, classes: { reset: 'fatal' } },
    });
    expect(profile).toBe('mobile');
    expect(policy.heartbeat.interval).toBe(10_000);
    expect(changed).toEqual([
      'heartbeat.suspectAfter.min',
      'heartbeat.suspectAfter.max',
      'heartbeat.condemnAfter',
      'deadlines.connect',
      'deadlines.handshake',
      'deadlines.write',
      'reconnect.backoff.type',
      'reconnect.backoff.delays',
      'reconnect.classes.reset',
    ]);
  });

  const schedule = async (reconnect: object) => (await reported({ reconnect })).schedule;

  test('has a schedule of 15 attempts', async () => {
    const steps = await schedule({ backoff: { jitter: 'none' } });
    expect(steps.map(({ medianMs }) => medianMs / 1000)).toEqual([1, 2, 4, 8, 16, ...Array(10).fill(30)]);
    expect(steps.map(({ elapsedMs }) => elapsedMs / 1000).slice(0, 7)).toEqual([1, 3, 7, 15, 31, 61, 91]);
    expect(steps.every(({ leastMs, medianMs, mostMs }) => leastMs === medianMs && medianMs === mostMs)).toBe(
      true,
    );
  });

  test('has the medians of full jitter', async () => {
    const steps = await schedule({});
    for (const { attempt, leastMs, medianMs, mostMs } of steps) {
      const ceiling = Math.min(30_000, 1000 * 2 ** (attempt - 1));
      expect([leastMs, mostMs]).toEqual([1, ceiling]);
      expect(Math.abs(medianMs / ceiling - 0.5)).toBeLessThan(0.05);
    }
    expect(steps).toEqual(await schedule({}));
  });

  test.each<[string, object, number]>([
    ['ends with maxAttempts', { maxAttempts: 3 }, 3],
    ['has no schedule with maxAttempts 0', { maxAttempts: 0 }, 0],
    ['has no schedule for restart: temporary', { restart: 'temporary' }, 0],
    ['ends with maxElapsed', { maxElapsed: '7s', backoff: { jitter: 'none' } }, 3],
  ])('%s', async (_title, reconnect, count) => {
    expect(await schedule(reconnect)).toHaveLength(count);
  });

  test('has the share of runs that reach each attempt', async () => {
    const shares = (await schedule({ maxElapsed: '30s' })).map(({ share }) => share);
    expect(shares[0]).toBe(1);
    expect(shares.at(-1)).toBeLessThan(0.5);
    expect(shares).toEqual(shares.toSorted((a, b) => b - a));
  });

  test('has the decision after each exit', async () => {
    const { exits } = await reported({
      reconnect: { restart: 'transient', classes: { unauthorized: 'retryable' } },
    });
    const about = (reason: string) => exits.find((each) => each.reason === reason);
    expect(about('refused')).toEqual({
      reason: 'refused',
      class: 'retryable',
      moved: false,
      decision: 'restart',
      because: 'gate',
    });
    expect(about('reset')).toMatchObject({ decision: 'restart', because: 'backoff' });
    expect(about('max-age')).toMatchObject({ decision: 'leave', because: 'normal' });
    expect(about('certificate')).toMatchObject({ decision: 'give-up', because: 'fatal' });
    expect(about('unauthorized')).toMatchObject({ class: 'retryable', moved: true, decision: 'restart' });
  });

  test('has backoff in place of the gate when the gate is off', async () => {
    const { exits } = await reported({ gate: { enabled: false } });
    expect(exits.filter(({ because }) => because === 'gate')).toEqual([]);
  });
});

describe('holdfast check: the page', () => {
  const everything = {
    profile: 'lan',
    heartbeat: { interval: null },
    reconnect: {
      backoff: { type: 'table', delays: ['100ms', '1s', '30s', '5m'], jitter: 'equal' },
      maxElapsed: '2h',
      classes: { 'handshake-timeout': 'fatal' },
    },
  };

  test('fits into 80 columns for any policy', async () => {
    for (const document of [
      {},
      everything,
      { reconnect: { maxAttempts: 0 } },
      { reconnect: { maxElapsed: '9s' } },
    ]) {
      const { out, code } = await checked(JSON.stringify(document));
      expect(code).toBe(0);
      for (const line of out.replace(folder, '').split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    }
  });

  test.each([
    ['a mark and the default', /● {2}interval +off +\(10s\)/],
    ['a default without a mark', / {4}probes +3\n/],
    ['a list', /● {2}backoff\.delays +100ms, 1s, 30s, 5m +\(none\)/],
    ['a detection time of never', /probe +never +never/],
    ['a step', /4 +2m 30s +3m \d\ds +5m 00s +\dm \d\ds/],
    ['the end', /Gives up 2h after the first exit\./],
    ['an exit', /● {2}handshake-timeout +fatal +give up +the next attempt would fail alike/],
  ])('shows %s', async (_title, pattern) => {
    expect((await checked(JSON.stringify(everything))).out).toMatch(pattern);
  });

  test('has no colours unless stdout is a terminal', async () => {
    expect((await checked('{}')).out).not.toContain('\u001b');
  });

  test.each<[object, string]>([
    [{}, 'And so on, without a limit.'],
    [{ reconnect: { restart: 'temporary' } }, 'No attempt: reconnect.restart is temporary.'],
    [{ reconnect: { maxAttempts: 1 } }, 'Gives up after 1 attempt.'],
    [
      { reconnect: { maxAttempts: 20, maxElapsed: '1h' } },
      'Gives up after 20 attempts, or 1h after the first exit.',
    ],
  ])('of %j ends with: %s', async (document, sentence) => {
    expect((await checked(JSON.stringify(document))).out).toContain(`\n  ${sentence}\n`);
  });
});

describe('holdfast check -', () => {
  test('reads standard input to its end', async () => {
    const io = new FakeIo();
    io.stdin = Readable.from(['{"profile":', '"lan"}']);
    expect(await io.run('check', '-', '--json')).toBe(0);
    expect(JSON.parse(io.out).profile).toBe('lan');
  });

  test('reports lines of standard input', async () => {
    const io = new FakeIo();
    io.stdin = Readable.from(['{\n"profile": 5}']);
    expect(await io.run('check', '-')).toBe(2);
    expect(io.err).toMatch(/^holdfast: standard input:2: profile: 5 is not valid/);
  });

  test('ends at a signal while it waits for standard input', async () => {
    const io = new FakeIo();
    io.stdin = new Readable({ read() {} });
    const code = io.run('check', '-');
    io.quit$.next('SIGINT');
    expect(await code).toBe(2);
    expect(io.err).toMatch(/^holdfast: FILE: "-" is not valid; expected a policy on standard input/);
  });
});
