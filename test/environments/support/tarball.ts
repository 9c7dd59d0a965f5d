/** Packs the package once for all tests of environments, and looks for the registry that its projects install from. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** The path of the packed package. */
    readonly tarball: string;
    /** Why nothing can be installed; empty when it can. */
    readonly registryMissing: string;
  }
}

/** Runs after the build, so that `prepack` need not. */
export function setup({ provide }: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-tarball-'));
  const args = ['pack', '--ignore-scripts', '--pack-destination', folder, '--loglevel=error'];
  execFileSync('npm', args, { cwd: fileURLToPath(new URL('../../..', import.meta.url)) });
  const [file = ''] = readdirSync(folder);
  provide('tarball', join(folder, file));
  provide('registryMissing', registryMissing());
  return () => rmSync(folder, { recursive: true, force: true });
}

/** Projects are skipped where there is no registry, but never in CI. */
function registryMissing(): string {
  const asked = spawnSync('npm', ['ping', '--fetch-retries=0', '--fetch-timeout=10000'], {
    encoding: 'utf8',
  });
  if (asked.status === 0) return '';
  const why = /^npm error code (.*)$/m.exec(asked.stderr)?.[1] ?? `exit code ${asked.status}`;
  const missing = `npm reaches no registry: ${why}`;
  if (process.env.CI === 'true') throw new Error(missing);
  process.stderr.write(`tests of environments are skipped: ${missing}\n`);
  return missing;
}
