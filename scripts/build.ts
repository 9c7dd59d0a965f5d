/**
 * `npm run build`: makes `dist`. Declarations come from tsc, scripts from esbuild (`bundle.ts`, `common-js.ts`), the inspector's
 * page from esbuild (`build-page.ts`), and the licences of all that was bundled from what esbuild reports.
 * `--if-stale` builds only if a source or a script is newer than `dist`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { writeBuildCommit } from './build-commit.ts';
import { buildPage } from './build-page.ts';
import { bundle } from './bundle.ts';
import { copyDeclarations } from './common-js.ts';
import { licences } from './licences.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Written last, so that its age is that of the build. */
const stamp = `${root}dist/THIRD-PARTY-LICENSES.txt`;

if (!(process.argv.includes('--if-stale') && isFresh())) await build();

async function build(): Promise<void> {
  rmSync(`${root}dist`, { recursive: true, force: true });
  const [status, ...metafiles] = await Promise.all([declare(), bundle(root), buildPage()]);
  copyDeclarations(root);
  writeBuildCommit(root);
  writeFileSync(stamp, licences(root, metafiles));
  // A mistake in a type fails the build, and leaves scripts that a test can run.
  process.exitCode = status;
}

async function declare(): Promise<number> {
  const tsc = `${root}node_modules/typescript/bin/tsc`;
  const child = spawn(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
  const [status] = await once(child, 'exit');
  return status ?? 1;
}

function isFresh(): boolean {
  if (!existsSync(stamp)) return false;
  const builtAt = statSync(stamp).mtimeMs;
  const inputs = ['src', 'scripts'].flatMap((folder) =>
    readdirSync(root + folder, { recursive: true, encoding: 'utf8' }).map(
      (file) => `${root}${folder}/${file}`,
    ),
  );
  return [...inputs, `${root}package.json`].every((file) => statSync(file).mtimeMs <= builtAt);
}
