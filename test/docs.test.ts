/** Every sample in the README and the docs compiles against the package, and runs. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { reasonClasses } from '../src/policy/exits.ts';
import * as kit from '../src/testing.ts';
import { pages, type Sample, samplesIn } from './support/samples.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
/** Inside the package, so that samples import it by its name. */
const folder = `${root}test/.samples`;
/**
 * Samples run for a second after their imports are loaded: long enough to fail, and they need not end by themselves. What asserts something
 * must come to its end.
 */
const cut = `setTimeout(() => process.exit(0), 1000);`;
const cutOf = ({ source }: Sample) => (source.includes('assert') ? '' : cut);

/** Samples for pages have the platform's `WebSocket`, which is behind a flag in Node 20. */
const platform = 'WebSocket' in globalThis ? [] : ['--experimental-websocket', '--disable-warning=UNDICI-WS'];

const samples = samplesIn('ts');
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const fileOf = ({ stem }: Sample) => `${folder}/${stem}.ts`;
for (const sample of samples) writeFileSync(fileOf(sample), `${cutOf(sample)}${sample.source}\nexport {};\n`);
writeFileSync(
  `${folder}/tsconfig.json`,
  JSON.stringify({ extends: '../../tsconfig.json', include: ['*.ts', '../servers/libraries/*.d.ts'] }),
);

test('docs: the pages contain samples', () => {
  expect(samples.length).toBeGreaterThan(4);
});

test('docs: all samples compile', async () => {
  const tsc = `${root}node_modules/typescript/bin/tsc`;
  const checked = run(process.execPath, [tsc, '-p', folder], { cwd: folder });
  await expect(checked.catch(({ stdout }) => Promise.reject(new Error(stdout)))).resolves.toBeDefined();
});

// Each waits a second for nothing, so they wait together.
test.concurrent.each(samples)('docs: sample $name runs', async (sample) => {
  const args = [...platform, '--import', 'tsx', fileOf(sample)];
  const env = { ...process.env, HOLDFAST_LOG: 'error' };
  await expect(run(process.execPath, args, { cwd: root, env })).resolves.toMatchObject({ stderr: '' });
});

describe('docs: the table in', () => {
  test('docs/embedding.md has every code of an error', () => {
    const codes = [...sourceOf('src/base/errors.ts').matchAll(/^ {2}\| '([a-z-]+)'/gm)].map(
      ([, code]) => code,
    );
    expect(codes.length).toBeGreaterThan(4);
    const listed = tableOf('docs/embedding.md', 'code').map(([code]) => code);
    expect(listed.sort()).toEqual(codes.map((code) => `\`${code}\``).sort());
  });

  test('docs/embedding.md has every reason of an exit, with its class', () => {
    const listed = tableOf('docs/embedding.md', 'reason').map(([reason, each]) => `${reason} ${each}`);
    const reasons = Object.entries(reasonClasses).map(([reason, each]) => `\`${reason}\` \`${each}\``);
    expect(listed.sort()).toEqual(reasons.sort());
  });

  test('docs/embedding.md has every reason to give up', () => {
    const union = /kind: 'give-up'; because: ([^}]*) }/.exec(sourceOf('src/policy/restart.ts'))?.[1] ?? '';
    const reasons = [...union.matchAll(/'([a-z]+)'/g)].map(([, reason]) => reason);
    expect(reasons.length).toBeGreaterThan(3);
    const sentence = /`gave-up` says `because`:[^.]*/.exec(sourceOf('docs/embedding.md'))?.[0];
    expect(reasons.filter((reason) => !sentence?.includes(`\`${reason}\``))).toEqual([]);
  });

  test.each(['normal', 'retryable', 'fatal'] as const)('README.md has every %s reason', (exitClass) => {
    const row =
      sourceOf('README.md')
        .split('\n')
        .find((line) => line.startsWith(`| \`${exitClass}\``)) ?? '';
    const reasons = Object.entries(reasonClasses).filter(([, each]) => each === exitClass);
    const listed = [...(row.split('|')[2] ?? '').matchAll(/`([a-z-]+)`/g)].map(([, reason]) => reason);
    expect(listed.sort()).toEqual(reasons.map(([reason]) => reason).sort());
  });

  test('README.md has every event', () => {
    const events = [
      ...sourceOf('src/actors/supervisor/events.ts').matchAll(/^ {2}readonly event: (.*);$/gm),
    ].flatMap(([, names = '']) => [...names.matchAll(/'([a-z-]+)'/g)].map(([, name]) => name));
    expect(events.length).toBeGreaterThan(6);
    const section = sourceOf('README.md').split('### Logs and events')[1]?.split('###')[0];
    expect(events.filter((name) => !section?.includes(`\`${name}\``))).toEqual([]);
  });

  test('docs/testing.md has every function of the kit', () => {
    const functions = Object.keys(kit).filter((name) => !sourceOf('docs/testing.md').includes(`${name}(`));
    expect(functions).toEqual([]);
  });

  test.each([
    ['docs/websocket-class.md', 'src/sdk/web-socket-class.ts', 'WebSocketClassOptions'],
    ['docs/redis.md', 'src/protocols/redis/redis.ts', 'RedisOptions'],
  ])('%s has every option of its own', (page, source, name) => {
    const options = new RegExp(`interface ${name}[^{]*\\{(.*?)\n\\}`, 's').exec(sourceOf(source));
    const names = [...(options?.[1] ?? '').matchAll(/^ {2}readonly (\w+)/gm)].map(
      ([, option]) => `\`${option}\``,
    );
    expect(names.length).toBeGreaterThan(3);
    expect(rowsOf(page)).toEqual(expect.arrayContaining(names));
  });
});

test('docs: every link leads to an existing file and heading', () => {
  const broken = pages.flatMap((page) =>
    [...sourceOf(page).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)].flatMap(([, file, heading]) => {
      const target = file ? join(dirname(page), file) : page;
      if (!existsSync(`${root}${target}`)) return [`${page}: ${target}`];
      const found = heading === undefined || headingsOf(target).includes(heading);
      return found ? [] : [`${page}: ${target}#${heading}`];
    }),
  );
  expect(broken).toEqual([]);
});

/** As they are linked to. */
function headingsOf(page: string): string[] {
  return [...sourceOf(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

function sourceOf(file: string): string {
  return readFileSync(`${root}${file}`, 'utf8');
}

/** The cells of each row of the table whose first column has that name. */
function tableOf(page: string, column: string): string[][] {
  const table = sourceOf(page).match(
    new RegExp(`^\\| ${column} +\\|.*\\n\\|[-| ]+\\|\\n((?:\\|.*\\n)+)`, 'm'),
  );
  const rows = table?.[1]?.trimEnd().split('\n') ?? [];
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** The first cells of all tables of a page. */
function rowsOf(page: string): string[] {
  return [...sourceOf(page).matchAll(/^\| ([^|]*?) +\|/gm)].map(([, cell]) => cell ?? '');
}
