/** `exports` of package.json, and the scripts in CommonJS that it names. */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { exportsOf } from '../../scripts/write-exports.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const require = createRequire(import.meta.url);

type Halves = { readonly require: { readonly default: string }; readonly default: string };
type Entry = Halves & { readonly browser?: Halves; readonly 'react-native'?: Halves };
const faces = Object.entries<Entry | string>(manifest.exports).flatMap(([path, entry]) => {
  if (typeof entry === 'string') return [];
  const halves = [[path, entry] as const, [`${path} in browsers`, entry.browser] as const];
  const all = [...halves, [`${path} in React Native`, entry['react-native']] as const];
  return all.flatMap(([name, half]) => (half === undefined ? [] : [[name, half] as const]));
});

test('exports: package.json has an entry for each face in src, as `npm run exports` writes it', () => {
  expect(JSON.stringify(manifest.exports)).toBe(JSON.stringify(exportsOf()));
});

test.each(faces)('exports: %s has the same names in CommonJS as in its module', async (_path, entry) => {
  const names = Object.keys(await import(root + entry.default)).toSorted();
  expect(names).not.toEqual([]);
  expect(Object.keys(require(root + entry.require.default)).toSorted()).toEqual(names);
});

test('exports: errors and refusals of one copy are known to the other', async () => {
  const [module, commonJs] = [await import(`${root}dist/index.js`), require(`${root}dist/cjs/index.js`)];
  const error = new module.ConfigError([{ path: 'url', value: 1, expected: 'a URL' }]);
  expect(error instanceof commonJs.ConfigError).toBe(false);
  expect(commonJs.isHoldfastError(error)).toBe(true);
});
