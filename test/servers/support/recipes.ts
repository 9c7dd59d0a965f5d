/** The recipes of docs/adopting.md, as modules. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const page = fileURLToPath(new URL('../../../docs/adopting.md', import.meta.url));
const folder = fileURLToPath(new URL('../../.recipes', import.meta.url));

/** The export of that name, which one sample on the page has. Imports of the package lead to its sources. */
export async function recipe<T>(name: string): Promise<T> {
  const samples = readFileSync(page, 'utf8').matchAll(/^```ts\n(.*?)^```/gms);
  const found = Array.from(samples, ([, source = '']) => source).filter((source) =>
    source.includes(`export const ${name}`),
  );
  if (found.length !== 1)
    throw new Error(`docs/adopting.md: ${found.length} samples export ${name}, expected 1`);
  const source = found
    .join('')
    .replaceAll(/'holdfast(?:\/([\w.-]+))?'/g, (_, entry = 'index') => `'../../src/${entry}.ts'`);
  mkdirSync(folder, { recursive: true });
  const file = `${folder}/${name}.ts`;
  writeFileSync(file, source);
  return (await import(file))[name];
}
