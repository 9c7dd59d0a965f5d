/** How the benches describe the machine and print their tables. */
import { cpus, loadavg } from 'node:os';
import type { Pace } from '../clients/client.ts';
import { versionOf } from '../clients/peers.ts';

/** Which client it was, and how it was configured. */
export interface Setting {
  readonly name: string;
  readonly module: string;
  readonly pace: Pace;
  readonly options: string;
}

export function machine(): string {
  const load = loadavg().map((value) => value.toFixed(1));
  return `node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown CPU'}, load ${load.join(' ')}`;
}

export function printTable(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  for (const row of rows) {
    const cells = row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
    );
    console.log(cells.join('  '));
  }
}

export function printSettings(settings: readonly Setting[]): void {
  console.log('\nconfigurations (ms)');
  for (const { name, module, pace, options } of settings) {
    console.log(
      `  ${name}: ${module} ${versionOf(module)}, interval ${pace.interval}, patience ${pace.patience}`,
    );
    console.log(`    ${options}`);
  }
}

/** The value below which the fraction `q` lies, by nearest rank. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
}

/** `run` for each item, `width` at a time, results in order. */
export async function pooled<Item, Result>(
  items: readonly Item[],
  width: number,
  run: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const waiting = [...items.entries()];
  const lane = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      results[next[0]] = await run(next[1]);
  };
  await Promise.all(Array.from({ length: width }, lane));
  return results;
}
