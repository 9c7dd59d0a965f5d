/** What a declaration says of itself: its comment, its default, its text, its members. */
import { Node, type ParameterDeclaration, type Symbol as TypeSymbol } from 'ts-morph';

export interface Member {
  readonly name: string;
  readonly type: string;
  /** As its comment states it; empty without one. */
  readonly byDefault: string;
  readonly comment: string;
}

/** Declare the members of a policy, which has a page of its own. */
const policyTypes = ['policy-types.ts', 'policy.ts'];

/** The comment in front of a declaration, as one paragraph, without tags. */
export function commentOf(node: Node): string {
  const described = Node.isVariableDeclaration(node) ? node.getVariableStatement() : node;
  if (!Node.isJSDocable(described)) return '';
  const comments = described.getJsDocs().map((comment) => comment.getDescription().trim());
  return comments.at(-1) ?? '';
}

/** The comment of a member on one line, with its default apart: a tag, or a sentence that begins with "Default". */
function withDefault(node: Node): Pick<Member, 'comment' | 'byDefault'> {
  const line = oneLine(commentOf(node));
  const tag = tagOf(node, 'default');
  const sentence = /(?<=^|[.:] )Default:? ((?:`[^`]*`|[^`.]|\.(?! |$))+)\./.exec(line);
  if (tag !== undefined || sentence === null) return { comment: line, byDefault: tag ?? '' };
  const rest = `${line.slice(0, sentence.index)}${line.slice(sentence.index + sentence[0].length)}`;
  return { comment: oneLine(rest), byDefault: sentence[1] ?? '' };
}

function tagOf(node: Node, name: string): string | undefined {
  const tags = Node.isJSDocable(node) ? node.getJsDocs().flatMap((comment) => comment.getTags()) : [];
  const [tag] = tags.filter((each) => each.getTagName() === name);
  return tag && oneLine(tag.getCommentText() ?? '');
}

/** The text of a declaration without comments, bodies and `export`. */
export function textOf(node: Node): string {
  const statement = Node.isVariableDeclaration(node) ? typed(node.getName(), node) : headOf(node);
  return withoutComments(statement)
    .replace(/^export /, '')
    .replace(/^declare /, '');
}

function typed(name: string, node: Node): string {
  return `const ${name}: ${node.getType().getText(node)}`.replaceAll(/import\("[^"]*"\)\./g, '');
}

/** A function up to its body, with a name for options that it takes apart. */
function headOf(node: Node): string {
  const body = Node.isBodyable(node) ? node.getBody() : undefined;
  const head =
    body === undefined ? node.getText() : node.getText().slice(0, body.getStart() - node.getStart());
  const taken = Node.isParametered(node) ? node.getParameters().filter(takesApart) : [];
  return taken.reduce((text, each) => text.replace(each.getText(), parameterOf(each)), head).trim();
}

const takesApart = (parameter: ParameterDeclaration) => Node.isObjectBindingPattern(parameter.getNameNode());

function parameterOf(parameter: ParameterDeclaration): string {
  const optional = parameter.hasInitializer() ? '?' : '';
  return `options${optional}: ${parameter.getTypeNode()?.getText() ?? 'unknown'}`;
}

/** The object types that a function takes and that have no name outside of it. */
export function optionsOf(node: Node, known: ReadonlyMap<string, unknown>): readonly Node[] {
  const parameters = Node.isParametered(node) ? node.getParameters() : [];
  return parameters
    .map((parameter) => parameter.getTypeNode())
    .flatMap((type) => (type === undefined ? [] : [type, ...type.getDescendants()]))
    .filter((each) => Node.isTypeReference(each))
    .flatMap(
      (each) =>
        each.getTypeName().getSymbol()?.getAliasedSymbol()?.getDeclarations() ??
        each.getTypeName().getSymbol()?.getDeclarations() ??
        [],
    )
    .filter((each) => Node.isInterfaceDeclaration(each) && !known.has(each.getName()));
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*\*.*?\*\/\s*/gs, '').replaceAll(/[ \t]+$/gm, '');
}

/** The members of an interface, a class or an object type, with those it inherits; of a policy none. */
export function membersOf(node: Node): readonly Member[] {
  return node
    .getType()
    .getProperties()
    .filter((symbol) => isPublic(symbol))
    .map((symbol) => memberOf(symbol))
    .sort((a, b) => a.name.localeCompare(b.name, 'en'));
}

/** True if a policy is among the members. */
export function holdsPolicy(node: Node): boolean {
  return node
    .getType()
    .getProperties()
    .some((symbol) => isOfPolicy(symbol));
}

function isPublic(symbol: TypeSymbol): boolean {
  const [declared] = symbol.getDeclarations();
  if (declared === undefined || isOfPolicy(symbol) || /^#|^__@brand/.test(symbol.getName())) return false;
  if (/\bprivate\b|\bprotected\b/.test(declared.getText().slice(0, 20))) return false;
  return declared.getSourceFile().isInNodeModules() === false;
}

function isOfPolicy(symbol: TypeSymbol): boolean {
  return symbol.getDeclarations().some((each) => policyTypes.includes(each.getSourceFile().getBaseName()));
}

function memberOf(symbol: TypeSymbol): Member {
  const [declared] = symbol.getDeclarations() as [Node];
  const text = oneLine(textOf(declared).replace(/^(readonly|public|override|static) /, ''));
  const optional = symbol.isOptional() ? '?' : '';
  const written = symbol.getName().replace(/^__@(\w+)@\d+$/, '[Symbol.$1]');
  const type = text.replace(/^(get |async |\*|readonly )*(\[[\w.]+\]|[\w$]+)\??:?\s*/, '').replace(/;$/, '');
  return { name: `${written}${optional}`, type, ...withDefault(declared) };
}

export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
