/** What the tests of configs share: documents made from paths, and problems as bare rows. */
import type { Policy, PolicyConfig } from '../../src/config/policy.ts';
import { resolvePolicy } from '../../src/config/resolve.ts';
import { ConfigError } from '../../src/errors.ts';

type Row = readonly [path: string, value: unknown, expected: string];

/** Resolves what no type checker has seen. */
export function resolve(document: unknown, base?: Policy): Policy {
  return resolvePolicy(document as PolicyConfig, base);
}

/** The document that has `value` at a dotted path, and nothing else. */
export function at(path: string, value: unknown): Record<string, unknown> {
  const [key = '', ...rest] = path.split('.');
  return { [key]: rest.length === 0 ? value : at(rest.join('.'), value) };
}

/** What stands at a dotted path. */
export function pick(tree: unknown, path: string): unknown {
  return path.split('.').reduce((node: unknown, key) => (node as Record<string, unknown>)[key], tree);
}

/** What `resolvePolicy` complains about; nothing if it does not. */
export function problemsOf(document: unknown, base?: Policy): Row[] {
  try {
    resolve(document, base);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ path, value, expected }): Row => [path, value, expected]);
  }
}

/** Dotted paths of all leaves; an empty object is a leaf. */
export function leavesOf(tree: object, prefix = ''): string[] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'object' && value !== null && Object.keys(value).length > 0
      ? leavesOf(value, `${prefix}${key}.`)
      : [prefix + key],
  );
}

/** The leaves in which two policies differ, with the values of the first. */
export function differences(policy: Policy, from: Policy): Record<string, unknown> {
  const changed = leavesOf(policy).filter((path) => pick(policy, path) !== pick(from, path));
  return Object.fromEntries(changed.map((path) => [path, pick(policy, path)]));
}

export function deepFreeze<T extends object>(tree: T): T {
  for (const value of Object.values(tree)) if (typeof value === 'object' && value !== null) deepFreeze(value);
  return Object.freeze(tree);
}
