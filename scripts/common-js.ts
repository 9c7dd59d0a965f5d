/**
 * Makes the folder `cjs` of `dist` and of `dist/react-native`, the entries as CommonJS: each script of theirs is rewritten by itself,
 * so that its modules exist once there as well. Declarations are copied, as TypeScript takes their format from the folder's package.json.
 */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { type Metafile, transform } from 'esbuild';

/** `from`: the folder of the entries, of which the CommonJS is a folder. */
export async function commonJs(
  root: string,
  { outputs }: Metafile,
  entries: readonly string[],
  from = 'dist',
): Promise<void> {
  const folder = join(root, from, 'cjs');
  mkdirSync(folder, { recursive: true });
  const manifest = { type: 'commonjs', sideEffects: false };
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest)}\n`);
  await Promise.all([...reached(outputs, entries)].map((script) => rewrite(root, script, from)));
}

/** The declarations, once they exist. */
export function copyDeclarations(root: string): void {
  const files = readdirSync(join(root, 'dist'), { recursive: true, encoding: 'utf8' });
  for (const file of files.filter((each) => each.endsWith('.d.ts') && !each.startsWith('cjs/'))) {
    const copy = join(root, 'dist/cjs', file);
    mkdirSync(dirname(copy), { recursive: true });
    copyFileSync(join(root, 'dist', file), copy);
  }
}

function reached(outputs: Metafile['outputs'], entries: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const next = [...entries];
  for (let script = next.pop(); script !== undefined; script = next.pop()) {
    if (seen.has(script)) continue;
    seen.add(script);
    const own = outputs[script]?.imports.filter(({ external }) => external !== true) ?? [];
    next.push(...own.map(({ path }) => path));
  }
  return seen;
}

async function rewrite(root: string, script: string, from: string): Promise<void> {
  const copy = join(from, 'cjs', relative(from, script));
  const text = readFileSync(join(root, script), 'utf8');
  const { code } = await transform(text, {
    format: 'cjs',
    platform: 'node',
    target: 'es2023',
    // Jest has no `import()` without an experimental flag.
    supported: { 'dynamic-import': false },
    define: { 'import.meta.url': 'moduleUrl' },
    minifyWhitespace: true,
    legalComments: 'none',
  });
  mkdirSync(join(root, dirname(copy)), { recursive: true });
  writeFileSync(
    join(root, copy),
    `${text.includes('import.meta.url') ? addressOf(script, copy) : ''}${code}`,
  );
}

/** The address of the module that was rewritten: files are found from there. */
function addressOf(script: string, copy: string): string {
  const there = join(relative(dirname(copy), dirname(script)), basename(script));
  return `const moduleUrl=require("node:url").pathToFileURL(require("node:path").join(__dirname,${JSON.stringify(there)})).href;\n`;
}
