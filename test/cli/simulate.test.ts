import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { Figures } from '../../src/storm/tally.ts';
import { gated, knownClient, setting, storm } from '../storm/storms.ts';
import { FakeIo } from './fake-io.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-'));
const file = (name: string, text = '{}') => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const policy = file('policy.json');
const svgFolder = join(folder, 'folder.svg');
mkdirSync(svgFolder);
const small = [
  '--clients',
  '2000',
  '--processes',
  '10',
  '--outage',
  '20s',
  '--capacity',
  '100',
  '--queue',
  '200',
];
const smallSetting = { clients: 2000, processes: 10, outageMs: 20_000, capacity: 100, queue: 200 };
const compared = ['--compare', 'socket.io,phoenix,full-jitter,signalr'];

async function simulated(...args: string[]): Promise<string> {
  const io = new FakeIo();
  expect(await io.run('simulate', policy, ...args)).toBe(0);
  expect(io.err).toBe('');
  return io.out;
}

async function shown(columns: number, ...args: string[]): Promise<string[]> {
  const io = new FakeIo({ isTTY: true, columns });
  expect(await io.run('simulate', policy, ...small, ...args)).toBe(0);
  return stripVTControlCharacters(io.out).trimEnd().split('\n');
}

describe('holdfast simulate --json', () => {
  test('is an array of figures, the policy of the file first', async () => {
    const rows = JSON.parse(await simulated(...small, ...compared, '--json')) as Figures[];
    expect(rows.map((row) => row.policy)).toEqual([
      'policy.json',
      'socket.io',
      'phoenix',
      'full-jitter',
      'signalr',
    ]);
    for (const row of rows) {
      expect(Object.keys(row)).toEqual([
        'policy',
        'peakPerSecond',
        'peakAfterUp',
        'attempts',
        'wastedPerClient',
        't50',
        't99',
        't100',
        'lost',
      ]);
    }
    expect(rows[4]).toMatchObject({ attempts: 8000, lost: 1780, t50: null });
  });

  test('is the default for a pipe', async () => {
    expect(await simulated(...small)).toBe(await simulated(...small, '--json'));
  });

  test('the same seed is the same storm', async () => {
    expect(await simulated(...small, '--seed', '1')).toBe(await simulated(...small));
    expect(await simulated(...small, '--seed', '2')).not.toBe(await simulated(...small));
  });

  test('every option reaches the model', async () => {
    const options = ['--timeout', '3s', '--refusal-cost', '2.5%', '--seed', '7', '--compare', 'mqtt'];
    const rows = JSON.parse(await simulated(...small, ...options));
    const overrides = { ...smallSetting, silent: true, patienceMs: 3000, refusalCost: 0.025 };
    const expected = [gated, knownClient('mqtt')].map((behavior) => storm(overrides, behavior, 7));
    expect(expected).toMatchObject([{ ...rows[0], policy: 'gated' }, rows[1]]);
  });

  test('without options prints the figures of the docs', async () => {
    const [row] = JSON.parse(await simulated());
    expect(storm(setting, gated)).toMatchObject({ ...row, policy: 'gated' });
  });

  test('uses the policy of the file', async () => {
    const io = new FakeIo();
    const fullJitter = file('ungated.json', '{"gate":{"enabled":false}}');
    expect(await io.run('simulate', fullJitter, ...small, '--compare', 'full-jitter')).toBe(0);
    const [own, other] = JSON.parse(io.out);
    expect(own).toEqual({ ...other, policy: 'ungated.json' });
  });

  test('uses at most as many processes as clients', async () => {
    expect(await simulated('--clients', '5')).toBe(await simulated('--clients', '5', '--processes', '5'));
  });
});

describe('holdfast simulate on a terminal', () => {
  test.each([40, 60, 80, 120, 200])('of %i columns no line is wider', async (columns) => {
    const lines = await shown(columns, ...compared);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
  });

  test('has all parts at 80 columns', async () => {
    const text = (await shown(80, ...compared)).join('\n');
    expect(text).toContain(
      '2,000 clients in 10 processes lose their server for 20 s. It then accepts 100/s,',
    );
    expect(text).toMatch(/policy +peak\/s +after up +attempts +wasted +t50 +t99 +t100 +lost\n/);
    expect(text).toMatch(/\nsignalr +[\d,]+ +[\d,]+ +8,000 +3\.89 +– +– +– +1,780\n/);
    for (const name of ['policy.json', 'socket.io', 'phoenix', 'full-jitter']) {
      expect(text).toMatch(new RegExp(`\n +${name} {2}peak [\\d,]+/s, t99 [\\d.]+ s\n`));
    }
    expect(text).toMatch(/ signalr {2}peak [\d,]+\/s, 1,780 lost\n/);
    expect(text).toMatch(/server up/);
  });

  test('peaks near the capacity are drawn to a linear scale, others to a logarithmic one', async () => {
    expect((await shown(80)).join('\n')).toContain('Attempts per second (linear)');
    expect((await shown(80, ...compared)).join('\n')).toContain('Attempts per second (logarithmic)');
  });

  test('a long run shows its progress, and clears it', async () => {
    const io = new FakeIo({ isTTY: true });
    Object.assign(io.stderr, { isTTY: true, columns: 80 });
    await io.run('simulate', policy, '--compare', 'mqtt,phoenix,no-jitter');
    expect(io.err).toMatch(
      /simulating \S+: [\d,]+ (s until the server is up|of 100,000 back after [\d,]+ s)/,
    );
    expect(io.err.endsWith('\n')).toBe(false);
  });

  test('Ctrl-C ends the simulation without a result', async () => {
    const io = new FakeIo({ isTTY: true });
    io.quit$.next('SIGINT');
    expect(await io.run('simulate', policy, '--compare', 'mqtt,phoenix,no-jitter')).toBe(1);
    expect(io.out).toBe('');
  });
});

