/**
 * `npm run reference`: writes `docs/reference`, a page for each entry of the package, from the types and their
 * comments. `--check` writes nothing, and fails when a page is not what would be written.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Face, faces } from './reference/faces.ts';
import { pageOf, summaryOf } from './reference/page.ts';

const folder = fileURLToPath(new URL('../docs/reference/', import.meta.url));
const source = (face: Face) => new URL(`../src/${face.source}.ts`, import.meta.url);

const all = faces();
const pages = new Map([['README.md', index()], ...all.map((face) => [face.page, pageOf(face)] as const)]);

if (process.argv.includes('--check')) check();
else write();

function index(): string {
  const rows = all.map((face) =>
    summaryOf(face, /^\/\*\*(.*?)\*\//s.exec(readFileSync(source(face), 'utf8'))?.[1] ?? ''),
  );
  return ['# Reference', '', '| entry | |', '| --- | --- |', ...rows, ''].join('\n');
}

function write(): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [page, text] of pages) writeFileSync(folder + page, text);
}

function check(): void {
  const stale = [...pages].filter(
    ([page, text]) => !existsSync(folder + page) || readFileSync(folder + page, 'utf8') !== text,
  );
  const left = readdirSync(folder).filter((page) => !pages.has(page));
  for (const page of [...stale.map(([name]) => name), ...left])
    process.stderr.write(`docs/reference/${page} is stale: npm run reference\n`);
  if (stale.length + left.length > 0) process.exitCode = 1;
}
