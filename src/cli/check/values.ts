/** The values of a policy, leaf by leaf, and their texts. */
import { durationText } from '../../base/duration.ts';
import { type Branch, groupOf, isLeaf, type Leaf } from '../../config/kinds.ts';
import type { Tree } from '../../config/merge.ts';

type Kind = Extract<Leaf, { kind: unknown }>['kind'] | undefined;

interface Entry {
  readonly path: string;
  /** Undefined: a word, or a group without a value. */
  readonly kind: Kind;
  readonly value: unknown;
}

/** The leaves of a policy's part in its order, with what `branch` of the table says of them. */
export function leavesOf(tree: Tree, branch: Branch, prefix: string): readonly Entry[] {
  const group = groupOf(branch, tree.type) ?? {};
  return Object.entries(tree).flatMap(([key, value]): readonly Entry[] => {
    const path = prefix + key;
    const node = group[key] ?? {};
    if (isLeaf(node)) return [{ path, kind: 'kind' in node ? node.kind : undefined, value }];
    const below = leavesOf(value as Tree, node, `${path}.`);
    return below.length > 0 ? below : [{ path, kind: undefined, value: 'unchanged' }];
  });
}

export function valueAt(tree: unknown, path: string): unknown {
  const [key = '', ...rest] = path.split('.');
  const value = (tree as Tree | undefined)?.[key];
  return rest.length === 0 ? value : valueAt(value, rest.join('.'));
}

/** The text of a value with its unit. */
export function valueText(kind: Kind, value: unknown): string {
  if (value === null) return 'off';
  if (value === undefined) return 'none';
  switch (kind) {
    case 'duration':
      return durationText(value as number);
    case 'durations':
      return (value as readonly number[]).map(durationText).join(', ');
    case 'bytes':
      return bytesText(value as number);
    default:
      return String(value);
  }
}

function bytesText(bytes: number): string {
  const power = [3, 2, 1].find((each) => bytes % 1024 ** each === 0) ?? 0;
  return `${bytes / 1024 ** power} ${['bytes', 'KiB', 'MiB', 'GiB'][power]}`;
}
