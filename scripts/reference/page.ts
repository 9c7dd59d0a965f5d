/** A page of the reference: what one entry of the package exports. */
import { type ExportedDeclarations, Node } from 'ts-morph';
import { commentOf, holdsPolicy, type Member, membersOf, oneLine, optionsOf, textOf } from './describe.ts';
import type { Exports, Face } from './faces.ts';

const policyPage = '[the policy](../policy.md)';

export function pageOf(face: Face): string {
  const named = [...face.exports].sort(([a], [b]) => a.localeCompare(b, 'en'));
  const values = named.filter(([, [first]]) => first !== undefined && isValue(first));
  const types = named.filter(([, [first]]) => first !== undefined && !isValue(first));
  const parts = [
    `# ${face.name}`,
    'Generated from the types by `npm run reference`.',
    ...section('Functions, classes and values', values, face),
    ...section('Types', types, face),
  ];
  return named.reduce(renamed, `${parts.join('\n\n')}\n`);
}

/** The text with the name under which a declaration is exported, where that is another. */
function renamed(text: string, [name, [first]]: Named): string {
  const own = first !== undefined && Node.hasName(first) ? first.getName() : name;
  return own === name ? text : text.replaceAll(new RegExp(`\\b${own}\\b`, 'g'), name);
}

type Named = readonly [name: string, declarations: readonly ExportedDeclarations[]];

function section(title: string, entries: readonly Named[], face: Face): string[] {
  return entries.length === 0 ? [] : [`## ${title}`, ...entries.map((entry) => entryOf(entry, face))];
}

function isValue(node: Node): boolean {
  return !(Node.isInterfaceDeclaration(node) || Node.isTypeAliasDeclaration(node));
}

function entryOf([name, declarations]: Named, { apart, exports }: Face): string {
  const [node] = declarations as [ExportedDeclarations];
  return [`### ${name}`, apart.get(name) ?? '', ...bodyOf(node, name, exports)]
    .filter((part) => part !== '')
    .join('\n\n');
}

function bodyOf(node: Node, name: string, known: Exports): string[] {
  const comment = commentOf(node);
  if (Node.isInterfaceDeclaration(node) || Node.isClassDeclaration(node))
    return [comment, headline(node), ...tableOf(node)];
  const constituents = Node.isTypeAliasDeclaration(node) ? constituentsOf(node, known) : [];
  const parts = constituents.flatMap((each) => [titleOf(each, name), commentOf(each), ...tableOf(each)]);
  const options = optionsOf(node, known).flatMap((each) => [commentOf(each), ...tableOf(each)]);
  return [comment, code(textOf(node)), ...parts, ...options];
}

/** The object types that a union is made of, when no name leads to them. */
function constituentsOf(node: Node, known: Exports): readonly Node[] {
  const types = node.getType().isUnion() ? node.getType().getUnionTypes() : [];
  return types
    .map((type) => type.getSymbol()?.getDeclarations()[0])
    .filter((each): each is Node => Node.isInterfaceDeclaration(each) && !known.has(each.getName()));
}

/** Titled by the literal that tells the constituents apart. */
function titleOf(node: Node, of: string): string {
  const [first] = membersOf(node).filter(({ type }) => /^'[^']*'( \| '[^']*')*$/.test(type));
  return `#### ${of}${first === undefined ? '' : `: \`${first.name}\` ${first.type.replaceAll("'", '`')}`}`;
}

function headline(node: Node): string {
  const head =
    textOf(node)
      .split('{\n')[0]
      ?.replace(/\s*\{\s*\}?$/, '') ?? '';
  return code(head.trim());
}

function code(text: string): string {
  return `\`\`\`ts\n${text}\n\`\`\``;
}

function tableOf(node: Node): string[] {
  const members = membersOf(node);
  const policy = holdsPolicy(node) ? [`And the members of ${policyPage}.`] : [];
  if (members.length === 0) return policy;
  const defaults = members.some(({ byDefault }) => byDefault !== '');
  const head = ['member', 'type', ...(defaults ? ['default'] : []), ''];
  const rows = members.map((member) => cellsOf(member, defaults));
  return [
    [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n'),
    ...policy,
  ];
}

function cellsOf({ name, type, byDefault, comment }: Member, defaults: boolean): string[] {
  const ofNothing = name.endsWith('?') ? 'none' : '';
  const cells = [`\`${name}\``, `\`${type}\``, ...(defaults ? [byDefault || ofNothing] : []), comment];
  return cells.map((cell) => cell.replaceAll('|', '\\|'));
}

/** A sentence for the index. */
export function summaryOf(face: Face, comment: string): string {
  return `| [\`${face.name}\`](${face.page}) | ${oneLine(comment)} |`;
}
