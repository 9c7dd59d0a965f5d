/** Name and version of this package, for recordings and for the page. */
import { readFileSync } from 'node:fs';

/** Such as `holdfast 0.1.0`. */
export function packageName(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { name, version } = JSON.parse(manifest) as { name: string; version: string };
  return `${name} ${version}`;
}
