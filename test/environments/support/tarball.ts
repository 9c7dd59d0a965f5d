/** Packs the package once for all tests of environments. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** The path of the packed package. */
    readonly tarball: string;
  }
}

/** Runs after the build, so that `prepack` need not. */
export function setup({ provide }: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-tarball-'));
  const args = ['pack', '--ignore-scripts', '--pack-destination', folder, '--loglevel=error'];
  execFileSync('npm', args, { cwd: fileURLToPath(new URL('../../..', import.meta.url)) });
  const [file = ''] = readdirSync(folder);
  provide('tarball', join(folder, file));
  return () => rmSync(folder, { recursive: true, force: true });
}
