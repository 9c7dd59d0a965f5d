/** The types of a policy, from the policy table and its sentences, with the comments that editors show. */
import { type Group, groupOf, isLeaf, isVariants, type Leaf, type Node } from '../src/config/kinds.ts';
import { sentences } from '../src/config/sentences.ts';
import { policyTable } from '../src/config/table.ts';
import { defaultText } from './default-text.ts';

const WIDTH = 110;
const HEAD = `/** Generated from \`table.ts\` and \`sentences.ts\` by \`npm run schema\`. */
import type { ExitClass, ExitReason } from '../policy/exits.ts';

/** Every leaf of a policy. \`Time\` is the type of a duration. */
export interface PolicyOf<Time> {
`;

const texts: Readonly<Record<string, string>> = sentences;
/** Types that have a name. */
const named: Readonly<Record<string, string>> = {
  'reconnect.classes': 'Partial<Record<ExitReason, ExitClass>>',
  'reconnect.codes': 'Readonly<Record<string, ExitClass>>',
};

export function policyTypes(): string {
  return `${HEAD}${members(policyTable, '', '  ')}}\n`;
}

function members(group: Group, prefix: string, indent: string): string {
  return Object.entries(group)
    .map(([key, node]) => {
      const path = prefix + key;
      const fallback = isLeaf(node) ? defaultText(node) : undefined;
      const text = [
        texts[path],
        ...(fallback === undefined ? [] : [`Default \`${[fallback].flat().join(', ')}\`.`]),
      ].join(' ');
      const isType = isLeaf(node) && 'words' in node && node.words.length === 1;
      const comment = isType ? '' : commentOf(text, indent);
      return `${comment}${indent}readonly ${key}:${typeOf(node, path, indent)};\n`;
    })
    .join('');
}

function typeOf(node: Node, path: string, indent: string): string {
  const name = named[path];
  if (name !== undefined) return ` ${name}`;
  if (isLeaf(node)) return ` ${leafType(node)}`;
  if (!isVariants(node)) return ` {\n${members(groupOf(node) ?? {}, `${path}.`, `${indent}  `)}${indent}}`;
  const types = Object.values(node.types).map(
    (group) => `\n${indent}  | {\n${members(group, `${path}.`, `${indent}      `)}${indent}    }`,
  );
  return types.join('');
}

function leafType(leaf: Leaf): string {
  if ('words' in leaf) return leaf.words.map((word) => `'${word}'`).join(' | ');
  if (!('least' in leaf)) return leaf.kind;
  const type = {
    duration: 'Time',
    durations: 'readonly Time[]',
    count: 'number',
    bytes: 'number',
    factor: 'number',
  };
  return `${type[leaf.kind]}${leaf.off ? ' | null' : ''}`;
}

function commentOf(text: string, indent: string): string {
  const line = `${indent}/** ${text} */\n`;
  if (line.length <= WIDTH + 1) return line;
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (indent.length + 3 + last.length + 1 + word.length > WIDTH) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return `${indent}/**\n${lines.map((each) => `${indent} * ${each}\n`).join('')}${indent} */\n`;
}
