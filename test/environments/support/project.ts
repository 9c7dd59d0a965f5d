/** A project of a user: a folder of its own, with the package installed from the tarball that would be published. */
import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { test as always, inject } from 'vitest';
import manifest from '../../../package.json' with { type: 'json' };

const run = promisify(execFile);
const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];

/** A test of a project, which installs packages: skipped where there is no registry. */
export const test = always.skipIf(inject('registryMissing') !== '');

/** The optional peers of the package, as npm takes them. */
export const peers = Object.entries(manifest.peerDependencies).map(([name, range]) => `${name}@${range}`);

export class Project {
  readonly folder = mkdtempSync(join(tmpdir(), 'holdfast-project-'));

  /** Installs the package and others, as npm does it for a user. `type`: of the project's package.json. */
  async install(packages: readonly string[] = [], type: 'module' | 'commonjs' = 'commonjs'): Promise<void> {
    this.write('package.json', JSON.stringify({ name: 'project', private: true, type }));
    await run('npm', ['install', inject('tarball'), ...packages, ...quiet], {
      cwd: this.folder,
      timeout: 240_000,
    });
  }

  write(file: string, text: string): void {
    mkdirSync(dirname(this.path(file)), { recursive: true });
    writeFileSync(this.path(file), text);
  }

  /** Copies programs of `test/environments/programs`. */
  copy(...programs: readonly string[]): void {
    for (const file of programs) {
      copyFileSync(new URL(`../programs/${file}`, import.meta.url), this.path(file));
    }
  }

  path(file: string): string {
    return join(this.folder, file);
  }

  /** What a command of the project prints. Fails with its output unless it ends with 0. */
  async output(command: string, ...args: readonly string[]): Promise<string> {
    const { stdout } = await run(command, args, { cwd: this.folder, timeout: 60_000 });
    return stdout.trim();
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
