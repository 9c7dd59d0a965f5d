/**
 * The nodes that a policy table is made of, and how a leaf reads a value. A node says what is accepted and what is the
 * default; texts about it are elsewhere, as browsers load this file.
 */
import { parseDuration } from '../base/duration.ts';

/**
 * `duration`: in milliseconds. `durations`: a list of at least one. `count` and `bytes`: whole numbers. `factor`: may
 * have a fraction. The upper bound is `LONGEST` for durations, and the largest safe integer for whole numbers.
 */
export interface NumberLeaf {
  readonly kind: 'duration' | 'durations' | 'count' | 'bytes' | 'factor';
  /** Lower bound. */
  readonly least: number;
  /** Another lower bound: a duration of the same group, above this one in the table. */
  readonly floor?: string;
  readonly default: number | readonly number[] | null;
  /** `null` is accepted, and means off. */
  readonly off?: true;
}

export interface WordLeaf {
  readonly words: readonly string[];
  readonly default: string | undefined;
}

/** The kind is what `typeof` says. */
export interface PlainLeaf {
  readonly kind: 'boolean' | 'string';
  readonly default: boolean | undefined;
}

/** A single value. One without a default stays absent until a document sets it. */
export type Leaf = NumberLeaf | WordLeaf | PlainLeaf;

export interface Group {
  readonly [key: string]: Node;
}

/** A choice of groups, each with a leaf `type` that has one word. The first is the default. */
export interface Variants {
  readonly types: Readonly<Record<string, Group>>;
}

/** An object with keys of the user: `code`, an exit code or a range of codes, as in `4000-4099`. */
export interface ByCode {
  readonly code: WordLeaf;
}

export type Branch = Group | Variants | ByCode;
export type Node = Leaf | Branch;

/** The type that a node has in a policy. */
export type Value<N> = N extends { readonly words: readonly (infer W)[] }
  ? W
  : N extends { readonly kind: 'boolean' }
    ? boolean
    : N extends { readonly code: { readonly words: readonly (infer W)[] } }
      ? Readonly<Record<string, W>>
      : N extends { readonly kind: 'durations' }
        ? readonly number[]
        : N extends NumberLeaf
          ? number | (N extends { readonly off: true } ? null : never)
          : N extends { readonly types: infer V }
            ? { [T in keyof V]: GroupValue<V[T]> }[keyof V]
            : GroupValue<N>;

/** `classes` is the one group of leaves without defaults. */
export type GroupValue<G> =
  G extends Readonly<Record<string, Absent>>
    ? { readonly [K in keyof G]?: Value<G[K]> }
    : { readonly [K in keyof G]: Value<G[K]> };

interface Absent {
  readonly default: undefined;
}

/** Dotted paths of all nodes but leaves without defaults. Variants share the paths of their leaves. */
export type PathsOf<G, P extends string = ''> = {
  [K in keyof G & string]: G[K] extends Absent ? never : `${P}${K}` | PathsBelow<G[K], `${P}${K}.`>;
}[keyof G & string];

type PathsBelow<N, P extends string> = N extends { readonly types: infer V }
  ? { [T in keyof V]: PathsOf<V[T], P> }[keyof V]
  : N extends { readonly default: unknown } | { readonly code: unknown }
    ? never
    : PathsOf<N, P>;

export function isLeaf(node: Node): node is Leaf {
  return 'default' in node;
}

export function isVariants(branch: Branch): branch is Variants {
  return 'types' in branch;
}

export function isByCode(branch: Branch): branch is ByCode {
  return 'code' in branch;
}

/** The types of variants; none for another branch. */
export function typesOf(branch: Branch): readonly string[] {
  return isVariants(branch) ? Object.keys(branch.types) : [];
}

/**
 * The group below a branch. For variants that of `type`, without a `type` the first; undefined: no such type. For an
 * object by code the valid ones of `keys`.
 */
export function groupOf(branch: Branch, type?: unknown, keys: readonly string[] = []): Group | undefined {
  if (isByCode(branch)) return Object.fromEntries(keys.filter(isCode).map((key) => [key, branch.code]));
  if (!isVariants(branch)) return branch;
  return Object.entries(branch.types).find(([name]) => type === undefined || name === type)?.[1];
}

/** A close code, an HTTP status, a range of them, or the name that a platform gives to an error. */
function isCode(key: string): boolean {
  const [, low, high = low] = /^(\d+)(?:-(\d+))?$/.exec(key) ?? [];
  return low === undefined ? /^[A-Z][A-Z\d_]+$/.test(key) : Number(low) <= Number(high);
}

/** The part of a policy that a group is by default. */
export function defaultsOf<G extends Group>(group: G): GroupValue<G> {
  const result: Record<string, unknown> = {};
  for (const [key, node] of Object.entries(group)) {
    const value = isLeaf(node) ? node.default : defaultsOf(groupOf(node) ?? {});
    if (value !== undefined) result[key] = value;
  }
  return result as GroupValue<G>;
}

/** The meaning of a written value, in milliseconds for durations; undefined if the leaf does not accept it. */
export function read(leaf: Leaf, value: unknown): unknown {
  if ('words' in leaf) return leaf.words.includes(value as string) ? value : undefined;
  if ('least' in leaf) return value === null && leaf.off ? null : readNumbers(leaf, value);
  return typeof value === leaf.kind ? value : undefined;
}

function readNumbers(leaf: NumberLeaf, value: unknown): number | readonly number[] | undefined {
  if (leaf.kind !== 'durations') return readNumber(leaf, value);
  const all = Array.isArray(value) ? value.map((each) => readNumber(leaf, each)) : [];
  return all.length > 0 && !all.includes(undefined) ? (all as number[]) : undefined;
}

/** For a list: an item of it. */
export function readNumber({ kind, least }: NumberLeaf, value: unknown): number | undefined {
  const number = kind.startsWith('duration') ? parseDuration(value) : value;
  const fits = kind === 'count' || kind === 'bytes' ? Number.isSafeInteger : Number.isFinite;
  return fits(number) && (number as number) >= least ? (number as number) : undefined;
}
