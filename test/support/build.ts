/** Builds `dist` before the tests, if a source is newer: the executable is tested as it is shipped. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const executable = `${root}dist/cli/main.js`;

export function setup(): void {
  const args = ['--import', 'tsx', 'scripts/build.ts', '--if-stale'];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  // Types are checked elsewhere; here it matters that there is something to run.
  if (!existsSync(executable))
    throw new Error(`scripts/build.ts left no ${executable} (status ${status})\n${stderr}`);
}
