/** The samples of the README and the docs, under the preset of typescript-eslint that asks the compiler for types. */
import { copyFileSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { samplesIn } from '../support/samples.ts';
import { Project } from './support/project.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const linter = ['eslint@10.15.0', 'typescript-eslint@8.74.0', 'typescript@5.9.3', '@types/react@19'];
/** What samples import beside holdfast; the copies of the repository serve. */
const imported = [
  ...['@opentelemetry/api', '@opentelemetry/exporter-prometheus', '@opentelemetry/sdk-metrics'],
  ...[
    '@types/node',
    '@types/pg',
    '@types/ws',
    'amqplib',
    'centrifuge',
    'graphql-ws',
    'ioredis',
    'mqtt',
    'nats',
  ],
  ...['pg', 'phoenix', 'redis'],
];

const config = `
import tseslint from 'typescript-eslint';
export default tseslint.config({
  files: ['samples/*.{ts,tsx}'],
  extends: [tseslint.configs.recommendedTypeChecked],
  languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
  // A sample ends where a program goes on.
  rules: { '@typescript-eslint/no-unused-vars': 'off' },
});
`;
const compilerOptions = {
  ...{ target: 'es2023', module: 'nodenext', jsx: 'react-jsx', strict: true, noEmit: true },
  ...{ types: ['node'], lib: ['es2023', 'dom', 'esnext.disposable'], exactOptionalPropertyTypes: true },
};

const project = new Project();
beforeAll(async () => {
  await project.install(linter, 'module');
  for (const name of imported) link(name);
  project.write('eslint.config.mjs', config);
  project.write('tsconfig.json', JSON.stringify({ compilerOptions, include: ['samples'] }));
  for (const language of ['ts', 'tsx'])
    for (const { stem, source } of samplesIn(language))
      project.write(`samples/${stem}.${language}`, `${source}\nexport {};\n`);
  const declarations = `${root}test/servers/libraries/`;
  for (const file of readdirSync(declarations).filter((each) => each.endsWith('.d.ts')))
    copyFileSync(declarations + file, project.path(`samples/${file}`));
}, 250_000);
afterAll(() => project.remove(), 60_000);

/** Makes a package of the repository one of the project. */
function link(name: string): void {
  const place = project.path(`node_modules/${name}`);
  mkdirSync(dirname(place), { recursive: true });
  symlinkSync(`${root}node_modules/${name}`, place);
}

/** The complaints of the linter about files of the project, a line each. */
async function complaintsAbout(...files: readonly string[]): Promise<string[]> {
  const eslint = project.path('node_modules/eslint/bin/eslint.js');
  const run = project.output(process.execPath, eslint, '--format', 'json', ...files);
  const report = await run.catch(
    ({ stdout, message }: { stdout: string; message: string }) => stdout || message,
  );
  return (JSON.parse(report) as Report[]).flatMap(({ filePath, messages }) =>
    messages.map(
      ({ line, ruleId, message }) => `${filePath.split('/').at(-1)}:${line} ${ruleId}: ${message}`,
    ),
  );
}
interface Report {
  readonly filePath: string;
  readonly messages: readonly { readonly line: number; readonly ruleId: string; readonly message: string }[];
}

test('eslint: recommendedTypeChecked accepts every sample', async () => {
  expect(samplesIn('ts').length + samplesIn('tsx').length).toBeGreaterThan(50);
  expect(await complaintsAbout('samples')).toEqual([]);
}, 120_000);

test('eslint: recommendedTypeChecked finds what it is there for', async () => {
  project.write(
    'samples/mistake.ts',
    `import { createSupervisor } from 'holdfast';
     const connection = createSupervisor().connect({ url: 'ws://feed.example' });
     connection.ready();
     const { ready } = connection;
     void ready();`,
  );
  expect(await complaintsAbout('samples/mistake.ts')).toEqual([
    expect.stringContaining('no-floating-promises'),
    expect.stringContaining('unbound-method'),
  ]);
}, 120_000);
