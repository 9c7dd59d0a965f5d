/**
 * Loads the clients of others, which have an install of their own. Adapters declare the few members
 * they use, so that the type check does not depend on that install.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const home = new URL('../peers/package.json', import.meta.url);
const require = createRequire(home);

export function peer<Module>(name: string): Module {
  return require(name) as Module;
}

export function versionOf(name: string): string {
  const manifest = name === 'holdfast' ? '../../package.json' : `./node_modules/${name}/package.json`;
  return (require(manifest) as { version: string }).version;
}

/** Ends the process with instructions when the peers are missing. */
export function demandPeers(): void {
  if (existsSync(new URL('./node_modules', home))) return;
  console.error('The clients to compare with are not installed. Run: npm ci --prefix bench/peers');
  console.error(`(they are listed in ${fileURLToPath(home)})`);
  process.exit(2);
}
