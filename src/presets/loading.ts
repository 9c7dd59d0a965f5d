/** Packages that are imported at their first use, which a bundle may lack or be unable to run. */
import { HoldfastError } from '../base/errors.ts';
import { describeThrown } from '../policy/exits.ts';

/** Resolves with what `load` imports; rejects with a `HoldfastError` that names the package and, in a bundle, the remedy. */
export async function imported<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const why = describeThrown(cause);
    throw new HoldfastError('bad-config', `${name} cannot be loaded: ${why}${remedyFor(why, name)}`, {
      cause,
    });
  }
}

/** esbuild's bundles of ES modules have no `require`, by which packages in CommonJS ask for modules of Node. */
function remedyFor(why: string, name: string): string {
  if (!/\brequire\b/.test(why)) return '';
  return (
    `; keep ${name} out of the bundle (esbuild: --external:${name}), or begin the bundle with ` +
    '"import { createRequire } from \'node:module\'; const require = createRequire(import.meta.url);" (esbuild: --banner:js)'
  );
}
