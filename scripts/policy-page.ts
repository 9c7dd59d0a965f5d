/** The tables of options in `docs/policy.md`, from the policy table and its sentences. */
import {
  type Group,
  groupOf,
  isByCode,
  isLeaf,
  isVariants,
  type Leaf,
  type Node,
} from '../src/config/kinds.ts';
import { sentences } from '../src/config/sentences.ts';
import { policyTable } from '../src/config/table.ts';
import { defaultText } from './default-text.ts';

type Row = readonly [option: string, fallback: string, range: string, meaning: string];

const HEAD: Row = ['option', 'default', 'range', 'meaning'];
const texts: Readonly<Record<string, string>> = sentences;

/** The page with the table of options replaced in the section of each group. */
export function withTables(page: string): string {
  return Object.entries(policyTable).reduce((text, [name, group]) => {
    const [before = '', section = '', after = ''] = split(text, `\n## \`${name}\`\n`);
    const table = drawn([HEAD, ...rowsOf(group, `${name}.`, '')]);
    return before + section.replace(/^\| option .*\n(\|.*\n)+/m, () => table) + after;
  }, page);
}

/** Before a heading, its section, and the rest. */
function split(text: string, heading: string): readonly string[] {
  const start = text.indexOf(heading);
  if (start < 0) throw new Error(`docs/policy.md has no section${heading.trimEnd()}`);
  const next = text.indexOf('\n## ', start + heading.length);
  const end = next < 0 ? text.length : next;
  return [text.slice(0, start), text.slice(start, end), text.slice(end)];
}

function rowsOf(group: Group, prefix: string, option: string): readonly Row[] {
  return Object.entries(group).flatMap(([key, node]) => {
    const path = prefix + key;
    const name = option + key;
    const below = isLeaf(node) || isVariants(node) ? {} : (groupOf(node) ?? {});
    const leaves = Object.values(below).some((each) => !isLeaf(each) || each.default !== undefined);
    return leaves ? rowsOf(below, `${path}.`, `${name}.`) : [rowOf(node, path, name)];
  });
}

function rowOf(node: Node, path: string, name: string): Row {
  const meaning = (texts[path] ?? '').replace(/\.$/, '');
  if (isLeaf(node)) return [code(name), code(String(defaultText(node))), rangeOf(node), meaning];
  if (isVariants(node)) return [code(name), '', 'see below', meaning];
  return [code(name), code('{}'), isByCode(node) ? 'code to class' : 'reason to class', meaning];
}

function rangeOf(leaf: Leaf): string {
  if ('words' in leaf) return leaf.words.map(code).join(', ');
  if (!('least' in leaf)) return '`true`, `false`';
  const unit = leaf.kind === 'duration' && leaf.least > 0 ? ' ms' : '';
  const least = leaf.floor === undefined ? `≥ ${leaf.least}${unit}` : `≥ \`${leaf.floor}\``;
  const whole = leaf.kind === 'count' || leaf.kind === 'bytes' ? 'whole, ' : '';
  return `${whole}${least}${leaf.off ? ', `null`' : ''}`;
}

function code(text: string): string {
  return `\`${text}\``;
}

function drawn(rows: readonly Row[]): string {
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[], fill: string) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0, fill)).join(' | ')} |\n`;
  const [head = HEAD, ...body] = rows;
  return [line(head, ' '), line(['', '', '', ''], '-'), ...body.map((row) => line(row, ' '))].join('');
}
