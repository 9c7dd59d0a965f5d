/**
 * Messages per second and round trips through a supervised connection, beside the same framing on a raw
 * socket, and beside raw `ws`. `npm run bench:throughput [-- --json] [-- framed 1024]` (after a build).
 *
 * The server is plain and in a process of its own; so is each run, so that none sees the garbage or the
 * optimised code of another. Raw and supervised runs take turns: what else the machine does meets both.
 */
import { outcomeOf, portOf } from './support/processes.ts';
import { machine, printTable, quantile } from './support/report.ts';
import { type Wire, wires } from './throughput-wires.ts';
import type { Throughput } from './throughput-worker.ts';

const sizes = [64, 1024, 65_536];
const repeats = 7;

interface Cell {
  readonly wire: Wire;
  readonly size: number;
  readonly raw: readonly Throughput[];
  readonly supervised: readonly Throughput[];
}

async function measure(wire: Wire, size: number): Promise<Cell> {
  const server = await portOf('../throughput-server.ts', wire);
  const run = (kind: string) =>
    outcomeOf<Throughput>('../throughput-worker.ts', wire, kind, size, server.port);
  const [raw, supervised]: [Throughput[], Throughput[]] = [[], []];
  for (let n = 0; n < repeats; n++) {
    const first = n % 2 === 0;
    if (first) raw.push(await run('raw'));
    supervised.push(await run('supervised'));
    if (!first) raw.push(await run('raw'));
  }
  server.stop();
  return { wire, size, raw, supervised };
}

function row({ wire, size, raw, supervised }: Cell): string[] {
  const figures = (['sent', 'received', 'p50', 'p99'] as const).flatMap((key) => {
    const of = (runs: readonly Throughput[]) => runs.map((run) => run[key]);
    const ratios = of(supervised).map((value, n) => value / (of(raw)[n] ?? Number.NaN));
    return [short(median(of(raw))), short(median(of(supervised))), spread(ratios)];
  });
  return [`${wire} ${size} B`, ...figures];
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

function spread(ratios: readonly number[]): string {
  return `${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)}-${Math.max(...ratios).toFixed(2)})`;
}

function short(value: number): string {
  return value >= 10_000 ? `${(value / 1000).toFixed(0)}k` : value.toFixed(0);
}

const asked = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const wanted = (word: string) => asked.length === 0 || asked.includes(word);
const cells: Cell[] = [];
for (const wire of wires.filter((each) => wanted(each) || asked.every((word) => Number(word) > 0))) {
  for (const size of sizes.filter(
    (each) => wanted(String(each)) || asked.every((word) => Number.isNaN(Number(word))),
  )) {
    cells.push(await measure(wire, size));
  }
}
if (process.argv.includes('--json')) console.log(JSON.stringify({ machine: machine(), cells }));
else {
  console.log(machine());
  console.log(
    `${repeats} runs each, in turns. Messages per second, and round trips in us: medians of raw and`,
  );
  console.log('supervised, and supervised / raw of neighbouring runs: median (lowest-highest)\n');
  const header = ['sent/s', 'received/s', 'p50', 'p99'].flatMap((what) => [
    `${what} raw`,
    'supervised',
    'ratio',
  ]);
  printTable([['', ...header], ...cells.map(row)]);
}
