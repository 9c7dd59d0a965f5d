/** The licences of all libraries of which something was bundled, as one text: each asks to go with its code. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';

const RULE = `\n${'-'.repeat(80)}\n\n`;

export function licences(root: string, metafiles: readonly Metafile[]): string {
  const folders = new Set(metafiles.flatMap(foldersIn));
  const texts = new Set(Array.from(folders, (folder) => licenceIn(join(root, folder))).sort());
  return ['Parts of these libraries are in this package.\n', ...texts].join(RULE);
}

/** Such as `node_modules/valibot`. What was left out entirely does not count. */
function foldersIn({ outputs }: Metafile): string[] {
  return Object.values(outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .flatMap(([file]) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []);
}

function licenceIn(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  if (file === undefined) throw new Error(`${folder} has no file LICENSE: expected one, as it is bundled`);
  return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
}
