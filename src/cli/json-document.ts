/**
 * JSON in a file of the user: each problem is reported with its line. JSON parsers recurse, so the nesting is measured
 * before the text is parsed.
 */
import { createScanner, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import type { ConfigProblem } from '../base/errors.ts';
import { keyText } from '../config/parse.ts';

/** `line` counts from 1. */
export interface LocatedProblem extends ConfigProblem {
  readonly line: number;
}

/** A document without mistakes of JSON. */
export interface JsonDocument {
  readonly value: unknown;
  /** A problem for each repeated key: `JSON.parse` silently takes the last. */
  readonly repeated: readonly ConfigProblem[];
  /** The problem with the line of its path, or of the closest parent in the text. */
  locate(problem: ConfigProblem): LocatedProblem;
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

/** The document in `text`, or the first mistake. `what` names what an empty text lacks. */
export function documentOf(text: string, what: string): JsonDocument | LocatedProblem {
  const json = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const broken = nesting(json) ?? syntax(json, what);
  if (broken !== undefined) return broken;
  const tree = parseTree(json);
  return {
    value: JSON.parse(json),
    repeated: repetitions(tree, ''),
    locate: (problem) => ({ ...problem, line: lineAt(json, offsetOf(tree, problem.path)) }),
  };
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

function syntax(json: string, what: string): LocatedProblem | undefined {
  const errors: ParseError[] = [];
  parseTree(json, errors, { disallowComments: true });
  const [first] = errors;
  if (first === undefined) return undefined;
  if (json.trim() === '')
    return { path: '', value: 'an empty document', expected: `${what} as JSON`, line: 1 };
  const { error, offset, length } = first;
  const expected = expectations[printParseErrorCode(error)] ?? 'JSON';
  const value =
    length === 0 || offset >= json.length
      ? 'the end'
      : json.slice(offset, offset + Math.min(length, MAX_QUOTED));
  return { path: '', value, expected, line: lineAt(json, offset) };
}

function repetitions(node: Node | undefined, prefix: string): readonly ConfigProblem[] {
  const seen = new Set<unknown>();
  return membersOf(node).flatMap(([key, , value]) => {
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
  for (const [key, member, value] of membersOf(node).reverse()) {
    const own = keyText(key);
    if (path === own) return member.offset;
    if (path.startsWith(`${own}.`))
      return Math.max(member.offset, offsetOf(value, path.slice(own.length + 1)));
  }
  return 0;
}

/** Properties of an object, and items of a list by their index. */
function membersOf(node: Node | undefined): [key: string, member: Node, value: Node | undefined][] {
  if (node?.type === 'array') return (node.children ?? []).map((item, index) => [String(index), item, item]);
  if (node?.type !== 'object') return [];
  return (node.children ?? []).map((property) => {
    const [key, value] = property.children ?? [];
    return [String(key?.value), property, value];
  });
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split(/\r\n|\r|\n/).length;
}
