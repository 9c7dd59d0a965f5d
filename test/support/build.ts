/** Compiles `dist` before the tests, if a source is newer: the executable is tested as it is shipped. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const compiled = `${root}dist/cli/main.js`;

export function setup(): void {
  if (isFresh()) return;
  const tsc = `${root}node_modules/typescript/bin/tsc`;
  const { stdout, status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
    cwd: root,
    encoding: 'utf8',
  });
  spawnSync(process.execPath, ['scripts/build-page.mjs'], { cwd: root });
  // Types are checked elsewhere; here it matters that there is something to run.
  if (!existsSync(compiled)) throw new Error(`tsc left no ${compiled} (status ${status})\n${stdout}`);
}

function isFresh(): boolean {
  if (!existsSync(compiled)) return false;
  const compiledAt = statSync(compiled).mtimeMs;
  const sources = readdirSync(`${root}src`, { recursive: true, encoding: 'utf8' });
  return sources.every((file) => statSync(`${root}src/${file}`).mtimeMs <= compiledAt);
}
