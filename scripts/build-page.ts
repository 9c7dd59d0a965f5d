/** Bundles the inspector's page into `dist/inspect/page`: one script, one style sheet, nothing from elsewhere. */
import { copyFileSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build, type Metafile } from 'esbuild';
import { chartNames } from '../src/inspect/chart-names.ts';
import { modelOf } from '../src/inspect/charts.ts';

const from = fileURLToPath(new URL('../src/inspect/page/', import.meta.url));
const to = fileURLToPath(new URL('../dist/inspect/page/', import.meta.url));

export async function buildPage(): Promise<Metafile> {
  mkdirSync(to, { recursive: true });
  for (const file of ['index.html', 'layout.json']) copyFileSync(from + file, to + file);
  const { metafile } = await build({
    absWorkingDir: fileURLToPath(new URL('..', import.meta.url)),
    entryPoints: { app: `${from}main.tsx` },
    outdir: to,
    bundle: true,
    // Not a module: browsers load none from a file.
    format: 'iife',
    target: 'es2022',
    minify: true,
    jsx: 'automatic',
    jsxImportSource: 'preact',
    define: { CHARTS: JSON.stringify(Object.fromEntries(chartNames.map((name) => [name, modelOf(name)]))) },
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
  });
  return metafile;
}
