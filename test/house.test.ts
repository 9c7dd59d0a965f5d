/** What lint cannot see: where time and chance come from, and what a browser would have to load. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const src = fileURLToPath(new URL('../src', import.meta.url));
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

test("sources: only time/clock.ts reads the platform's time or randomness", () => {
  const offenders = files.filter(
    (file) =>
      file !== 'time/clock.ts' &&
      /\b(Math\.random|Date\.now|new Date)\s*\(/.test(readFileSync(join(src, file), 'utf8')),
  );
  expect(offenders).toEqual([]);
});

test('sources: config.ts imports no Node module, and one small library', () => {
  expect(new Set(packagesOf('config.ts'))).toEqual(new Set(['fastest-levenshtein']));
});

describe('the faces for browsers', () => {
  const faces = [
    'browser',
    'websocket-browser',
    'websocket-class-browser',
    'machines',
    'testing',
    'recorder',
  ];
  test.each(faces)('%s imports no Node module', (face) => {
    const foreign = packagesOf(`${face}.ts`);
    expect(foreign.filter((name) => !['rxjs', 'xstate'].includes(name))).toEqual([]);
  });
});

test('sources: src/policy imports no package', () => {
  const imports = files.filter((file) => file.startsWith('policy/')).flatMap((file) => importsOf(file));
  expect(imports.filter((name) => !name.startsWith('./'))).toEqual([]);
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
