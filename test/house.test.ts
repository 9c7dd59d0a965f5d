/** Rules that lint cannot check: sources of time and chance, imports of browser builds, names in docs/architecture.md. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { arrowRules, arrows, foldersOfSource } from '../scripts/arrows.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const src = join(root, 'src');
const all = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file));
const files = all.filter((file) => file.endsWith('.ts'));

test("sources: only time/clock.ts reads the platform's time or randomness", () => {
  const offenders = files.filter(
    (file) =>
      file !== 'time/clock.ts' &&
      /\b(Math\.random|Date\.now|new Date)\s*\(/.test(readFileSync(join(src, file), 'utf8')),
  );
  expect(offenders).toEqual([]);
});

test('sources: config.ts imports no Node module and no package', () => {
  expect(packagesOf('config.ts')).toEqual([]);
});

/** Packages that work in browsers, too. */
const forBrowsers = ['rxjs', 'xstate', 'engine.io-parser', 'socket.io-parser'];

describe('the faces for browsers', () => {
  const faces = [
    'browser',
    'websocket-browser',
    'websocket-class-browser',
    'adopt',
    'machines',
    'testing',
    'recorder',
    'graphql-ws',
    'socket.io',
    'phoenix',
    'session-browser',
  ];
  test.each(faces)('%s imports no Node module', (face) => {
    const foreign = packagesOf(`${face}.ts`);
    expect(foreign.filter((name) => !forBrowsers.includes(name))).toEqual([]);
  });
});

test('house: no file of src imports itself through others, types included', () => {
  expect(importCircles(all)).toEqual([]);
});

test('house: no file of src has more than 300 lines', () => {
  const lengths = all.map(
    (file) => [file, readFileSync(join(src, file), 'utf8').split('\n').length - 1] as const,
  );
  expect(lengths.filter(([, lines]) => lines > 300)).toEqual([]);
});