describe('holdfast simulate --out', () => {
  const odd = file('a <b> & "c".json');

  test.each(['svg', 'html'])('writes well-formed, self-contained %s', async (format) => {
    const out = join(folder, `storm.${format}`);
    const io = new FakeIo({ isTTY: true, columns: 80 });
    expect(await io.run('simulate', odd, ...small, ...compared, '--out', out)).toBe(0);
    expect(io.out.trimEnd().endsWith(`wrote ${out}`)).toBe(true);
    const text = readFileSync(out, 'utf8');
    expect(unbalanced(text)).toEqual([]);
    expect(text).toContain('a &lt;b> &amp; &quot;c&quot;.json');
    expect(text.replace('xmlns="http://www.w3.org/2000/svg"', '')).not.toMatch(
      /https?:|<script|href=|NaN|undefined/,
    );
    expect(text).toContain('prefers-color-scheme: dark');
  });

  test('draws the picture in the docs', async () => {
    const out = join(folder, 'docs.svg');
    const root = new URL('../..', import.meta.url).pathname;
    const { scripts } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
    const [, args] = /(simulate .*)$/.exec(scripts['docs:storm']) ?? [];
    const io = new FakeIo();
    const own = String(args)
      .replace('docs/storm.svg', out)
      .replace('docs/holdfast.json', `${root}docs/holdfast.json`);
    expect(await io.run(...own.split(' '))).toBe(0);
    expect(readFileSync(out, 'utf8')).toBe(readFileSync(`${root}docs/storm.svg`, 'utf8'));
  });

  /** Elements that are not closed, or closed twice. */
  function unbalanced(markup: string): string[] {
    const open: string[] = [];
    for (const [, end, name = '', empty] of markup.matchAll(/<(\/?)(\w+)[^>]*?(\/?)>/g)) {
      if (empty === '/' || name === 'meta') continue;
      if (end === '') open.push(name);
      else if (open.pop() !== name) return [`/${name}`];
    }
    return open;
  }
});

test.each<[args: string, ...lines: RegExp[]]>([
  ['/no/such/file', /^holdfast: file: "\/no\/such\/file" is not valid; expected a readable file/],
  [file('bad.json', '{"reconnect":{"stableAfter":"10x"}}'), /^holdfast: .*reconnect\.stableAfter.*"10x"/],
  [`${policy} --clients 0`, /^holdfast: --clients: "0" .* a whole number from 1 to 1000000$/],
  [`${policy} --clients 1e3`, /^holdfast: --clients: "1e3" .* a whole number/],
  [`${policy} --clients 10 --processes 11`, /^holdfast: --processes: "11" .* a whole number from 1 to 10$/],
  [`${policy} --outage 10x`, /^holdfast: --outage: "10x" .* a duration/],
  [`${policy} --outage 25h`, /^holdfast: --outage: "25h" .* at most 24h$/],
  [`${policy} --capacity 0`, /^holdfast: --capacity: "0" .* a whole number from 1/],
  [`${policy} --queue -1`, /^holdfast: --queue: "-1" .* a whole number from 0/],
  [`${policy} --timeout 0s`, /^holdfast: --timeout: "0s" .* at least 1ms$/],
  [
    `${policy} --refusal-cost 5`,
    /^holdfast: --refusal-cost: "5" .* a percentage from 0% to 100%, such as 5%$/,
  ],
  [`${policy} --refusal-cost 101%`, /^holdfast: --refusal-cost: "101%" .* a percentage/],
  [
    `${policy} --compare phenix`,
    /^holdfast: --compare: "phenix" .* names out of socket.io, .* mean phoenix\?$/,
  ],
  [`${policy} --seed x`, /^holdfast: --seed: "x" .* a whole number/],
  [`${policy} --out storm.png`, /^holdfast: --out: "storm.png" .* ends in .svg or .html$/],
  [`${policy} --out /no/such/storm.svg`, /^holdfast: --out: .* a writable file \(ENOENT/],
  // Beside another mistake: found before anything is simulated.
  [`${policy} --out ${policy}/x.svg --queue x`, /^holdfast: --queue/, /^holdfast: --out: .*\(ENOTDIR/],
  [`${policy} --out ${svgFolder} --queue x`, /^holdfast: --queue/, /^holdfast: --out: .*\(it is a folder\)$/],
  [
    `${policy} --clients x --queue y --compare a,b`,
    /^holdfast: --clients/,
    /^holdfast: --queue/,
    /^holdfast: --compare: "a"/,
    /^holdfast: --compare: "b"/,
  ],
  ['', /^error: missing required argument 'file'/],
])('holdfast simulate %s is refused', async (args, ...expected) => {
  const io = new FakeIo();
  expect(await io.run('simulate', ...args.split(' ').filter(Boolean))).toBe(2);
  expect(io.err.trimEnd().split('\n')).toEqual(expected.map((line) => expect.stringMatching(line)));
  expect(io.out).toBe('');
});

test('holdfast simulate --help: shows the model, and the formula of each comparison', async () => {
  const io = new FakeIo();
  expect(await io.run('help', 'simulate')).toBe(0);
  for (const text of ['--refusal-cost', 'The model:', 'phoenix     10, 50, 100', '$ holdfast simulate']) {
    expect(io.out).toContain(text);
  }
});
