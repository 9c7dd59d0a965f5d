/** Checks a policy document and describes each mistake: path, value, and the expectation in full. */

import { parseDuration } from '../base/duration.ts';
import { ConfigError, type ConfigProblem } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import {
  type Branch,
  type Group,
  groupOf,
  isByCode,
  isLeaf,
  isVariants,
  type Leaf,
  type Node,
  type NumberLeaf,
  read,
  readNumber,
  typesOf,
} from './kinds.ts';
import { CODE, checkFloor, isTree, type Tree } from './merge.ts';
import type { PolicyConfig } from './policy.ts';
import { documentTable, policyTable } from './table.ts';

/** Mistakes beyond this number are counted, and not described. */
const MANY = 100;
/** Longest key in a message, in characters. */
const LONG = 60;

interface Findings {
  readonly problems: ConfigProblem[];
  count: number;
}

/**
 * The document, if it is a policy, for `resolvePolicy` and `createSupervisor`. Throws `ConfigError` with every problem
 * (the first 100, and the number of all): path, value, and the expectation. Unknown keys are problems; `$schema` is
 * dropped. No default is filled in. Bounds that contradict each other only over a profile are left to `resolvePolicy`.
 */
export function parsePolicy(document: unknown): PolicyConfig {
  const problems = [...problemsOf(document)];
  if (problems.length === 0) checkOrder(document as PolicyConfig, problems);
  if (problems.length > 0) throw new ConfigError(problems);
  const { $schema: _, ...config } = document as PolicyConfig & { $schema?: string };
  return config;
}

/** The problems of the document by itself, without the layers below it. */
export function problemsOf(document: unknown): readonly ConfigProblem[] {
  const found: Findings = { problems: [], count: 0 };
  walkBranch(documentTable, document, '', found);
  const { problems, count } = found;
  if (count <= MANY) return problems;
  const expected = `a document without mistakes; the first ${MANY} are listed`;
  return [...problems, { path: 'policy', value: `${count} mistakes`, expected }];
}

function walk(node: Node, value: unknown, path: string, found: Findings): void {
  if (!isLeaf(node)) return walkBranch(node, value, path, found);
  if (read(node, value) !== undefined) return;
  if (!('least' in node) || node.kind !== 'durations' || !Array.isArray(value) || value.length === 0) {
    return add(found, path, value, () => expectationOf(node));
  }
  for (const [index, each] of value.entries()) {
    if (readNumber(node, each) === undefined) {
      add(found, `${path}.${index}`, each ?? null, () => expectationOf({ ...node, kind: 'duration' }));
    }
  }
}

/** A missing type stands for the first one. An unknown type leaves the other keys unchecked. */
function walkBranch(branch: Branch, value: unknown, path: string, found: Findings): void {
  const type = isTree(value) && Object.hasOwn(value, 'type') ? value.type : undefined;
  const group = groupOf(branch, type, isTree(value) ? Object.keys(value) : []);
  if (group === undefined) return add(found, `${path}.type`, type, () => oneOf(typesOf(branch)));
  if (!isTree(value)) return add(found, path || 'policy', value, () => 'an object');
  for (const [key, each] of Object.entries(value)) {
    const at = path === '' ? keyText(key) : `${path}.${keyText(key)}`;
    const node = Object.hasOwn(group, key) ? group[key] : undefined;
    if (node === undefined) add(found, at, each, () => unknownKey(key, group, branch));
    else if (each !== undefined) walk(node, each, at, found);
  }
}

function add(found: Findings, path: string, value: unknown, expected: () => string): void {
  found.count++;
  if (found.count <= MANY) found.problems.push({ path, value, expected: expected() });
}

function expectationOf(leaf: Leaf): string {
  if ('words' in leaf) return oneOf(leaf.words);
  switch (leaf.kind) {
    case 'boolean':
      return 'true or false';
    case 'string':
      return 'a text';
    default:
      return `${numberText(leaf)}${leaf.off ? ', or null for off' : ''}`;
  }
}

function numberText({ kind, least }: NumberLeaf): string {
  switch (kind) {
    case 'duration':
      return `a duration${least === 0 ? '' : ` of at least ${least}ms,`} such as "250ms", "10s" or 2000 (ms)`;
    case 'durations':
      return 'a list of at least one duration';
    case 'factor':
      return `a number, ${least} or more`;
    default:
      return `a whole number, ${least} or more`;
  }
}

function oneOf(words: readonly string[]): string {
  return `one of ${words.map((word) => `"${word}"`).join(', ')}`;
}

function unknownKey(key: string, group: Group, branch: Branch): string {
  if (isByCode(branch)) return CODE;
  const known = Object.keys(group);
  const other = typesOf(branch).find((type) => Object.hasOwn(groupOf(branch, type) ?? {}, key));
  const near = other === undefined ? suggestion(key, known) : `\`"type": "${other}"\``;
  const hint = near === undefined ? '' : `; did you mean ${near}?`;
  return `one of the keys ${known.filter((name) => name !== '$schema').join(', ')}${hint}`;
}

/** A known key that is spelt alike; otherwise the path where the key is known. */
function suggestion(key: string, known: readonly string[]): string | undefined {
  const near = nearest(key, known);
  if (near !== undefined) return `\`${near}\``;
  const elsewhere = paths.find((path) => `.${path}`.endsWith(`.${key}`));
  return elsewhere && `\`${elsewhere}\`${elsewhere.includes('.') ? '' : ' at the top'}`;
}

/** A key as it stands in a path. A key that is no plain word is quoted, clipped and escaped: it is untrusted text. */
export function keyText(key: string): string {
  if (/^[\w$-]{1,60}$/.test(key)) return key;
  const clipped = key.length > LONG ? `${key.slice(0, LONG - 3)}...` : key;
  return JSON.stringify(clipped).replaceAll(
    /[^ -~]/g,
    (odd) => `\\u${odd.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Paths of all nodes, in the order of the table. */
const paths = /* @__PURE__ */ pathsOf(documentTable, '');

function pathsOf(group: Group, prefix: string): readonly string[] {
  return Object.entries(group).flatMap(([key, node]) => [
    prefix + key,
    ...groupsBelow(node).flatMap((below) => pathsOf(below, `${prefix}${key}.`)),
  ]);
}

function groupsBelow(node: Node): readonly Group[] {
  if (isLeaf(node)) return [];
  return isVariants(node) ? Object.values(node.types) : [groupOf(node) ?? {}];
}

/**
 * Adds a problem for each duration below its floor. `own` is a policy, or a document without other problems: an absent
 * duration fits any other.
 */
export function checkOrder(
  own: object,
  problems: ConfigProblem[],
  group: Group = policyTable,
  prefix = '',
): void {
  const entries = Object.entries(own).map(([key, value]) => [key, parseDuration(value)] as const);
  const durations = Object.fromEntries(entries);
  for (const [key, node] of Object.entries(group)) {
    const value = (own as Tree)[key];
    const path = prefix + key;
    if (isLeaf(node)) checkFloor(durations, key, node, path, problems);
    else if (isTree(value)) checkOrder(value, problems, groupOf(node, value.type), `${path}.`);
  }
}
