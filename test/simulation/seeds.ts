/** The seeds of a simulation, by the environment: `SEED=7`, `SEEDS=1000` or `SEEDS=401-800`. */

/** By default the seeds 1 to `count`, and those that found a fault once. */
export function seedsOf(count: number, found: readonly number[]): readonly number[] {
  const { SEED, SEEDS } = process.env;
  const asked = SEED ?? SEEDS;
  if (asked === undefined) return [...new Set([...range(1, count), ...found])];
  const [, from, to] = /^(\d+)(?:-(\d+))?$/.exec(asked) ?? [];
  if (SEED !== undefined && from !== undefined && to === undefined) return [Number(from)];
  const seeds = to === undefined ? range(1, Number(from)) : range(Number(from), Number(to));
  // A test of no seed would pass.
  if (SEED !== undefined || seeds.length === 0) throw new Error(`${asked} is no seed, and no range of seeds`);
  return seeds;
}

function range(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => first + at);
}
