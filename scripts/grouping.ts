/**
 * Puts what `import 'holdfast'` loads into a few scripts. A chunk of esbuild holds what exactly the same entries reach, which
 * made fifty chunks of it; to read those took longer than to run them. So the entries that reach one module of a group are
 * made to reach all of it, by imports for their effects alone, which `bundle.ts` takes out of the scripts again.
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';

interface Group {
  /** Those that reach a module of it. */
  readonly entries: ReadonlySet<string>;
  readonly modules: readonly string[];
}

const NAMESPACE = 'group';
/** Modules whose effects no bundler leaves out, and the supervisor: what needs them is no group with what does not. */
const loads = [
  'src/time/clock.ts',
  'src/config/table.ts',
  'src/machines/setup.ts',
  'src/actors/incarnation/actor.ts',
  'src/actors/supervisor/supervisor.ts',
];

/** Groups for a build with these options. */
export async function grouping(root: string, options: BuildOptions): Promise<Plugin> {
  const { metafile } = await build({ ...options, metafile: true, write: false });
  const groups = groupsOf(metafile);
  const entries = new Set(groups.flatMap((group) => [...group.entries]));
  return {
    name: 'grouping',
    setup({ onLoad, onResolve }) {
      onResolve({ filter: /^group:/ }, ({ path }) => ({ path, namespace: NAMESPACE, sideEffects: true }));
      onResolve({ filter: /./, namespace: NAMESPACE }, ({ path }) => inputAt(root, path));
      // An import for effects alone leads nowhere if its module is said to have none, as package.json says of all.
      onResolve({ filter: /^\./ }, ({ path, resolveDir }) =>
        resolveDir.startsWith(join(root, 'src')) ? { path: join(resolveDir, path) } : undefined,
      );
      onLoad({ filter: /^group:/, namespace: NAMESPACE }, ({ path }) => ({
        contents: importsOf(groups[Number(path.slice('group:'.length))]?.modules ?? []),
        resolveDir: root,
      }));
      onLoad({ filter: /\.ts$/ }, ({ path, suffix }) => {
        const input = path.slice(resolve(root).length + 1) + suffix;
        if (suffix !== '' || !entries.has(input)) return undefined;
        const names = groups.flatMap((group, at) => (group.entries.has(input) ? [`group:${at}`] : []));
        return { contents: `${readFileSync(path, 'utf8')}\n${importsOf(names)}`, loader: 'ts' };
      });
    },
  };
}

const importsOf = (names: readonly string[]) =>
  names.map((name) => `import ${JSON.stringify(name)};\n`).join('');

/** The name of an input may end with the suffix that a plugin gave it. */
function inputAt(root: string, input: string) {
  const [path = '', suffix] = input.split('?');
  return {
    path: resolve(root, path),
    sideEffects: true,
    ...(suffix !== undefined && { suffix: `?${suffix}` }),
  };
}

/** What pages load with each of `loads`, and apart from it what Node alone loads. */
function groupsOf({ inputs, outputs }: Metafile): readonly Group[] {
  const entries = Object.values(outputs).flatMap(({ entryPoint }) => entryPoint ?? []);
  const reached = new Map(entries.map((entry) => [entry, reachedFrom(entry, inputs)]));
  const pages = [...reached.values()].filter(
    (modules) => ![...modules].some((name) => isForNode(inputs[name])),
  );
  const kindOf = (name: string) => {
    const those = pages.filter((modules) => modules.has(name));
    if (those.length === 0) return 'Node alone';
    return loads.filter((load) => those.every((modules) => modules.has(load))).join();
  };
  const missing = loads.filter((load) => inputs[load] === undefined);
  if (missing.length > 0) throw new Error(`grouping.ts names ${missing.join(', ')}: expected modules in src`);
  const inPages = reached.get('src/browser.ts');
  const groups = new Map<string, string[]>();
  // Modules of one room are alike: gzip finds more in neighbours.
  for (const name of [...(reached.get('src/index.ts') ?? [])].sort()) {
    const kind = kindOf(name);
    if (entries.includes(name) || !(inPages?.has(name) || kind === 'Node alone')) continue;
    groups.set(kind, [...(groups.get(kind) ?? []), name]);
  }
  return [...groups.values()].map((modules) => ({
    modules,
    entries: new Set(entries.filter((entry) => modules.some((name) => reached.get(entry)?.has(name)))),
  }));
}

const isForNode = (input: Metafile['inputs'][string] | undefined) =>
  input?.imports.some(({ path, external }) => external === true && path.startsWith('node:')) ?? false;

function reachedFrom(entry: string, inputs: Metafile['inputs']): ReadonlySet<string> {
  const seen = new Set<string>();
  const next = [entry];
  for (let name = next.pop(); name !== undefined; name = next.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    const own = inputs[name]?.imports ?? [];
    next.push(
      ...own.flatMap(({ path, kind, external }) => (kind === 'import-statement' && !external ? [path] : [])),
    );
  }
  return seen;
}
