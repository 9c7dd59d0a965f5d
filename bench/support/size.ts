/**
 * How much a bench measures. `BENCH_SIZE=smoke`, or `--smoke` after `--`, shrinks every bench to seconds: the
 * figures then say nothing, but each part has run once. Workers inherit the size with the environment.
 */
const sizes = ['full', 'smoke'] as const;
type Size = (typeof sizes)[number];

if (process.argv.includes('--smoke')) process.env.BENCH_SIZE = 'smoke';
const size = process.env.BENCH_SIZE ?? 'full';
if (!sizes.includes(size as Size))
  throw new Error(`BENCH_SIZE: "${size}" is not valid; expected ${sizes.join(' or ')}`);

/** A smoke run is too short to hold a figure to a limit. */
export const isSmoke = size === 'smoke';

export function sized<Value>(full: Value, smoke: Value): Value {
  return isSmoke ? smoke : full;
}
