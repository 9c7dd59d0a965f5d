/** The default of a leaf as documents write it: durations with a unit. */
import { durationText } from '../src/base/duration.ts';
import type { Leaf } from '../src/config/kinds.ts';

/** Undefined: the leaf has no default. The word of a `type` is none. */
export function defaultText(leaf: Leaf): unknown {
  if ('words' in leaf) return leaf.words.length === 1 ? undefined : leaf.default;
  if (!('least' in leaf) || leaf.default === null || !leaf.kind.startsWith('duration')) return leaf.default;
  return typeof leaf.default === 'number' ? durationText(leaf.default) : leaf.default.map(durationText);
}
