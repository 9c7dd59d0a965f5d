/** One script of a process that tests start often: it starts in a part of the time that the sources take. */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** `name`: a file beside this one. It has no top-level await, as the script is CommonJS. */
export async function bundle(name: string, outfile: string): Promise<void> {
  const entry = fileURLToPath(new URL(name, import.meta.url));
  await build({
    ...{ entryPoints: [entry], outfile, bundle: true, platform: 'node', format: 'cjs', logLevel: 'error' },
  });
}
