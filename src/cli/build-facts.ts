/** `holdfast --version`: what a report of a bug has to name. */
import { readFileSync } from 'node:fs';
import { packageName } from '../base/package-name.ts';

/** Such as `holdfast 0.1.0 (commit 0123456789ab, node v20.19.0, linux x64)`. */
export function buildFacts(): string {
  const commit = commitOfBuild();
  const facts = [
    ...(commit === undefined ? [] : [`commit ${commit.slice(0, 12)}`]),
    `node ${process.version}`,
    `${process.platform} ${process.arch}`,
  ];
  return `${packageName} (${facts.join(', ')})`;
}

/** The commit of the sources, which `npm run build` leaves beside its scripts; undefined where they were no clean checkout. */
function commitOfBuild(): string | undefined {
  try {
    const text = readFileSync(new URL('../build.json', import.meta.url), 'utf8');
    const { commit } = JSON.parse(text) as { readonly commit?: unknown };
    return typeof commit === 'string' && /^[0-9a-f]{12,64}$/.test(commit) ? commit : undefined;
  } catch {
    return undefined;
  }
}
