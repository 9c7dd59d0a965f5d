/**
 * A policy in a file: each problem is reported with its line. JSON parsers recurse, so the nesting is measured
 * before the text is parsed.
 */
import { createScanner, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import type { ConfigProblem } from '../base/errors.ts';
import { keyText } from '../config/parse.ts';
import type { Policy, PolicyConfig } from '../config/policy.ts';
import { resolvePolicy } from '../config/resolve.ts';
import { type DialSection, sectionProblems } from './dial/section.ts';
import { collecting } from './problems.ts';

export interface PolicyFile {
  readonly config: PolicyConfig;
  /** Headers, tokens and TLS of all dials: beside the policy in the file, and no part of it. */
  readonly dial: DialSection | undefined;
  /** The config merged over the defaults. */
  readonly policy: Policy;
}

/** `line` counts from 1. */
export interface LocatedProblem extends ConfigProblem {
  readonly line: number;
}

/** The limit of nesting; a policy has four levels. */
const MAX_LEVELS = 32;
/** Characters of the text that an error quotes at most. */
const MAX_QUOTED = 40;

const expectations: Readonly<Record<string, string>> = {
  InvalidSymbol: 'a value of JSON: text in double quotes, a number, true, false, null, a list or an object',
  InvalidNumberFormat: 'a number as JSON writes it',
  PropertyNameExpected: 'a key in double quotes',
  ValueExpected: 'a value',
  ColonExpected: 'a colon after the key',
  CommaExpected: 'a comma',
  CloseBraceExpected: 'a closing brace',
  CloseBracketExpected: 'a closing bracket',
  EndOfFileExpected: 'nothing after the document',
  InvalidCommentToken: 'JSON, which has no comments',
  UnexpectedEndOfString: 'a closing double quote in the same line',
};

/** The policy in `text`, or all its problems. */
export function policyOf(text: string): PolicyFile | readonly LocatedProblem[] {
  const json = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const broken = nesting(json) ?? syntax(json);
  if (broken !== undefined) return [broken];
  const tree = parseTree(json);
  const { policy: config, dial } = partsOf(JSON.parse(json));
  const repeated = repetitions(tree, '');
  const located = (problem: ConfigProblem) => ({
    ...problem,
    line: lineAt(json, offsetOf(tree, problem.path)),
  });
  const problems = [...repeated, ...sectionProblems(dial)];
  const policy = collecting(problems, () => resolvePolicy(config));
  if (policy === undefined || problems.length > 0)
    return problems.map(located).sort((a, b) => a.line - b.line);
  return { config, policy, dial: dial as DialSection | undefined };
}

/** A document that is no object has no parts, and is refused as a policy. */
function partsOf(document: unknown): { readonly policy: PolicyConfig; readonly dial: unknown } {
  if (typeof document !== 'object' || document === null || Array.isArray(document))
    return { policy: document as PolicyConfig, dial: undefined };
  const { dial, ...policy } = document as PolicyConfig & { readonly dial?: unknown };
  return { policy, dial };
}

/** A problem with file and line in its path: `policy.json:3: heartbeat.interval`. */
export function inFile(file: string, { path, line, value, expected }: LocatedProblem): ConfigProblem {
  return { path: `${file}:${line}${path === '' ? '' : `: ${path}`}`, value, expected };
}

function nesting(json: string): LocatedProblem | undefined {
  const scanner = createScanner(json, true);
  let depth = 0;
  for (;;) {
    scanner.scan();
    if (scanner.getTokenLength() === 0) return undefined;
    const first = json[scanner.getTokenOffset()] ?? '';
    if ('{['.includes(first)) depth++;
    if ('}]'.includes(first)) depth--;
    if (depth <= MAX_LEVELS) continue;
    const expected = `at most ${MAX_LEVELS} levels of nesting`;
    return {
      path: '',
      value: `${first} at level ${MAX_LEVELS + 1}`,
      expected,
      line: scanner.getTokenStartLine() + 1,
    };
  }
}

function syntax(json: string): LocatedProblem | undefined {
  const errors: ParseError[] = [];
  parseTree(json, errors, { disallowComments: true });
  const [first] = errors;
  if (first === undefined) return undefined;
  if (json.trim() === '')
    return { path: '', value: 'an empty document', expected: 'a policy as JSON', line: 1 };
  const { error, offset, length } = first;
  const expected = expectations[printParseErrorCode(error)] ?? 'JSON';
  const value =
    length === 0 || offset >= json.length
      ? 'the end'
      : json.slice(offset, offset + Math.min(length, MAX_QUOTED));
  return { path: '', value, expected, line: lineAt(json, offset) };
}

/** A problem for each repeated key: `JSON.parse` would silently take the last. */
function repetitions(node: Node | undefined, prefix: string): readonly ConfigProblem[] {
  const seen = new Set<unknown>();
  return propertiesOf(node).flatMap(([key, , value]) => {
    const path = prefix + keyText(key);
    const problem = { path, value: 'a repeated key', expected: 'each key once' };
    const again = seen.has(key);
    seen.add(key);
    return [...(again ? [problem] : []), ...repetitions(value, `${path}.`)];
  });
}

/** The offset of the path of a `ConfigProblem`, or of its closest parent in the text. Of repeated keys the last counts. */
function offsetOf(node: Node | undefined, path: string): number {
  if (node === undefined) return 0;
  for (const [key, property, value] of propertiesOf(node).reverse()) {
    const own = keyText(key);
    if (path === own) return property.offset;
    if (path.startsWith(`${own}.`))
      return Math.max(property.offset, offsetOf(value, path.slice(own.length + 1)));
  }
  const item = node.type === 'array' ? node.children?.[Number(path)] : undefined;
  return item?.offset ?? 0;
}

function propertiesOf(node: Node | undefined): [key: string, property: Node, value: Node | undefined][] {
  if (node?.type !== 'object') return [];
  return (node.children ?? []).map((property) => {
    const [key, value] = property.children ?? [];
    return [String(key?.value), property, value];
  });
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split(/\r\n|\r|\n/).length;
}
