/**
 * What one idle supervised connection costs: heap beyond its raw socket, and time to connect and to
 * stop among many siblings. `npm run bench:footprint`.
 *
 * Every figure comes from a process of its own, so that no run sees the garbage, or the optimised code,
 * of another.
 */
import { fork } from 'node:child_process';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { progressOver } from './support/progress.ts';
import { sized } from './support/size.ts';

const worker = fileURLToPath(new URL('./footprint-worker.ts', import.meta.url));
const repeats = sized(5, 1);
const inMemory = sized(100_000, 500);
const overTcp = sized(5000, 50);
const siblings = sized([1000, 10_000, 100_000], [200, 400]);
const progress = progressOver((4 + siblings.length) * repeats);
const budget = { bytes: 3840, ratio: 1.5 };

interface Footprint {
  readonly bytes: number;
  readonly connectUs: number;
  readonly stopUs: number;
}

async function main(): Promise<void> {
  console.log(`node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown CPU'}`);
  console.log(`median of ${repeats} (lowest to highest), each in a process of its own\n`);
  await heap(`memory transport, ${inMemory} connections`, 'memory', inMemory);
  await heap(`TCP on loopback, ${overTcp} connections, the server in another process`, 'tcp', overTcp);
  await scaling();
}

async function heap(title: string, kind: 'memory' | 'tcp', count: number): Promise<void> {
  const raw = await repeated(`${kind}-raw`, count);
  const supervised = await repeated(`${kind}-supervised`, count);
  const beyond = supervised.map(({ bytes }, i) => bytes - (raw[i]?.bytes ?? 0));
  console.log(title);
  console.log(`  raw socket            ${spread(raw.map(({ bytes }) => bytes))} B`);
  console.log(`  supervised            ${spread(supervised.map(({ bytes }) => bytes))} B`);
  console.log(`  beyond the raw socket ${spread(beyond)} B   (budget ${budget.bytes})\n`);
}

async function scaling(): Promise<void> {
  console.log('time for one more, among so many siblings (memory transport)');
  const rows = [];
  for (const count of siblings) rows.push(await repeated('memory-scaling', count));
  const base = rows[0] ?? [];
  for (const [i, row] of rows.entries()) {
    const connect = row.map(({ connectUs }) => connectUs);
    const stop = row.map(({ stopUs }) => stopUs);
    const ratios = `x${ratio(
      connect,
      base.map((b) => b.connectUs),
    )}, x${ratio(
      stop,
      base.map((b) => b.stopUs),
    )}`;
    const label = String(siblings[i]).padStart(7);
    console.log(
      `  ${label}  connect ${spread(connect)} us, stop ${spread(stop)} us   (${ratios}, budget x${budget.ratio})`,
    );
  }
}

async function repeated(mode: string, count: number): Promise<Footprint[]> {
  const results: Footprint[] = [];
  for (let i = 0; i < repeats; i++) {
    results.push(await measure(mode, count));
    progress();
  }
  return results;
}

function measure(mode: string, count: number): Promise<Footprint> {
  return new Promise((resolve, reject) => {
    const child = fork(worker, [mode, String(count)], { execArgv: [...process.execArgv, '--expose-gc'] });
    child.once('message', (result) => resolve(result as Footprint));
    child.once('exit', (code) => code !== 0 && reject(new Error(`${mode} ${count} exited with ${code}`)));
  });
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function spread(values: readonly number[]): string {
  const shown = [median(values), Math.min(...values), Math.max(...values)].map((value) =>
    value.toFixed(value < 100 ? 1 : 0),
  );
  return `${shown[0]} (${shown[1]} to ${shown[2]})`;
}

function ratio(values: readonly number[], base: readonly number[]): string {
  return (median(values) / median(base)).toFixed(2);
}

await main();