test('house: no file of src asks URL.canParse, which is wrong about umlauts in Node 20 and 22', () => {
  const asking = all.filter((file) => /\bURL\.canParse\(/.test(readFileSync(join(src, file), 'utf8')));
  expect(asking).toEqual([]);
});

/** Projects in which each file of tests has modules of its own. */
const isolated = /^(servers|inspect|networks|environments|browser)\//;

test('house: helpers of tests that share a process register no hook, which would run for the first file alone', () => {
  const tests = join(root, 'test');
  const helpers = readdirSync(tests, { recursive: true, encoding: 'utf8' }).filter(
    (file) => /(?<!\.test)\.ts$/.test(file) && file !== 'support/setup.ts' && !isolated.test(file),
  );
  const hooked = helpers.filter((file) =>
    /^(after|before)(Each|All)\(/m.test(readFileSync(join(tests, file), 'utf8')),
  );
  expect(hooked).toEqual([]);
});

test('house: src/policy imports no package', () => {
  const imports = files.filter((file) => file.startsWith('policy/')).flatMap((file) => importsOf(file));
  expect(imports.filter((name) => !name.startsWith('./'))).toEqual([]);
});

describe('arrows between the rooms of src', () => {
  test('biome.arrows.json is as generated; otherwise: npm run arrows', () => {
    expect(readFileSync(join(src, '../biome.arrows.json'), 'utf8')).toBe(arrowRules());
  });

  test('each folder of src has a row among the arrows', () => {
    const rules = arrowRules();
    expect(
      foldersOfSource().filter((folder) => !rules.includes(`"src/${folder === '.' ? '' : `${folder}/`}*`)),
    ).toEqual([]);
  });

  const typesOnly = Object.entries(arrows).flatMap(([row, { types = [] }]) =>
    types.map((room) => [row, room]),
  );
  test.each(typesOnly)('src/%s imports nothing but types from src/%s', (row, room) => {
    const values = files
      .filter((file) => file.startsWith(`${row}/`))
      .flatMap((file) => importsOf(file).map((name) => [file, normalize(join(dirname(file), name))]));
    expect(values.filter(([, target]) => target?.startsWith(`${room}/`))).toEqual([]);
  });

  test.each(files.filter((file) => !file.includes('/')))(
    'src/%s holds nothing but exports of other files',
    (face) => {
      const source = readFileSync(join(src, face), 'utf8').replaceAll(/\/\*[\s\S]*?\*\//g, '');
      expect(source.replaceAll(/^export [^;]*? from '[^']+';$/gm, '').trim()).toBe('');
    },
  );
});

/** The packages that a file reaches at run time, by itself or through others. */
function packagesOf(file: string, seen = new Set<string>()): string[] {
  if (seen.has(file)) return [];
  seen.add(file);
  return importsOf(file).flatMap((name) =>
    name.startsWith('.') ? packagesOf(normalize(join(dirname(file), name)), seen) : [name],
  );
}

function importsOf(file: string): string[] {
  const source = readFileSync(join(src, file), 'utf8');
  const statements = source.matchAll(/^(?:import|export)\s+(?!type\b)(?:[^;]*?\sfrom\s+)?'([^']+)'/gm);
  return Array.from(statements, (match) => match[1] ?? '');
}

/** Each group of files that reach one another, sorted; `import type` counts. Tarjan's algorithm. */
function importCircles(among: readonly string[]): string[][] {
  const circles: string[][] = [];
  const numbers = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const visit = (file: string) => {
    numbers.set(file, numbers.size);
    lowest.set(file, numbers.get(file) ?? 0);
    open.push(file);
    for (const next of neighboursOf(file).filter((name) => among.includes(name))) {
      if (!numbers.has(next)) visit(next);
      if (open.includes(next))
        lowest.set(file, Math.min(lowest.get(file) ?? 0, lowest.get(next) ?? 0, numbers.get(next) ?? 0));
    }
    if (lowest.get(file) !== numbers.get(file)) return;
    const group = open.splice(open.indexOf(file));
    if (group.length > 1 || neighboursOf(file).includes(file)) circles.push(group.sort());
  };
  for (const file of among) if (!numbers.has(file)) visit(file);
  return circles;
}

/** The files of src that a file imports or exports from, for values or for types. */
function neighboursOf(file: string): string[] {
  const source = readFileSync(join(src, file), 'utf8');
  const statements = source.matchAll(
    /^(?:import|export)\s(?:[^;]*?\sfrom\s+)?'(\.[^']+)'|\bimport\('(\.[^']+)'\)/gm,
  );
  return Array.from(statements, ([, from, inline]) => normalize(join(dirname(file), from ?? inline ?? '')));
}

test('docs: every name in backquotes in docs/architecture.md is a path, an npm script or in the sources', () => {
  const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8').replaceAll(/^```.*?^```/gms, '');
  const spans = [...new Set(Array.from(page.matchAll(/`([^`]+)`/g), ([, span = '']) => span))];
  expect(spans.length).toBeGreaterThan(100);
  const words = wordsOfSources();
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  expect(spans.filter((span) => !isKnown(span, words, scripts))).toEqual([]);
});

/** Commands of npm itself, which are no scripts. */
const ofNpm = ['ci'];

function isKnown(span: string, words: ReadonlySet<string>, scripts: object): boolean {
  const script = /^npm (?:run )?([\w:-]+)/.exec(span)?.[1];
  if (script !== undefined) return script in scripts || ofNpm.includes(script);
  if (existsSync(join(root, span))) return true;
  const isPath = !span.includes(' ') && /\/|\.(?:tsx?|json|md)$/.test(span);
  return !isPath && wordsOf(span).every((word) => words.has(word));
}

/** Identifiers, and the words of strings such as `deadline-expired`. */
function wordsOf(text: string): string[] {
  return text.match(/[A-Za-z_$][\w$]*(?:-[a-z]+)*/g) ?? [];
}

/** The words of all code, without comments. */
function wordsOfSources(): Set<string> {
  const sources = ['src', 'test', 'bench', 'scripts'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.tsx?$/.test(file) && !/node_modules|\.samples/.test(file))
      .map((file) => readFileSync(join(root, folder, file), 'utf8')),
  );
  const code = sources.join('\n').replaceAll(/^\s*(?:\/\*.*?\*\/|\/\/[^\n]*)/gms, '');
  return new Set(wordsOf(code));
}
