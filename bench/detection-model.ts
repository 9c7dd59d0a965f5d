/**
 * How soon a dead peer is noticed, and how often a live one is condemned: the rules of `model/rules.ts`
 * on the networks of `model/networks.ts`. `npm run bench:detection-model [-- --days N --seed N --json]`.
 * The same seed gives the same figures.
 *
 * Each row is computed in a process of its own, as many at a time as there are cores.
 */
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { conducts, type Row, type Size } from './model/cells.ts';
import { networks } from './model/networks.ts';
import { tables } from './model/report.ts';
import { rules } from './model/rules.ts';

/** What a process that computes a row says: one more batch, or the row. */
export type Report = 'batch' | Row;

const worker = fileURLToPath(new URL('./detection-model-row.ts', import.meta.url));
const batches = 20;

const { values } = parseArgs({
  options: {
    /** Connection-days of each cell. */
    days: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const size: Size = { days: Number(values.days), deaths: 100_000, batches, seed: Number(values.seed) };
if (!(size.days > 0 && Number.isInteger(size.seed)))
  throw new Error('--days is a number, --seed a whole one');

let done = 0;
const subjects = networks.flatMap((network) => rules.map((rule) => [network.name, rule.name] as const));
const rows = await all(subjects, compute);
if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
console.log(values.json ? JSON.stringify({ ...size, rows }, null, 2) : tables(rows, size));

/** In the order of `items`, however long each takes. */
async function all<Item, Result>(items: readonly Item[], work: (item: Item) => Promise<Result>) {
  const results: Result[] = [];
  const queue = [...items.entries()];
  const takeAll = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift())
      results[next[0]] = await work(next[1]);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, takeAll));
  return results;
}

function compute([network, rule]: readonly [string, string]): Promise<Row> {
  return new Promise((resolve, reject) => {
    const child = fork(worker, [network, rule, JSON.stringify(size)], { execArgv: process.execArgv });
    child.on('message', (report) => {
      if (report === 'batch') showProgress();
      else resolve(report as Row);
    });
    child.once(
      'exit',
      (code) => code !== 0 && reject(new Error(`${rule} on ${network} exited with ${code}`)),
    );
  });
}

function showProgress(): void {
  const share = ++done / (subjects.length * conducts.length * batches);
  if (process.stderr.isTTY) process.stderr.write(`\r${(share * 100).toFixed(0)}%`);
}
