/**
 * Bundles the sources: one script for each entry that package.json names, and chunks for what several entries use,
 * so that a module exists once however it is reached. Packages of `dependencies` stay imports, and in the entries those of
 * `peerDependencies`; all other libraries become part of the scripts, cut down to what is used.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import { clockWorkerSource } from '../src/time/worker-clock.ts';
import { bareCharts } from './bare-charts.ts';
import { commonJs } from './common-js.ts';
import { grouping } from './grouping.ts';
import { bundleForReactNative } from './react-native.ts';

interface Manifest {
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: object;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

/**
 * Libraries in CommonJS ask for modules of Node by `require`, which a module does not have. readable-stream is a copy of
 * one, for platforms without it.
 */
const builtins: Plugin = {
  name: 'builtins',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^[^.]/ }, ({ path, kind }) => {
      const name = path === 'readable-stream' ? 'stream' : path;
      return kind === 'require-call' && isBuiltin(name) ? { path: name, namespace: 'builtin' } : undefined;
    });
    onLoad({ filter: /./, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
    }));
  },
};

/** Marks modules that exist a second time. */
const OWN = '?own';

/**
 * Optional peers stay imports in the entries, and are parts of the command line, whose users install nothing. So the
 * protocols that import one, and the metrics, exist a second time, as the command line loads them on demand.
 */
function peersOfCli(root: string, peers: readonly string[]): Plugin {
  const folders = [...foldersThatImport(`${root}src/protocols`, peers), join(root, 'src/opentelemetry')];
  const cli = join(root, 'src/cli');
  return {
    name: 'peers of the command line',
    setup({ onLoad, onResolve }) {
      // What is bundled of another library takes the peer that is bundled as well.
      onResolve({ filter: /^[^.]/ }, ({ path, pluginData, resolveDir }) =>
        peers.includes(path) && pluginData !== OWN && !resolveDir.includes('/node_modules/')
          ? { path, external: true }
          : undefined,
      );
      onResolve({ filter: /^\./ }, ({ path, resolveDir, pluginData }) => {
        const file = join(resolveDir, path);
        const isOwn = pluginData === OWN || resolveDir === cli || resolveDir.startsWith(`${cli}/`);
        return isOwn && folders.includes(dirname(file)) ? { path: file, suffix: OWN } : undefined;
      });
      onLoad({ filter: /\.ts$/ }, ({ path, suffix }) =>
        suffix === OWN ? { contents: readFileSync(path), loader: 'ts', pluginData: OWN } : undefined,
      );
    },
  };
}

function foldersThatImport(above: string, packages: readonly string[]): readonly string[] {
  const folders = readdirSync(above, { withFileTypes: true }).filter((each) => each.isDirectory());
  return folders
    .map(({ name }) => join(above, name))
    .filter((folder) => {
      const texts = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));
      return texts.some((text) => packages.some((name) => text.includes(`from '${name}'`)));
    });
}

export async function bundle(root: string): Promise<Metafile> {
  const manifest: Manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
  const { bin, exports, dependencies, peerDependencies } = manifest;
  const entries = [...new Set([...scriptsIn(exports), ...scriptsIn(bin)])];
  const options = {
    absWorkingDir: root,
    entryPoints: entries.map((script) => script.replace('./dist/', 'src/').replace(/js$/, 'ts')),
    outbase: 'src',
    outdir: 'dist',
    chunkNames: 'chunks/[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'es2023',
    // The parts of a library in CommonJS cannot be left out.
    mainFields: ['module', 'main'],
    external: Object.keys(dependencies),
    plugins: [bareCharts, peersOfCli(root, Object.keys(peerDependencies)), builtins],
    sourcemap: true,
    // Bundlers keep an object that reads a member of another one, although nothing uses it.
    define: { 'Number.POSITIVE_INFINITY': 'Infinity', 'Number.NaN': 'NaN' },
    // The sources are in the package.
    sourcesContent: false,
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
  } as const satisfies BuildOptions;
  const plugins = [...options.plugins, await grouping(root, options)];
  const { metafile } = await build({ ...options, plugins });
  const scripts = Object.keys(metafile.outputs).filter((file) => file.endsWith('.js'));
  const first = firstOf(Object.keys(dependencies).sort(), metafile);
  for (const script of scripts) finish(root, script, first);
  writeFileSync(`${root}dist/clock-worker.js`, clockWorkerSource);
  const modules = scriptsIn(exports).map((script) => script.replace('./', ''));
  await commonJs(root, metafile, modules);
  await bundleForReactNative(
    root,
    scriptsIn(exports, ofReactNative),
    Object.keys({ ...dependencies, ...peerDependencies }),
  );
  return metafile;
}

/** Those that are bundled from the sources: the others are made of them, or written. */
const bundled = /^\.\/dist\/(?!clock-worker)([\w.-]+|cli\/[\w-]+)\.js$/;

const ofReactNative = /^\.\/dist\/react-native\/[\w.-]+\.js$/;

function scriptsIn(value: unknown, kind = bundled): string[] {
  if (typeof value === 'string') return kind.test(value) ? [value] : [];
  return Object.values(value as object).flatMap((each) => scriptsIn(each, kind));
}

/**
 * Takes out the imports that esbuild adds for the order of effects: no module here has any, and each would be a
 * warning in bundles of the package. Lines stay where the source map expects them.
 */
function finish(root: string, script: string, first: readonly string[]): void {
  const text = readFileSync(join(root, script), 'utf8');
  checkFolder(script, text);
  writeFileSync(join(root, script), inOrder(text.replaceAll(/^import "\.[^"]+";$/gm, ''), first));
}

/**
 * The imports that come first in each script: packages, RxJS before XState as it is the smaller one, and the charts, the script
 * that imports nothing else. A bundle has modules in the order of imports: gzip, which looks back 32 KB, then finds the charts
 * behind XState, and more of holdfast before each module than with both libraries in its midst.
 */
function firstOf(packages: readonly string[], { outputs }: Metafile): readonly string[] {
  const charts = Object.entries(outputs).filter(
    ([, { imports }]) => imports.length > 0 && imports.every(({ path }) => packages.includes(path)),
  );
  return [...packages, ...charts.map(([script]) => basename(script))];
}

/** Moves imports into the first line; the others stay. */
function inOrder(text: string, first: readonly string[]): string {
  const moved: [place: number, statement: string][] = [];
  const rest = text.replaceAll(/^import \{[^}]*\} from "([^"]+)";$/gm, (statement, from: string) => {
    const place = first.findIndex((name) => from === name || from.endsWith(`/${name}`));
    if (place === -1) return statement;
    moved.push([place, statement.replaceAll(/\s+/g, ' ')]);
    return '\n'.repeat(statement.split('\n').length - 1);
  });
  const sorted = moved.sort(([one], [other]) => one - other);
  return sorted.map(([, statement]) => statement).join(' ') + rest;
}

/** Files are found from `src/<room>/<module>.ts`, and so from `dist/<folder>/<script>.js` alone. */
function checkFolder(script: string, text: string): void {
  if (!text.includes('import.meta.url') || dirname(dirname(script)) === 'dist') return;
  throw new Error(`${script} has import.meta.url: expected in a folder of dist, where ../../ is the package`);
}
