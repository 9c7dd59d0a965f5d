/** The package in the bundles of others: pages in Chromium under a strict policy, and programs for Node. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { chromiumMissing, launch } from '../support/chromium.ts';
import { Project, test } from './support/project.ts';
import { started } from './support/running.ts';
import { evaluated, type Site, siteOf } from './support/site.ts';

const packages = [
  'esbuild@0.28.2',
  'rollup@4.68.5',
  '@rollup/plugin-commonjs@29.0.3',
  '@rollup/plugin-json@6.1.0',
  '@rollup/plugin-node-resolve@16.0.3',
  'vite@8.3.8',
  'webpack@5.112.2',
];

const forModules =
  "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";
const nodeResolve = 'node-resolve={preferBuiltins:true,exportConditions:["node"]}';

const project = new Project();
let site: Site;

beforeAll(async () => {
  await project.install(packages);
  project.copy('visit.mjs', 'page.mjs', 'clock.mjs', 'node.mjs', 'webpack.mjs', 'vite-dev.mjs', 'vite.mjs');
  project.write('index.html', '<!doctype html><script type="module" src="/page.mjs"></script>');
  site = await siteOf(project.folder);
  // Two pages each, and the programs for Node of webpack.
  await project.output(process.execPath, 'webpack.mjs');
  await built(
    'vite',
    'build',
    '--outDir',
    'out/vite',
    '--assetsDir',
    '.',
    '--logLevel',
    'warn',
    '--config',
    'vite.mjs',
  );
}, 250_000);
afterAll(() => {
  site?.close();
  project.remove();
}, 60_000);

describe.skipIf(chromiumMissing !== undefined)('pages', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser?.close());

  const heard = 'hello 1, hello 2';

  test.each<readonly [bundler: string, command: readonly [string, ...string[]] | undefined]>([
    [
      'esbuild',
      ['esbuild', 'page.mjs', '--bundle', '--minify', '--format=esm', '--outfile=out/esbuild/page.js'],
    ],
    ['rollup', ['rollup', 'page.mjs', '-p', 'node-resolve={browser:true}', '-o', 'out/rollup/page.js']],
    ['webpack', undefined],
    ['vite', undefined],
  ])(
    'environments: a page bundled by %s says hello, and again after its socket was cut',
    async (bundler, command) => {
      if (command !== undefined) await built(...command);
      const address = `${site.origin}/?out/${bundler}/page.js`;
      expect(await evaluated(browser, address, `visit('${site.socket}')`)).toBe(heard);
    },
  );

  test.each(['webpack', 'vite'])(
    'environments: a page bundled by %s has a clock whose worker is the script of the package',
    async (bundler) => {
      const address = `${site.origin}/?out/${bundler}/clock.js`;
      expect(await evaluated(browser, address, `visitByWorker('${site.socket}')`)).toEqual([heard]);
    },
  );

  test('environments: the development server of vite bundles the package before it serves the page', async () => {
    const server = await started(project, ['vite-dev.mjs', 'vite.mjs'], /\n/);
    try {
      const port = server.printed().trim();
      expect(await evaluated(browser, `http://127.0.0.1:${port}/`, `visit('${site.socket}')`)).toBe(heard);
      expect(existsSync(join(project.folder, 'node_modules/.vite/deps/holdfast.js'))).toBe(true);
    } finally {
      server.stop();
    }
  });
});

describe('programs for Node', () => {
  test.each<readonly [title: string, out: string, command: readonly [string, ...string[]] | undefined]>([
    [
      'esbuild, CommonJS',
      'out/esbuild/node.cjs',
      ['esbuild', 'node.mjs', '--bundle', '--platform=node', '--outfile=out/esbuild/node.cjs'],
    ],
    [
      'esbuild, ES modules, with a require in the first line',
      'out/esbuild/node.mjs',
      [
        'esbuild',
        ...['node.mjs', '--bundle', '--platform=node', '--format=esm', '--outfile=out/esbuild/node.mjs'],
        `--banner:js=${forModules}`,
      ],
    ],
    [
      'rollup',
      'out/rollup/node/node.mjs',
      [
        'rollup',
        ...['node.mjs', '-p', nodeResolve, '-p', 'commonjs', '-p', 'json', '--silent'],
        ...['-d', 'out/rollup/node', '--entryFileNames', '[name].mjs', '--chunkFileNames', '[name].mjs'],
      ],
    ],
    ['webpack', 'out/webpack/node.mjs', undefined],
  ])(
    'environments: a program for Node by %s: ws connects and pino writes lines',
    async (_title, out, command) => {
      if (command !== undefined) await built(...command);
      const { stdout, stderr } = await ran(out);
      expect(stdout).toBe('hello\nclosed-by-us \n');
      expect(JSON.parse(stderr.split('\n')[0] ?? '')).toMatchObject({ level: 30, url: site.socket });
    },
  );

  test('environments: a program for Node by esbuild, ES modules without a require: exit and warning name the remedy', async () => {
    const out = 'out/esbuild/bare.mjs';
    await built('esbuild', 'node.mjs', '--bundle', '--platform=node', '--format=esm', `--outfile=${out}`);
    const { stdout, stderr } = await ran(out);
    expect(stdout).toMatch(
      /^bad-config ws cannot be loaded: Dynamic require of ".+--external:ws.+--banner:js/,
    );
    expect(stderr).toMatch(/holdfast logs nothing: pino cannot be loaded: .+--external:pino.+--banner:js/);
    expect(stdout).toContain(forModules);
  });
});

/** Runs a command of an installed package. */
function built(name: string, ...args: readonly string[]): Promise<string> {
  return project.output(`node_modules/.bin/${name}`, ...args);
}

/** What a bundle prints that connects to the site. */
async function ran(file: string): Promise<{ stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const options = { cwd: project.folder, timeout: 20_000 };
    execFile(process.execPath, [file, site.socket], options, (_error, stdout, stderr) =>
      resolve({ stdout, stderr }),
    );
  });
}
