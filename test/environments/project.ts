/** A project of a user: a folder of its own, with the package installed from the tarball that would be published. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import manifest from '../../package.json' with { type: 'json' };

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const limit = { timeout: 120_000 };
const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];

export class Project {
  readonly folder = mkdtempSync(join(tmpdir(), 'holdfast-project-'));

  /** Builds, packs and installs as npm does it for a user, who adds the parsers of protocols. */
  async install(): Promise<void> {
    const { folder } = this;
    await run('npm', ['pack', '--pack-destination', folder, '--loglevel=error'], { cwd: root, ...limit });
    const tarball = readdirSync(folder).find((file) => file.endsWith('.tgz')) ?? '';
    this.write('package.json', JSON.stringify({ name: 'project', private: true }));
    const peers = Object.entries(manifest.peerDependencies).map(([name, range]) => `${name}@${range}`);
    await run('npm', ['install', `./${tarball}`, ...peers, ...quiet], { cwd: folder, ...limit });
  }

  write(file: string, text: string): void {
    writeFileSync(join(this.folder, file), text);
  }

  /** What a command of the project prints. Fails with its output unless it ends with 0. */
  async output(command: string, ...args: readonly string[]): Promise<string> {
    const { stdout } = await run(command, args, { cwd: this.folder, timeout: 20_000 });
    return stdout.trim();
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
