/** Bundles the inspector's page into `dist/inspect/page`, after `tsc`: one script and one style sheet, self-contained. */
import { copyFileSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { chartModel } from '../dist/inspect/chart-model.js';
import { connectionMachine } from '../dist/machines/connection.js';

const from = fileURLToPath(new URL('../src/inspect/page/', import.meta.url));
const to = fileURLToPath(new URL('../dist/inspect/page/', import.meta.url));

mkdirSync(to, { recursive: true });
await build({
  entryPoints: { app: `${from}main.tsx` },
  outdir: to,
  bundle: true,
  // A classic script: browsers do not load modules from `file:` URLs.
  format: 'iife',
  target: 'es2022',
  minify: true,
  jsx: 'automatic',
  jsxImportSource: 'preact',
  define: { CONNECTION_CHART: JSON.stringify(chartModel(connectionMachine)) },
  legalComments: 'none',
  logLevel: 'warning',
});
for (const file of ['index.html', 'layout.json']) copyFileSync(from + file, to + file);
