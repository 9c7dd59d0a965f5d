/**
 * Reads a configuration over the policy that it changes, in few bytes, as browsers load this file. `resolve.ts` explains
 * mistakes at greater length.
 */
import { ConfigError, type ConfigProblem } from '../base/errors.ts';
import { expectedKey } from '../base/options.ts';
import {
  type Branch,
  defaultsOf,
  type Group,
  groupOf,
  isByCode,
  isLeaf,
  isVariants,
  type Leaf,
  type Node,
  type NumberLeaf,
  read,
  typesOf,
} from './kinds.ts';
import { defaultPolicy, type Policy, type PolicyConfig, type ProfileName, profiles } from './policy.ts';
import { documentTable } from './table.ts';

/** Reads a configuration over the policy that it changes. Throws `ConfigError`. */
export type ResolvePolicy = (config: PolicyConfig, base: Policy) => Policy;

/** The expectation of a key in an object by code. */
export const CODE = 'a code or a range of codes, such as 4004, 403, 4100-4199 or ECONNRESET';

/** A value that is no leaf. */
export type Tree = Readonly<Record<string, unknown>>;

/**
 * The policy that `config` describes, over its profile, over `base`. Throws `ConfigError` with every
 * problem: path, value, and the expectation.
 */
export function mergePolicy(config: PolicyConfig = {}, base: Policy = defaultPolicy): Policy {
  const problems: ConfigProblem[] = [];
  const policy = policyOver(config, base, problems);
  if (problems.length > 0) throw new ConfigError(problems);
  return policy;
}

/** Adds each problem to `problems`, and keeps the value of `base` there. */
export function policyOver(config: PolicyConfig, base: Policy, problems: ConfigProblem[]): Policy {
  if (!isTree(config)) {
    problems.push({ path: 'policy', value: config, expected: 'an object' });
    return base;
  }
  if (Object.keys(config).length === 0) return base;
  const name = config.profile;
  const preset =
    typeof name === 'string' && Object.hasOwn(profiles, name) ? profiles[name as ProfileName] : {};
  const { profile, $schema, ...policy } = merged(documentTable, config, preset, base, '', problems);
  return policy as Tree as unknown as Policy;
}

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `preset` is the part of the profile. A preset for a leaf that the group does not have is without effect. */
function merged(
  group: Group,
  own: object,
  preset: object,
  below: object,
  prefix: string,
  problems: ConfigProblem[],
  expected?: string,
) {
  const written: Tree = { ...own };
  const result: Record<string, unknown> = { ...below };
  for (const [key, node] of Object.entries(group)) {
    const path = prefix + key;
    const value = nodeOver(node, written[key], (preset as Tree)[key], result[key], path, problems);
    if (value === undefined) continue;
    result[key] = value;
    checkFloor(result, key, node, path, problems);
  }
  for (const [key, value] of Object.entries(written)) {
    if (Object.hasOwn(group, key)) continue;
    problems.push({
      path: prefix + key,
      value,
      expected: expected ?? expectedKey(key, Object.keys(group)),
    });
  }
  return result;
}

/** Adds a problem if the value of a leaf is below its floor. `values`: of one group, durations in milliseconds. */
export function checkFloor(
  values: Tree,
  key: string,
  node: Node,
  path: string,
  problems: ConfigProblem[],
): void {
  const { floor = '' } = node as Partial<NumberLeaf>;
  const value = values[key] as number;
  const least = values[floor] as number;
  if (value < least) problems.push({ path, value, expected: `at least ${floor} (${least} ms)` });
}

/** Undefined: a leaf that stays absent. */
function nodeOver(
  node: Node,
  own: unknown,
  preset: unknown,
  below: unknown,
  path: string,
  problems: ConfigProblem[],
): unknown {
  if (own === undefined && preset === undefined) return below;
  const value = isLeaf(node)
    ? read(node, own === undefined ? preset : own)
    : branchOver(node, own, preset as Tree | undefined, below as Tree, path, problems);
  if (value !== undefined) return value;
  problems.push({ path, value: own, expected: isLeaf(node) ? expectationOf(node) : 'an object' });
  return below;
}
function branchOver(
  branch: Branch,
  own: unknown = {},
  preset: Tree = {},
  below: Tree,
  path: string,
  problems: ConfigProblem[],
): Tree | undefined {
  if (!isTree(own)) return undefined;
  const { type = below.type } = own;
  const group = groupOf(branch, type, Object.keys(own));
  if (group === undefined) {
    problems.push({ path: `${path}.type`, value: type, expected: oneOf(typesOf(branch)) });
    return below;
  }
  const other = isVariants(branch) && type !== below.type;
  return other
    ? merged(group, own, {}, defaultsOf(group), `${path}.`, problems)
    : merged(group, own, preset, below, `${path}.`, problems, isByCode(branch) ? CODE : undefined);
}

function expectationOf(leaf: Leaf): string {
  if ('words' in leaf) return oneOf(leaf.words);
  return `a ${leaf.kind}${'least' in leaf ? `, ${leaf.least} or more` : ''}`;
}

function oneOf(words: readonly string[]): string {
  return `one of ${words.join(', ')}`;
}
