/** Every sample in the README and the docs compiles against the package, and runs. */
import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
/** Inside the package, so that samples import it by its name. */
const folder = `${root}test/.samples`;
const pages = ['README.md', ...readdirSync(`${root}docs`).map((file) => `docs/${file}`)].filter((file) =>
  file.endsWith('.md'),
);
/** Samples run for this long: long enough to fail, and they need not end by themselves. */
const enough = `setTimeout(() => process.exit(0), 1000);`;

const samples = pages.flatMap((page) => {
  const blocks = readFileSync(`${root}${page}`, 'utf8').matchAll(/^```ts\n(.*?)^```/gms);
  return Array.from(blocks, (block, index) => ({ name: `${page} ${index + 1}`, source: block[1] ?? '' }));
});

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const fileOf = (name: string) => `${folder}/${name.replaceAll(/\W+/g, '-')}.ts`;
for (const { name, source } of samples) writeFileSync(fileOf(name), `${source}\nexport {};\n`);
writeFileSync(
  `${folder}/tsconfig.json`,
  JSON.stringify({ extends: '../../tsconfig.json', include: ['*.ts'] }),
);
writeFileSync(`${folder}/enough.mjs`, enough);

test('there are samples', () => {
  expect(samples.length).toBeGreaterThan(4);
});

test('all samples compile', async () => {
  const tsc = `${root}node_modules/typescript/bin/tsc`;
  const checked = run(process.execPath, [tsc, '-p', folder], { cwd: folder });
  await expect(checked.catch(({ stdout }) => Promise.reject(new Error(stdout)))).resolves.toBeDefined();
});

test.each(samples)('$name runs', async ({ name }) => {
  const args = ['--import', `${folder}/enough.mjs`, '--import', 'tsx', fileOf(name)];
  const env = { ...process.env, HOLDFAST_LOG: 'error' };
  await expect(run(process.execPath, args, { cwd: root, env })).resolves.toMatchObject({ stderr: '' });
});
