/** The commit of a build: a file of its own beside the scripts, which are the same for the same sources. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

/** Names no commit for sources that are no checkout, or one with changes. */
export function writeBuildCommit(root: string): void {
  const isClean = git(root, 'status', '--porcelain') === '';
  const isRoot = git(root, 'rev-parse', '--show-prefix') === '';
  const commit = isClean && isRoot ? git(root, 'rev-parse', 'HEAD') : undefined;
  writeFileSync(`${root}dist/build.json`, `${JSON.stringify(commit ? { commit } : {})}\n`);
}

/** Undefined where there is no git, or no repository. */
function git(cwd: string, ...args: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync('git', args, { cwd, encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}
