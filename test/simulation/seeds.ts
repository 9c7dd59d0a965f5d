/** The seeds of a simulation, by the environment: `SEED=7`, `SEEDS=1000` or `SEEDS=401-800`. */

/** By default the seeds 1 to `count`, and those that found a fault once. */
export function seedsOf(count: number, found: readonly number[]): readonly number[] {
  const { SEED, SEEDS } = process.env;
  if (SEED !== undefined) return [Number(SEED)];
  if (SEEDS === undefined) return [...new Set([...range(1, count), ...found])];
  const [last = 0, first = 1] = SEEDS.split('-').map(Number).reverse();
  return range(first, last);
}

function range(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => first + at);
}
