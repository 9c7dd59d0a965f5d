/** `docs/reference` has what the entries export. `npm run check` compares every line of it. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import manifest from '../package.json' with { type: 'json' };

const textOf = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');

/** Every `./dist/<source>.js` below an entry, whatever the conditions that lead to it. An entry of one file is no module. */
function sourcesOf(entry: unknown): string[] {
  if (typeof entry !== 'string') return Object.values(entry as object).flatMap(sourcesOf);
  const source = /^\.\/dist\/([\w.-]+)\.js$/.exec(entry)?.[1];
  return source === undefined ? [] : [source];
}

/** The names in `export { … } from` and `export … from` of a face. */
function exportsOf(source: string): string[] {
  const lists = textOf(`src/${source}.ts`).matchAll(/^export (?:type )?\{([^}]*)\}/gm);
  return [...lists].flatMap(([, list = '']) =>
    list
      .split(',')
      .map((item) =>
        item
          .trim()
          .replace(/^type /, '')
          .replace(/^.* as /, ''),
      )
      .filter((name) => name !== ''),
  );
}

const entries = Object.entries(manifest.exports).filter(([, entry]) => typeof entry === 'object');

test.each(entries)('reference: the page of entry %s has every export, of both halves', (path, entry) => {
  const page = `docs/reference/${path.replace('.', manifest.name).replaceAll('/', '-')}.md`;
  const names = [...new Set(sourcesOf(entry))].flatMap(exportsOf);
  expect(names).not.toEqual([]);
  const text = existsSync(new URL(`../${page}`, import.meta.url)) ? textOf(page) : '';
  expect(names.filter((name) => !text.includes(`\n### ${name}\n`))).toEqual([]);
});
