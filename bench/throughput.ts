/**
 * Messages per second and round trips through a supervised connection, beside the same framing on a raw
 * socket, and beside raw `ws`. `npm run bench:throughput [-- --json] [-- framed 1024]`.
 *
 * The server is plain, and in a process of its own. So is each run, in which a raw and a supervised client
 * take turns.
 */
import { outcomeOf, portOf } from './support/processes.ts';
import { progressOver } from './support/progress.ts';
import { machine, printTable, quantile } from './support/report.ts';
import { sized } from './support/size.ts';
import { type Wire, wires } from './throughput-wires.ts';
import type { Throughput } from './throughput-worker.ts';

const sizes = sized([64, 1024, 65_536], [1024]);
const repeats = sized(5, 1);

interface Cell {
  readonly wire: Wire;
  readonly size: number;
  readonly runs: readonly Throughput[];
}

async function measure(wire: Wire, size: number): Promise<Cell> {
  const server = await portOf('../throughput-server.ts', wire);
  const runs: Throughput[] = [];
  for (let n = 0; n < repeats; n++) {
    runs.push(await outcomeOf<Throughput>('../throughput-worker.ts', [wire, size, server.port]));
    progress();
  }
  server.stop();
  return { wire, size, runs };
}

function row({ wire, size, runs }: Cell): string[] {
  const figures = (['sent', 'received', 'p50', 'p99'] as const).flatMap((key) => {
    const median = (kind: keyof Throughput) => short(quantile(valuesOf(kind), 0.5));
    const valuesOf = (kind: keyof Throughput) => runs.map((run) => run[kind][key]);
    return [
      median('raw'),
      median('supervised'),
      spread(runs.map(({ raw, supervised }) => supervised[key] / raw[key])),
    ];
  });
  return [`${wire} ${size} B`, ...figures];
}

function spread(ratios: readonly number[]): string {
  return `${quantile(ratios, 0.5).toFixed(2)} (${Math.min(...ratios).toFixed(2)}-${Math.max(...ratios).toFixed(2)})`;
}

function short(value: number): string {
  return value >= 10_000 ? `${(value / 1000).toFixed(0)}k` : value.toFixed(0);
}

/** Wires and sizes that were named; all, if none was. */
function chosen<T extends string | number>(from: readonly T[]): readonly T[] {
  const named = from.filter((each) => process.argv.includes(String(each)));
  return named.length === 0 ? from : named;
}

const cells: Cell[] = [];
const progress = progressOver(chosen(wires).length * chosen(sizes).length * repeats);
for (const wire of chosen(wires)) for (const size of chosen(sizes)) cells.push(await measure(wire, size));
if (process.argv.includes('--json')) console.log(JSON.stringify({ machine: machine(), cells }));
else {
  console.log(machine());
  console.log(`${repeats} runs. Messages per second, and round trips in us: medians of raw and supervised,`);
  console.log('and supervised / raw of one run: median (lowest-highest)\n');
  const header = ['sent/s', 'received/s', 'p50', 'p99'].flatMap((what) => [
    `${what} raw`,
    'supervised',
    'ratio',
  ]);
  printTable([['', ...header], ...cells.map(row)]);
}
